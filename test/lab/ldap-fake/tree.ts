import type { FakeEntry, FakeSearch } from './script.ts';

/** The values of an attribute, whose name may be spelt in any case. */
export function valuesOf(entry: FakeEntry, name: string): Buffer[] {
  const key = Object.keys(entry.attributes).find(one => one.toLowerCase() === name.toLowerCase());
  return (key === undefined ? [] : (entry.attributes[key] ?? [])).map(value => Buffer.from(value));
}

/** True when `base` names this entry, by its DN or by `<GUID=…>` or `<SID=…>`. */
export function isBase(base: string, entry: FakeEntry): boolean {
  return /^<(GUID|SID)=[^>]+>$/.test(base)
    ? extended(entry).includes(base)
    : entry.dn.toLowerCase() === base.toLowerCase();
}

/** True when the entry lies in the scope of the search. */
export function within({ base, scope }: Pick<FakeSearch, 'base' | 'scope'>, entry: FakeEntry): boolean {
  if (scope === 0 || isBase(base, entry)) return scope !== 1 && isBase(base, entry);
  const below = `,${base.toLowerCase()}`;
  if (!entry.dn.toLowerCase().endsWith(below)) return false;
  return scope === 2 || !entry.dn.slice(0, -below.length).replaceAll('\\,', '').includes(',');
}

/** The extended form of an entry's DN; objectGUID and objectSid are taken from `fakeGuid` and `fakeSid` text when given, else left out. */
export function extended(entry: FakeEntry): string {
  const [guid] = valuesOf(entry, 'fakeGuid');
  const [sid] = valuesOf(entry, 'fakeSid');
  return `${guid === undefined ? '' : `<GUID=${guid}>;`}${sid === undefined ? '' : `<SID=${sid}>;`}${entry.dn}`;
}
