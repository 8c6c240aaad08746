import { Attribute, Ber, type BerReader, SearchEntry } from 'ldapts';

/**
 * Passed as `explicitBufferAttributes` it makes the library hand out every value raw, so that nothing depends on whether bytes happen to be valid UTF-8 or on
 * the spelling of a name.
 */
export const everyAttributeRaw: string[] = Object.assign<string[], Pick<string[], 'includes'>>([], {
  includes: () => true,
});

// The library decodes every value as text while it parses, also where it then hands out the bytes: a third of the time that reading takes. Here decoding
// waits until an entry is handed to somebody who did not ask for raw values; what it gives is the same.
const SET = 0x31;
const toObject = SearchEntry.prototype.toObject;
const text = new TextDecoder('utf-8', { fatal: true });

Attribute.prototype.parse = function parse(this: Attribute, reader: BerReader): void {
  reader.readSequence();
  this.type = reader.readString() ?? '';
  if (reader.peek() !== SET || !reader.readSequence(SET)) return;
  for (const end = reader.offset + reader.length; reader.offset < end; )
    this.parsedBuffers.push(reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0));
};

SearchEntry.prototype.toObject = function entry(this: SearchEntry, asked: string[], raw: string[]) {
  if (raw === everyAttributeRaw)
    return Object.assign(Object.fromEntries(this.attributes.map(({ type, parsedBuffers }) => [type, parsedBuffers])), {
      dn: this.name,
    });
  for (const attribute of this.attributes) attribute.values = valuesOf(attribute);
  return toObject.call(this, asked, raw);
};

function valuesOf({ type, parsedBuffers }: Attribute): Buffer[] | string[] {
  if (/;binary$/i.test(type)) return [...parsedBuffers];
  try {
    return parsedBuffers.map(value => text.decode(value));
  } catch {
    // The library would mix text and bytes here, and hands out the bytes of all of them then.
    return [...parsedBuffers];
  }
}
