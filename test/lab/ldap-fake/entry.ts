import { OID } from './controls.ts';
import { entryPacket } from './packet.ts';
import { inRange } from './ranging.ts';
import type { FakeEntry, FakeSearch } from './script.ts';
import { extended, valuesOf } from './tree.ts';

const DN_VALUED = new Set(['member', 'memberof', 'distinguishedname']);

/** An entry as the answer to a search shows it: the attributes asked for that it has, in ranges, DNs extended on request. `all` is where DNs lead to. */
export function answerEntry(
  id: number,
  { attributes, controls }: FakeSearch,
  entry: FakeEntry,
  all: readonly FakeEntry[],
  rangeSize: number,
): Buffer {
  const extendsNames = controls.has(OID.extendedDn);
  const shown = attributes.flatMap(asked => {
    const [name = ''] = asked.split(';');
    const key = name.toLowerCase();
    const held = key === 'distinguishedname' ? [Buffer.from(entry.dn)] : valuesOf(entry, name);
    const spelt = Object.keys(entry.attributes).find(one => one.toLowerCase() === key) ?? name;
    const part = inRange(asked, spelt, held, rangeSize);
    if (part.values.length === 0) return [];
    const extend = extendsNames && DN_VALUED.has(key);
    return [extend ? { name: part.name, values: part.values.map(value => extendedValue(value, all)) } : part];
  });
  return entryPacket(id, extendsNames ? extended(entry) : entry.dn, shown);
}

// A value that is extended already names an object outside the directory.
function extendedValue(value: Buffer, all: readonly FakeEntry[]): Buffer {
  const target = value[0] === 0x3c ? undefined : all.find(one => one.dn === value.toString());
  return target === undefined ? value : Buffer.from(extended(target));
}
