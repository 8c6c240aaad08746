import { sidFromBytes, sidToBytes } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { climb, findBySid, type Node, type Spoken, shows, type Walk } from './ascent.ts';
import { bytesOf, classOf, guidOf, integerOf, sidOf, textOf, textsOf } from './entry.ts';
import { isSourceFailure, oneLine, sourceError } from './failure.ts';
import { type Forest, type Reading, runIn } from './forest.ts';
import { readViewer, type Viewer } from './listing.ts';
import type { Run } from './run.ts';
import { schemaOf } from './server.ts';

const FACET = 'ad.identities';
const ACCOUNT_DISABLED = 2;
/** SIDs of groups that a token can hold and that an object of the directory bears. */
const OF_OBJECTS = /^S-1-5-(21|32)-/;

/**
 * Writes the state of each sync identity and the groups that contain it, however deep, and settles `ad.identities`. They come from memberOf, upwards, and
 * from what the server itself works out for the account (tokenGroups), which knows them also where a list on the way is hidden.
 */
export async function readIdentityGroups(forest: Forest, identities: readonly Row<'ad_identity'>[]): Promise<void> {
  const { coverage, readings, recorder, unread } = forest;
  const sids = new Set(identities.flatMap(({ role, sid }) => (role === 'sync' && sid !== null ? [sid] : [])));
  if (unread.length > 0 && sids.size > 0)
    coverage.fail(FACET, `groups of ${unread.map(oneLine).join(' and ')}, which was not read, may contain them`);
  const [first] = readings;
  if (first === undefined) return;
  await coverage.attempt([FACET], async () => {
    const viewers = new Map<Reading, Viewer>();
    for (const reading of readings)
      viewers.set(reading, sids.size === 0 ? undefined : await readViewer(runIn(forest, reading)));
    const spoken = sids.size === 0 ? new Map() : await readSpoken(runIn(forest, first));
    const walk: Walk = { forest, spoken, viewers };
    let groups = 0;
    for (const sid of sids)
      await coverage.attempt([FACET], async () => {
        const rows = await readIdentity(walk, sid);
        await recorder.add('ad_identity_group', rows);
        groups += rows.length;
      });
    coverage.read(FACET, groups);
  });
}

// What an access list may call the attributes that say something by being absent.
async function readSpoken({ directory, rootDse }: Run): Promise<Spoken> {
  const spoken = new Map<string, readonly string[]>();
  await directory.search(
    {
      facet: FACET,
      base: schemaOf(rootDse),
      scope: 'one',
      filter: '(|(lDAPDisplayName=memberOf)(lDAPDisplayName=adminCount))',
      attributes: ['lDAPDisplayName', 'schemaIDGUID', 'attributeSecurityGUID'],
    },
    entries => {
      for (const entry of entries)
        spoken.set(
          (textOf(entry, 'lDAPDisplayName') ?? '').toLowerCase(),
          ['schemaIDGUID', 'attributeSecurityGUID'].flatMap(name => guidOf(entry, name) ?? []),
        );
    },
  );
  return spoken;
}

async function readIdentity(walk: Walk, sid: string): Promise<readonly Row<'ad_identity_group'>[]> {
  const { forest } = walk;
  const { coverage, recorder } = forest;
  const own = await findBySid(walk, sid);
  if (own === undefined) throw sourceError(`${sid}, a sync identity, is in no domain that was read or is not readable`);
  const control = integerOf(own.entry, 'userAccountControl');
  const isAccount = textsOf(own.entry, 'objectClass').includes('user');
  if (control === null && isAccount) coverage.fail(FACET, `userAccountControl of ${oneLine(own.dn)} is not readable`);
  const adminCount = integerOf(own.entry, 'adminCount');
  if (adminCount === null && !shows(walk, own.reading, own.entry, 'adminCount'))
    coverage.fail(FACET, `adminCount of ${oneLine(own.dn)} is not surely shown to us: it needs Read`);
  await recorder.add('ad_identity_state', [
    {
      sid,
      object_class: classOf(own.entry),
      enabled: control === null ? null : (control & ACCOUNT_DISABLED) === 0,
      admin_count: adminCount,
    },
  ]);
  const token = await readToken(walk, own);
  if (token.size === 0 && isAccount && integerOf(own.entry, 'primaryGroupID') === null)
    coverage.fail(FACET, `primaryGroupID of ${oneLine(own.dn)} is not readable`);
  const nodes = await climb(walk, own, token.size > 0);
  const names = new Map<string, string | null>();
  for (const { sid: group, name, dn } of nodes)
    if (group === null) coverage.fail(FACET, `${oneLine(dn)} shows no objectSid`);
    else names.set(group, name);
  const others = [...token].filter(one => one !== sid && OF_OBJECTS.test(one) && !names.has(one));
  for (const [group, name] of await namesOf(walk, others)) names.set(group, name);
  return [...names].map(([group, name]) => ({ identity_sid: sid, group_sid: group, group_name: name }));
}

/** SIDs of the security groups that the server itself finds above an account; empty when it does not tell. */
async function readToken({ forest }: Walk, { guid, reading }: Node): Promise<ReadonlySet<string>> {
  const run = runIn(forest, reading);
  try {
    const base = `<GUID=${guid}>`;
    const entry = await run.directory.readOne({ facet: FACET, base, attributes: ['tokenGroups'], absent: 'empty' });
    return new Set(entry === undefined ? [] : bytesOf(entry, 'tokenGroups').map(sidFromBytes));
  } catch (thrown) {
    // Without it memberOf alone counts, of which it has to be certain that it is shown.
    if (thrown instanceof RangeError || isSourceFailure(thrown)) return new Set();
    throw thrown;
  }
}

// A token also holds SIDs of the past (sIDHistory), which are those of no group any more.
async function namesOf({ forest }: Walk, sids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const names = new Map<string, string | null>();
  for (const reading of forest.readings) {
    const { directory, domain } = reading.run;
    await directory.searchValues(
      { facet: FACET, base: domain.dn, scope: 'sub', attributes: ['objectSid', 'sAMAccountName', 'cn'] },
      'objectSid',
      sids.filter(sid => !names.has(sid)).map(sidToBytes),
      entries => {
        for (const entry of entries) {
          const sid = sidOf(entry);
          if (sid !== null && sids.includes(sid))
            names.set(sid, textOf(entry, 'sAMAccountName') ?? textOf(entry, 'cn'));
        }
      },
    );
  }
  return names;
}
