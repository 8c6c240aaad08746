import { type Entry, guidOf, textOf } from './entry.ts';
import { sourceError } from './failure.ts';
import type { Run } from './run.ts';
import { configurationOf, schemaOf } from './server.ts';

const schemaNames = ['group', 'user', 'member', 'adminDescription', 'msDS-ExternalDirectoryObjectId'];
const rightNames = ['Membership', 'Personal-Information', 'Self-Membership'];

/** Reads the GUIDs that the policies name into `found`, by name. Rejects when one that every AD has is not shown; `found` holds the others. */
export async function readSchemaGuids({ directory, rootDse }: Run, found: Map<string, string>): Promise<void> {
  const keep =
    (wanted: readonly string[], nameAttribute: string, guid: (entry: Entry) => string | null) =>
    (entries: readonly Entry[]) => {
      for (const entry of entries) {
        const name = textOf(entry, nameAttribute)?.toLowerCase();
        const spelt = wanted.find(one => one.toLowerCase() === name);
        const value = guid(entry);
        if (spelt !== undefined && value !== null) found.set(spelt, value);
      }
    };
  await directory.search(
    {
      facet: 'ad.domain',
      base: schemaOf(rootDse),
      scope: 'one',
      filter: `(|${schemaNames.map(name => `(lDAPDisplayName=${name})`).join('')})`,
      attributes: ['lDAPDisplayName', 'schemaIDGUID'],
    },
    keep(schemaNames, 'lDAPDisplayName', entry => guidOf(entry, 'schemaIDGUID')),
  );
  await directory.search(
    {
      facet: 'ad.domain',
      base: `CN=Extended-Rights,${configurationOf(rootDse)}`,
      scope: 'one',
      filter: `(|${rightNames.map(name => `(cn=${name})`).join('')})`,
      attributes: ['cn', 'rightsGuid'],
    },
    keep(rightNames, 'cn', entry => textOf(entry, 'rightsGuid')?.trim().toLowerCase() ?? null),
  );
  const missing = [...schemaNames, ...rightNames].filter(
    name => !found.has(name) && name !== 'msDS-ExternalDirectoryObjectId',
  );
  if (missing.length > 0) throw sourceError(`the schema does not show ${missing.join(', ')}`);
}
