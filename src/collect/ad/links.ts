import { normalizeDn } from '../../base/index.ts';
import { type Entry, textsOf } from './entry.ts';
import { parseExtendedDn } from './extended-dn.ts';
import { oneLine } from './failure.ts';
import { plural, type Run } from './run.ts';

/** The objectGUIDs that an extended-DN attribute names; a value without one leaves a gap for the object. */
export function guidsOf(
  run: Run,
  facet: 'ad.members' | 'ad.memberOf',
  guid: string,
  entry: Entry,
  attribute: string,
): string[] {
  const found: string[] = [];
  let bad = 0;
  for (const value of textsOf(entry, attribute)) {
    const target = parseExtendedDn(value)?.guid ?? null;
    if (target === null) bad += 1;
    else found.push(target);
  }
  if (bad > 0)
    run.coverage.failObject(
      facet,
      guid,
      `${plural(bad, 'value', 'values')} of ${attribute} of ${oneLine(entry.dn)} came without an objectGUID`,
    );
  return found;
}

/** objectGUIDs of the members of a group by normalised DN. */
export function namesOf(entry: Entry): Map<string, string> {
  const names = new Map<string, string>();
  for (const value of textsOf(entry, 'member')) {
    const { dn, guid } = parseExtendedDn(value) ?? { dn: '', guid: null };
    if (guid !== null) names.set(normalizeDn(dn), guid);
  }
  return names;
}
