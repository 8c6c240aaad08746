import { policyNames } from './limits.ts';
import type { FakeEntry } from './script.ts';
import { valuesOf } from './tree.ts';

// Attributes that a server makes up for every entry, or for its root entry, unless the entry has them.
const forEvery: Readonly<Record<string, (entry: FakeEntry) => readonly string[]>> = {
  distinguishedname: entry => [entry.dn],
};
const forRoot: Readonly<Record<string, readonly string[]>> = { supportedldappolicies: policyNames };

/** The values of an attribute, its own or made up; the name in lower case. */
export function allValuesOf(entry: FakeEntry, attribute: string): readonly Buffer[] {
  const own = valuesOf(entry, attribute);
  if (own.length > 0) return own;
  const made = forEvery[attribute]?.(entry) ?? (entry.dn === '' ? forRoot[attribute] : undefined) ?? [];
  return made.map(value => Buffer.from(value));
}
