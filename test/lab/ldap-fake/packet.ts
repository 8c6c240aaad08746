import { Ber, BerWriter } from 'ldapts';
import type { AnswerControl } from './controls.ts';

/** The last message of an operation: result code, text, referrals and controls under the operation's own tag. */
export function resultPacket(
  id: number,
  tag: number,
  code: number,
  message: string,
  controls: readonly AnswerControl[] = [],
  referrals: readonly string[] = [],
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString(message);
  if (referrals.length > 0) {
    writer.startSequence(0xa3);
    for (const uri of referrals) writer.writeString(uri);
    writer.endSequence();
  }
  writer.endSequence();
  if (controls.length > 0) {
    writer.startSequence(0xa0);
    for (const { oid, value } of controls) {
      writer.startSequence();
      writer.writeString(oid);
      writer.writeBuffer(value, Ber.OctetString);
      writer.endSequence();
    }
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}

/** An entry of a search answer: its name and each attribute as it is to be called, with its values. */
export function entryPacket(
  id: number,
  dn: string,
  attributes: readonly { readonly name: string; readonly values: readonly Buffer[] }[],
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const { name, values } of attributes) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(value, Ber.OctetString);
    writer.endSequence();
    writer.endSequence();
  }
  for (let depth = 0; depth < 3; depth++) writer.endSequence();
  return writer.buffer;
}

/** A continuation reference of a search answer: where else to look. */
export function referencePacket(id: number, uris: readonly string[]): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x73);
  for (const uri of uris) writer.writeString(uri);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}
