import type { FakeEntry, FakeSearch } from './script.ts';

type Held = { readonly spelt: string; readonly values: readonly Buffer[] };

const held = new WeakMap<FakeEntry, { readonly dn: string; readonly attributes: ReadonlyMap<string, Held> }>();

function heldBy(entry: FakeEntry) {
  let known = held.get(entry);
  if (known === undefined) {
    const attributes = new Map(
      Object.entries(entry.attributes).map(([spelt, values]) => [
        spelt.toLowerCase(),
        { spelt, values: values.map(value => Buffer.from(value)) },
      ]),
    );
    known = { dn: entry.dn.toLowerCase(), attributes };
    held.set(entry, known);
  }
  return known;
}

/** The values of an attribute, whose name may be spelt in any case. */
export function valuesOf(entry: FakeEntry, name: string): readonly Buffer[] {
  return heldBy(entry).attributes.get(name.toLowerCase())?.values ?? [];
}

/** The first value of an attribute as text, or undefined. */
export function textOf(entry: FakeEntry, name: string): string | undefined {
  return valuesOf(entry, name)[0]?.toString();
}

/** An attribute's name as the entry spells it; as given when the entry does not have it. */
export function speltBy(entry: FakeEntry, name: string): string {
  return heldBy(entry).attributes.get(name.toLowerCase())?.spelt ?? name;
}

/** True when `dn` lies below `above`; both in lower case. */
export function isBelow(dn: string, above: string): boolean {
  return above === '' ? dn !== '' : dn.endsWith(above) && dn[dn.length - above.length - 1] === ',';
}

/** True when `base` names this entry, by its DN or by `<GUID=…>` or `<SID=…>`. */
export function isBase(base: string, entry: FakeEntry): boolean {
  return /^<(GUID|SID)=[^>]+>$/.test(base) ? extended(entry).includes(base) : heldBy(entry).dn === base.toLowerCase();
}

/** True when the entry lies in the scope of the search. */
export function within({ base, scope }: Pick<FakeSearch, 'base' | 'scope'>, entry: FakeEntry): boolean {
  if (scope === 0 || isBase(base, entry)) return scope !== 1 && isBase(base, entry);
  const { dn } = heldBy(entry);
  const above = base.toLowerCase();
  if (!isBelow(dn, above)) return false;
  return (
    scope === 2 ||
    !dn
      .slice(0, dn.length - above.length - 1)
      .replaceAll('\\,', '')
      .includes(',')
  );
}

/** The extended form of an entry's DN; objectGUID and objectSid are taken from `fakeGuid` and `fakeSid` text when given, else left out. */
export function extended(entry: FakeEntry): string {
  const guid = textOf(entry, 'fakeGuid');
  const sid = textOf(entry, 'fakeSid');
  return `${guid === undefined ? '' : `<GUID=${guid}>;`}${sid === undefined ? '' : `<SID=${sid}>;`}${entry.dn}`;
}
