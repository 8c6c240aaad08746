import { allValuesOf } from './computed.ts';
import { OID, wantsAuditing } from './controls.ts';
import { entryPacket } from './packet.ts';
import { comeRound, inRange, spoilRange } from './ranging.ts';
import type { FakeEntry, FakeSearch, Fault } from './script.ts';
import { extended, speltBy } from './tree.ts';
import type { View } from './view.ts';

const DN_VALUED = new Set(['member', 'memberof', 'distinguishedname']);

/**
 * An entry as the answer to a search shows it: the attributes asked for that it has and that the port shows, at most
 * `most` values of each, DNs extended on request; the descriptor with what is audited is kept as `fakeSacl`, and who may not see it gets none. Undefined when a range was asked for behind the last value.
 */
export function answerEntry(
  id: number,
  { attributes, controls }: FakeSearch,
  entry: FakeEntry,
  view: View,
  most: number,
  fault?: Fault,
): Buffer | undefined {
  const extendsNames = controls.has(OID.extendedDn);
  const shown: { name: string; values: readonly Buffer[] }[] = [];
  for (const asked of attributes) {
    const [name = ''] = asked.split(';');
    const key = name.toLowerCase();
    const source = key === 'ntsecuritydescriptor' && wantsAuditing(controls) ? 'fakesacl' : key;
    const held = view.shows(entry, key) ? allValuesOf(entry, source) : [];
    if (held.length === 0) continue;
    const proper = inRange(asked, speltBy(entry, name), held, most);
    if (proper === 'beyond' && fault !== 'range-endless') return undefined;
    const cut =
      proper === 'beyond' ? comeRound(asked, speltBy(entry, name), held, most) : spoilRange(proper, held, fault);
    const extend = extendsNames && DN_VALUED.has(key);
    shown.push(extend ? { name: cut.name, values: cut.values.map(value => extendedValue(value, view)) } : cut);
  }
  return entryPacket(id, extendsNames ? extended(entry) : entry.dn, shown);
}

// A value that is extended already names an object outside the directory.
function extendedValue(value: Buffer, view: View): Buffer {
  const target = value[0] === 0x3c ? undefined : view.named(value.toString());
  return target === undefined ? value : Buffer.from(extended(target));
}
