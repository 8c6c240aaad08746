import { type Entry, integerOf } from './entry.ts';
import type { Run } from './run.ts';
import { configurationOf, schemaOf } from './server.ts';

/** Version numbers that Exchange leaves in AD; null where it has none. */
export type ExchangeFacts = {
  readonly schema: number | null;
  readonly organisation: number | null;
  readonly domain: number | null;
};

/** Reads the version numbers of Exchange. Absent objects are a fact here: a forest without Exchange is an ordinary forest. */
export async function readExchange({ directory, rootDse, domain }: Run): Promise<ExchangeFacts> {
  const optional = { facet: 'ad.exchange', absent: 'empty' } as const;
  const version = (entry: Entry | undefined, name: string) => (entry === undefined ? null : integerOf(entry, name));
  const schema = await directory.readOne({
    ...optional,
    base: `CN=ms-Exch-Schema-Version-Pt,${schemaOf(rootDse)}`,
    attributes: ['rangeUpper'],
  });
  const ofDomain = await directory.readOne({
    ...optional,
    base: `CN=Microsoft Exchange System Objects,${domain.dn}`,
    attributes: ['objectVersion'],
  });
  let organisation: number | null = null;
  await directory.search(
    {
      ...optional,
      base: `CN=Microsoft Exchange,CN=Services,${configurationOf(rootDse)}`,
      scope: 'one',
      filter: '(objectClass=msExchOrganizationContainer)',
      attributes: ['objectVersion'],
    },
    entries => {
      for (const entry of entries) organisation = integerOf(entry, 'objectVersion') ?? organisation;
    },
  );
  return { schema: version(schema, 'rangeUpper'), organisation, domain: version(ofDomain, 'objectVersion') };
}
