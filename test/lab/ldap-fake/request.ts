import type { BerReader } from 'ldapts';
import { OID, readControls, readPaging } from './controls.ts';
import { readFilter } from './filter.ts';
import type { FakeSearch } from './script.ts';

/** Reads a search request and the controls behind it. */
export function readSearch(reader: BerReader, connection: number): FakeSearch {
  reader.readSequence(0x63);
  const start = reader.offset;
  const base = reader.readString() ?? '';
  const scope = reader.readEnumeration() ?? 0;
  reader.readEnumeration();
  const sizeLimit = reader.readInt() ?? 0;
  reader.readInt();
  reader.readBoolean();
  const matches = readFilter(reader);
  const what = reader.buffer.subarray(start, reader.offset).toString('latin1');
  const attributes: string[] = [];
  reader.readSequence();
  for (const end = reader.offset + reader.length; reader.offset < end; ) attributes.push(reader.readString() ?? '');
  const controls = readControls(reader);
  const paging = readPaging(controls);
  const showsDeleted = controls.has(OID.showDeleted);
  return {
    ...{ connection, base, scope, sizeLimit, attributes, controls, matches, showsDeleted },
    ...{ cookie: paging?.cookie, pageSize: paging?.size, key: `${showsDeleted} ${what}` },
  };
}
