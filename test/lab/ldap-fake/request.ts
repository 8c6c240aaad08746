import type { BerReader } from 'ldapts';
import { readControls, readPaging } from './controls.ts';
import { readFilter } from './filter.ts';
import type { FakeSearch } from './script.ts';

/** Reads a search request and the controls behind it. */
export function readSearch(reader: BerReader, connection: number): FakeSearch {
  reader.readSequence(0x63);
  const base = reader.readString() ?? '';
  const scope = reader.readEnumeration() ?? 0;
  reader.readEnumeration();
  reader.readInt();
  reader.readInt();
  reader.readBoolean();
  const matches = readFilter(reader);
  const attributes: string[] = [];
  reader.readSequence();
  for (const end = reader.offset + reader.length; reader.offset < end; ) attributes.push(reader.readString() ?? '');
  const controls = readControls(reader);
  return { connection, base, scope, attributes, controls, cookie: readPaging(controls)?.cookie, matches };
}
