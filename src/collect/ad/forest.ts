import { type GuidSet, type Guids, guidSet, isWithin } from '../../base/index.ts';
import type { Recorder, Row } from '../../snapshot/index.ts';
import type { Coverage } from './coverage.ts';
import { emptyBook, type GroupBook } from './group-book.ts';
import type { Run } from './run.ts';

/** What one domain showed by itself; `accounts` are the objectGUIDs of its rows of ad_user, unless it is alone, `addressed` are those of its rows of ad_address and `listed` of ad_forest_group. */
export type Reading = {
  readonly run: Run;
  readonly schema: ReadonlyMap<string, Row<'ad_schema'>>;
  readonly book: GroupBook;
  readonly accounts: Guids;
  readonly addressed: Guids;
  readonly listed: Guids;
};

/** All domains that were read, for the readings that go from one to another. What they find is kept apart from what each domain showed by itself. */
export type Forest = {
  readonly readings: readonly Reading[];
  /** DNs of the domains of the forest that were not read. */
  readonly unread: readonly string[];
  readonly recorder: Pick<Recorder, 'add'>;
  readonly coverage: Coverage;
  readonly added: GroupBook;
  /** objectGUIDs of the rows of ad_user that were added. */
  readonly addedAccounts: GuidSet;
  /** objectGUIDs of the groups that are not written back whose members were read, because they are nested in one that is. */
  readonly below: GuidSet;
};

/** The forest of these readings, to which nothing has been added. */
export function forestOf(
  readings: readonly Reading[],
  unread: readonly string[],
  recorder: Pick<Recorder, 'add'>,
  coverage: Coverage,
): Forest {
  return { readings, unread, recorder, coverage, added: emptyBook(), addedAccounts: guidSet(), below: guidSet() };
}

/** True when ad_group has a row for it. */
export function hasRow({ readings, added }: Forest, guid: string): boolean {
  return added.rows.has(guid) || readings.some(({ book }) => book.rows.has(guid));
}

/** True when it is known as a group. */
export function isKnownGroup({ readings, added }: Forest, guid: string): boolean {
  return added.groups.has(guid) || readings.some(({ book }) => book.groups.has(guid));
}

/** True when ad_user has a row for it. */
export function isKnownAccount({ readings, addedAccounts }: Forest, guid: string): boolean {
  return addedAccounts.has(guid) || readings.some(({ accounts }) => accounts.has(guid));
}

/** The parents of a group as read so far; undefined when they were not. */
export function parentsOf({ readings, added }: Forest, guid: string): readonly string[] | undefined {
  const found = added.parents.get(guid);
  if (found !== undefined) return found;
  for (const { book } of readings) {
    const parents = book.parents.get(guid);
    if (parents !== undefined) return parents;
  }
  return undefined;
}

/** The run of one domain, which adds to the forest instead of to the domain's own rows. */
export function runIn({ recorder, coverage }: Forest, { run }: Reading): Run {
  return { ...run, recorder, coverage };
}

/** The one of these domains in which a DN lies: the innermost, since a child domain's name ends in its parent's. */
export function domainOf<T extends { readonly dn: string }>(domains: readonly T[], dn: string): T | undefined {
  return domains
    .filter(domain => isWithin(dn, domain.dn))
    .reduce<T | undefined>((best, one) => (best === undefined || isWithin(one.dn, best.dn) ? one : best), undefined);
}
