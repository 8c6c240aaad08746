import { normalizeDn, splitDn } from '../../base/index.ts';
import type { Snapshot } from '../../snapshot/index.ts';
import type { Delta } from './dirsync.ts';
import { oneLine } from './failure.ts';
import type { Carrier, Continuing } from './incremental.ts';
import type { Run } from './run.ts';
import { MEMBERS, steadyAccounts, steadyAddresses, steadyGroups } from './steady.ts';

/**
 * Finds out what of an earlier snapshot still holds: what the server lists under the same name as then (`visible`: DNs by objectGUID) and DirSync does not
 * name. What a group holds also changes when a member is deleted, renamed or restored, of which the group itself shows nothing. Undefined, with `because`
 * told why, when everything has to be read.
 */
export async function openCarrier(
  run: Run,
  { base }: Continuing,
  { changed }: Delta,
  visible: ReadonlyMap<string, string>,
  because: (reason: string) => void,
): Promise<Carrier | undefined> {
  const reasons = new Map(
    (await base.rows("SELECT facet, complete FROM coverage WHERE object = ''")).map(row => [row.facet, row.complete]),
  );
  const whole = (facet: string) => reasons.get(facet) === true;
  const taken = new Set<string>();
  const known = await knownObjects(base);
  const above = ancestorsOf(known.values());
  const shadow = [...changed].map(guid => visible.get(guid) ?? '').find(dn => above.has(normalizeDn(dn)));
  if (shadow !== undefined) {
    because(`${oneLine(shadow)} changed, from which access may be inherited`);
    return undefined;
  }
  const steady = (guid: string, dn: unknown) => visible.get(guid) === dn && !changed.has(guid);
  const moved = new Set([...known].flatMap(([guid, dn]) => (visible.get(guid) === dn ? [] : [guid])));
  const asks = (facet: string) => whole(facet) || (facet === 'ad.replication' && !run.source.replicationMetadata);
  const groups =
    asks('ad.members') && (asks('ad.replication') || !run.asks('ad.replication')) && whole('ad.groups')
      ? await steadyGroups(run, base, { changed, visible, moved })
      : undefined;
  if (groups === undefined) because('members or their replication metadata were not read in full before');
  const accounts = whole('ad.users') ? await steadyAccounts(base, steady, visible, changed) : undefined;
  const addresses = whole('ad.addresses') ? await steadyAddresses(base, steady, visible, changed) : undefined;
  return {
    group: (guid, usn) => {
      const known = groups?.get(guid);
      return known !== undefined && usn !== null && known.usn === usn ? known : undefined;
    },
    accounts,
    addresses,
    take: guid => void taken.add(guid),
    members: async () => {
      const members = new Set<string>();
      for await (const rows of base.stream(MEMBERS))
        for (const { owner, member } of rows) if (taken.has(String(owner))) members.add(String(member));
      return members;
    },
  };
}

/** DNs of the groups and accounts of the snapshot, by objectGUID. */
async function knownObjects(base: Snapshot): Promise<ReadonlyMap<string, string>> {
  const objects = new Map<string, string>();
  const sql = 'SELECT guid::VARCHAR AS guid, dn FROM ad_user UNION ALL SELECT guid::VARCHAR, dn FROM ad_group';
  for await (const rows of base.stream(sql)) for (const { guid, dn } of rows) objects.set(String(guid), String(dn));
  return objects;
}

/** Normalised DNs of everything above some objects. */
function ancestorsOf(dns: Iterable<string>): ReadonlySet<string> {
  const above = new Set<string>();
  for (const dn of dns)
    for (let parts = splitDn(dn).slice(1); parts.length > 0; parts = parts.slice(1)) {
      const parent = normalizeDn(parts.join(','));
      // What lies above it is known as well.
      if (above.has(parent)) break;
      above.add(parent);
    }
  return above;
}
