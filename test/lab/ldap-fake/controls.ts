import { Ber, BerReader, BerWriter } from 'ldapts';

/** The controls that the fake knows. */
export const OID = {
  paged: '1.2.840.113556.1.4.319',
  extendedDn: '1.2.840.113556.1.4.529',
  showDeleted: '1.2.840.113556.1.4.417',
  sdFlags: '1.2.840.113556.1.4.801',
} as const;

const SACL = 8;

/** A control of an answer. */
export type AnswerControl = { readonly oid: string; readonly value: Buffer };

/** Reads the controls behind a request, if there are any: OID to value, empty when there is none. */
export function readControls(reader: BerReader): ReadonlyMap<string, Buffer> {
  const controls = new Map<string, Buffer>();
  if (reader.peek() !== 0xa0) return controls;
  reader.readSequence(0xa0);
  for (const end = reader.offset + reader.length; reader.offset < end; ) {
    reader.readSequence();
    const stop = reader.offset + reader.length;
    const oid = reader.readString() ?? '';
    if (reader.offset < stop && reader.peek() === Ber.Boolean) reader.readBoolean();
    const value = reader.offset < stop ? reader.readString(Ber.OctetString, true) : null;
    controls.set(oid, value ?? Buffer.alloc(0));
  }
  return controls;
}

/** True when the descriptors asked for are to hold what is audited and nothing else. */
export function wantsAuditing(controls: ReadonlyMap<string, Buffer>): boolean {
  const sent = controls.get(OID.sdFlags);
  if (sent === undefined) return false;
  const value = new BerReader(sent);
  value.readSequence();
  return value.readInt() === SACL;
}

/** The page size and cookie that the paging control of a request asks for; undefined without that control. */
export function readPaging(
  controls: ReadonlyMap<string, Buffer>,
): { readonly size: number; readonly cookie: string } | undefined {
  const sent = controls.get(OID.paged);
  if (sent === undefined) return undefined;
  const value = new BerReader(sent);
  value.readSequence();
  return { size: value.readInt() ?? 0, cookie: value.readString() ?? '' };
}

/** The paging control of an answer; an empty cookie says that the list ends here. */
export function pagingAnswer(cookie: string): AnswerControl {
  const value = new BerWriter();
  value.startSequence();
  value.writeInt(0);
  value.writeString(cookie);
  value.endSequence();
  return { oid: OID.paged, value: value.buffer };
}
