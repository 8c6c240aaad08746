import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guidText } from '../../src/base/index.ts';
import type { FakeSearch } from '../lab/ldap-fake/index.ts';
import { type AdFaultName, adFault, adFaultNames } from './ad-faults.ts';
import { type AdLab, type AdPlan, createCredentials, startAdLab } from './ad-lab.ts';
import { type AdTruths, judgeRun, readTruths } from './ad-runs.ts';
import { oneDomain } from './estate.ts';
import { newGaps } from './honesty.ts';

// Every fault of clients' and servers' making, one at a time, in each kind of search that the collector makes.

let lab: AdLab;
let truths: AdTruths;
let searches: readonly FakeSearch[];

beforeAll(async () => {
  lab = await startAdLab(await createCredentials());
  truths = await readTruths(lab);
  ({ searches } = await lab.run(plan(new Map())));
});
afterAll(() => lab.stop());

function plan(faults: ReadonlyMap<number, AdFaultName>, topology: AdPlan['topology'] = 'one'): AdPlan {
  return { topology, startTls: false, faults };
}

const EVERYTHING =
  'acl addresses containers deleted domain domainControllers exchange forestGroups groups identities memberOf soaPolicy tier0 trustees users';
const OF_GROUPS = 'acl groups memberOf members replication';

/** Every kind of search: where it begins, what its attributes are like, and what is lost with it; `free` when that is nothing, `run` when it is all. */
const searchKinds: readonly (readonly [name: string, base: string, attributes: RegExp, cost: string])[] = [
  ['which copy a server holds', '', /^dsServiceName/, 'run'],
  ['its invocationId', 'CN=NTDS Settings', /^invocationId$/, 'free'],
  ['the root entry', '', /^dnsHostName/, 'run'],
  ['the naming contexts', 'CN=Partitions', /^nCName/, EVERYTHING],
  ['the domain', 'DC=', /^objectSid,objectGUID,distinguishedName$/, 'run'],
  ['names of the schema', 'CN=Schema', /^lDAPDisplayName/, 'acl domain'],
  ['extended rights', 'CN=Extended-Rights', /rightsGuid/, 'acl domain'],
  ['the version of the schema', 'CN=Schema', /^objectVersion$/, 'domain'],
  ['the Recycle Bin', 'CN=Partitions', /EnabledFeature/, 'domain'],
  ['the schema of Exchange', 'CN=ms-Exch-Schema-Version-Pt', /rangeUpper/, 'exchange'],
  ['the domain in Exchange', 'CN=Microsoft Exchange System Objects', /objectVersion/, 'exchange'],
  ['the organisation in Exchange', 'CN=Microsoft Exchange,', /objectVersion/, 'exchange'],
  ['who we are', '', /^tokenGroups$/, 'free'],
  ['well-known containers', 'DC=', /^wellKnownObjects/, 'containers'],
  [
    'a configured container',
    'OU=Writeback',
    /distinguishedName,nTSecurityDescriptor$/,
    'acl auditing children containers groups memberOf members replication',
  ],
  ['the access list of the domain', 'DC=', /objectClass,distinguishedName,nTSecurityDescriptor$/, 'acl containers'],
  ['AdminSDHolder', 'CN=AdminSDHolder', /nTSecurityDescriptor$/, 'acl containers'],
  ['whether a place can be listed', 'CN=Users', /^nTSecurityDescriptor$/, 'addresses forestGroups groups users'],
  ['hidden units', 'DC=', /^nTSecurityDescriptor$/, 'addresses forestGroups groups users'],
  ['hidden containers', 'OU=', /^nTSecurityDescriptor$/, 'addresses forestGroups groups users'],
  ['unreadable objects', 'DC=', /^objectGUID$/, 'addresses forestGroups groups users'],
  ['names of controllers', 'CN=Sites', /^invocationId,distinguishedName$/, 'replication'],
  ['groups in a container', 'OU=', /,member,memberOf,nTSecurityDescriptor$/, OF_GROUPS],
  ['marked groups', 'DC=', /,member,memberOf,nTSecurityDescriptor$/, OF_GROUPS],
  ['more values', '<GUID=', /range=/, 'free'],
  ['replication metadata', 'DC=', /ReplValueMetaData/, 'replication'],
  ['accounts', 'DC=', /userPrincipalName(?!.*groupType)/, 'users'],
  ['addresses', 'DC=', /^objectGUID,objectClass,distinguishedName,proxyAddresses,mail$/, 'addresses'],
  ['the place of deleted objects', 'CN=Deleted Objects', /^objectGUID$/, 'deleted'],
  ['deleted groups', 'CN=Deleted Objects', /lastKnownParent/, 'deleted'],
  ['groups above', 'DC=', /uSNChanged,memberOf$/, 'memberOf memberOf/14'],
  ['other members', 'DC=', /userPrincipalName.*groupType/, 'users'],
  ['members of nested groups', 'DC=', /^objectGUID,objectSid,groupType,uSNChanged,member,/, 'members/2f'],
  ['protected groups', 'DC=', /^(?!.*userPrincipalName).*uSNChanged$/, 'groups'],
  ['groups of the forest', 'DC=', /^objectGUID,.*extensionAttribute15$/, 'forestGroups'],
  ['registered devices', 'CN=RegisteredDevices', /^objectGUID$/, 'domain'],
  ['children of a container', 'OU=', /,cn,ou$/, 'children'],
  ['what is audited', 'OU=Writeback', /^objectGUID$/, 'auditing'],
  ['the place of domain controllers', 'OU=Domain Controllers', /nTSecurityDescriptor$/, 'tier0'],
  ['the policies', 'CN=Policies', /^objectGUID,.*nTSecurityDescriptor$/, 'tier0'],
  ['whether policies can be listed', 'CN=Policies', /^nTSecurityDescriptor$/, 'tier0'],
  ['group policy objects', 'CN=Policies', /^objectClass,/, 'tier0'],
  ['the configuration', 'CN=Configuration', /^objectGUID,.*nTSecurityDescriptor$/, 'tier0'],
  ['the schema itself', 'CN=Schema', /^objectGUID,.*nTSecurityDescriptor$/, 'tier0'],
  ['domain controllers', 'DC=', /operatingSystem/, 'domainControllers'],
  ['servers of sites', 'CN=Sites', /^serverReference/, 'domainControllers'],
  ['their copies', 'CN=Sites', /HasDomainNCs/, 'domainControllers'],
  ['whether the policy of the cloud can be listed', 'CN=SOA-Policies', /^nTSecurityDescriptor$/, 'soaPolicy'],
  ['the policy of the cloud', 'CN=SOA-Policies', /msDS-Settings/, 'soaPolicy'],
  ['whether Exchange can be listed', 'CN=Microsoft Exchange,', /^nTSecurityDescriptor$/, 'exchangeServers'],
  ['Exchange itself', 'CN=Microsoft Exchange,', /^objectClass,objectGUID/, 'exchangeServers'],
  ['whether groups of servers can be listed', 'CN=Administrative Groups', /^nTSecurity/, 'exchangeServers'],
  ['groups of servers', 'CN=Administrative Groups', /^objectClass/, 'exchangeServers'],
  ['whether servers can be listed', 'CN=Servers', /^nTSecurityDescriptor$/, 'exchangeServers'],
  ['Exchange servers', 'CN=Servers', /serialNumber/, 'exchangeServers'],
  ['whether accepted domains can be listed', 'CN=Accepted Domains', /^nTSecurity/, 'acceptedDomains'],
  ['accepted domains', 'CN=Accepted Domains', /AcceptedDomainName/, 'acceptedDomains'],
  ['whether address lists can be listed', 'CN=Address Lists', /^nTSecurityDescriptor$/, 'addressLists'],
  ['address lists', 'CN=Address Lists', /displayName/, 'addressLists'],
  ['sync identities and groups above them', 'DC=', /primaryGroupID/, 'identities'],
  ['what the server finds above them', '<GUID=', /^tokenGroups$/, 'free'],
  ['how far the server is', '', /^highestCommittedUSN$/, 'run'],
  ['names of trustees', 'DC=', /^objectSid,sAMAccountName,cn/, 'trustees'],
];

function isLike({ base, attributes }: FakeSearch, [, from, like]: (typeof searchKinds)[number]): boolean {
  return (from === '' ? base === '' : base.startsWith(from)) && like.test(attributes.join(','));
}

/** The number of a search of this kind, from 0 on. */
function placeOf(kind: (typeof searchKinds)[number]): number {
  const at = searches.findIndex(search => isLike(search, kind));
  if (at < 0) throw new Error(`nothing is searched for that is like ${kind[0]}`);
  return at;
}

async function gapsAfter(faults: ReadonlyMap<number, AdFaultName>, topology?: AdPlan['topology']) {
  const run = await lab.run(plan(faults, topology));
  const { ending, lies, truth } = judgeRun(run, truths[topology ?? 'one']);
  expect({ lies, struck: run.struck.length }).toEqual({ lies: [], struck: faults.size });
  const gaps = truth === undefined ? [] : newGaps(run.recorder, truth).map(name => name.replace(/^ad\./, ''));
  return { ending, gaps: gaps.map(name => name.replace(/\/.*(..)$/, '/$1')).join(' ') };
}

test('what is read without faults is what the estate holds', () => {
  const [truth] = truths.one;
  const ids = oneDomain(1).flatMap(({ attributes }) =>
    [attributes.objectClass ?? []].flat().at(-1) === 'user' ? (attributes.fakeGuid ?? []) : [],
  );
  expect(ids.length).toBeGreaterThan(14);
  expect(truth?.rows('ad_user').map(row => row.guid)).toEqual(
    expect.arrayContaining(ids.map(id => guidText(String(id)))),
  );
  const members = oneDomain(1).flatMap(({ attributes, dn }) =>
    dn.includes('OU=Writeback') || dn.startsWith('CN=Nested') ? (attributes.member ?? []) : [],
  );
  expect(truth?.rows('ad_member')).toHaveLength(members.length);
  expect(truth?.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
});

test('every search is of a kind that is tested below', () => {
  const strange = searches.filter(search => !searchKinds.some(kind => isLike(search, kind)));
  expect(strange.map(({ base, attributes }) => `${base} ${attributes.join(',')}`)).toEqual([]);
});

const refusals = adFaultNames.filter(name => adFault(name).cost === 'facets' && adFault(name).only === undefined);
const passing = adFaultNames.filter(
  name => adFault(name).cost === 'nothing' && name !== 'hang' && name !== 'oversized',
);
const ending = (cost: string) => ({ ending: cost === 'run' ? 'failed' : cost === 'free' ? 'right' : 'gaps' });

describe('one fault in a search', () => {
  test.each(searchKinds)('for %s', async (...kind) => {
    const [, , , cost] = kind;
    const at = placeOf(kind);
    const turn = searchKinds.indexOf(kind);
    // Denied everywhere, and every other refusal somewhere.
    for (const name of new Set(['denied', refusals[turn % refusals.length] ?? 'denied'] as const)) {
      const { gaps, ...ended } = await gapsAfter(new Map([[at, name]]));
      expect({ name, ...ended, gaps }).toEqual({
        name,
        ...ending(cost),
        gaps: cost === 'run' || cost === 'free' ? '' : cost,
      });
    }
    // A fault that passes costs nothing once there is a connection.
    for (const name of new Set(['drop-midway', passing[turn % passing.length] ?? 'drop'] as const)) {
      const { gaps, ending: ended } = await gapsAfter(new Map([[at, name]]), adFault(name).turns && 'switched');
      if (at < 2) expect(['right', 'failed']).toContain(ended);
      else expect({ name, ended, gaps }).toEqual({ name, ended: 'right', gaps: '' });
    }
  });
});

const lists = searchKinds.filter(
  ([, base, , cost]) => base !== '' && base !== '<GUID=' && !['free', 'run'].includes(cost),
);

test.each(['empty-page', 'repeat-cookie', 'repeat-page', 'no-paging-answer'] as const)(
  '%s in every list',
  async name => {
    for (const kind of lists.filter(one => (searches[placeOf(one)]?.scope ?? 0) > 0)) {
      const { gaps } = await gapsAfter(new Map([[placeOf(kind), name]]));
      expect({ list: kind[0], gaps }).toEqual({ list: kind[0], gaps: name === 'no-paging-answer' ? kind[3] : '' });
    }
  },
);

test('a page that comes under one cookie for ever is a gap', async () => {
  const from = searches.findIndex(({ attributes }) => attributes.includes('userPrincipalName'));
  for (const name of ['repeat-cookie', 'empty-page'] as const) {
    const always = new Map(Array.from({ length: 60 }, (_, at) => [from + at, name] as const));
    const run = await lab.run(plan(always));
    expect(judgeRun(run, truths.one).lies).toEqual([]);
    if (name === 'repeat-cookie') expect(run.recorder.covered('ad.users')?.reason).toMatch(/same paging cookie/);
  }
});

describe('an attribute in ranges', () => {
  const first = () => placeOf(['', 'OU=', /,member,memberOf,nTSecurityDescriptor$/, '']);
  const next = () => searches.findIndex(({ attributes }) => attributes.some(name => /^member;range=/.test(name)));
  test.each([
    [
      'range-hole',
      'members/1f members/20 members/23 replication/1f replication/20 replication/23',
      'members/1f replication/1f',
    ],
    ['range-shifted', '', ''],
    ['range-repeated', '', 'members/1f replication/1f'],
    ['range-empty', 'members/1f members/20 members/23 replication/1f replication/20 replication/23', ''],
    ['range-endless', '', 'members/1f replication/1f'],
  ] as const)('%s at its first, and at its second range', async (name, atFirst, atSecond) => {
    const two = [(await gapsAfter(new Map([[first(), name]]))).gaps, (await gapsAfter(new Map([[next(), name]]))).gaps];
    expect(two).toEqual([atFirst, atSecond]);
  });

  test.each(['range-hole', 'range-shifted', 'range-empty', 'range-endless'] as const)(
    '%s for ever is a gap',
    async name => {
      const always = new Map(Array.from({ length: 300 }, (_, at) => [first() + at, name] as const));
      const run = await lab.run(plan(always));
      const { ending: ended, lies } = judgeRun(run, truths.one);
      expect({ ended, lies }).toEqual({ ended: 'gaps', lies: [] });
      expect(run.recorder.coverage.some(({ facet, object }) => facet === 'ad.members' && object !== '')).toBe(true);
    },
  );
});

describe('a server that stays away', () => {
  const dead = (from: number) => new Map(Array.from({ length: 400 }, (_, at) => [from + at, 'drop'] as const));
  test('costs everything that was not read yet', async () => {
    const run = await lab.run(plan(dead(placeOf(['', 'DC=', /proxyAddresses,mail$/, '']))));
    const { lies, truth } = judgeRun(run, truths.one);
    expect(lies).toEqual([]);
    expect(truth && newGaps(run.recorder, truth).filter(name => !name.includes('/'))).toEqual(
      [
        ...['acceptedDomains', 'addressLists', 'addresses', 'auditing', 'children', 'deleted', 'domainControllers'],
        ...[
          'exchangeServers',
          'forestGroups',
          'groups',
          'identities',
          'memberOf',
          'soaPolicy',
          'tier0',
          'trustees',
          'users',
        ],
      ].map(name => `ad.${name}`),
    );
  });

  test('is replaced by the next one, from the beginning', async () => {
    // Three tries of one search.
    const at = placeOf(['', 'DC=', /proxyAddresses,mail$/, '']);
    const run = await lab.run(plan(new Map([at, at + 1, at + 2].map(n => [n, 'drop'])), 'spare'));
    const { ending: ended, lies, truth } = judgeRun(run, truths.spare);
    expect({ ended, lies }).toEqual({ ended: 'right', lies: [] });
    expect(truths.spare).toContain(truth);
  });

  test.each(['new-controller', 'restored'] as const)('%s: the state of the other, whole', async name => {
    const at = placeOf(['', 'DC=', /proxyAddresses,mail$/, '']);
    const run = await lab.run(plan(new Map([[at, name]]), 'switched'));
    const { ending: ended, truth } = judgeRun(run, truths.switched);
    expect({ ended, behind: truth === truths.switched[1] }).toEqual({ ended: 'right', behind: true });
  });

  test('with a certificate that nobody vouches for, it gets no password', async () => {
    const at = placeOf(['', 'DC=', /proxyAddresses,mail$/, '']);
    const run = await lab.run(plan(new Map([[at, 'new-certificate']]), 'switched'));
    expect(judgeRun(run, truths.switched).ending).toBe('gaps');
    expect(run.recorder.covered('ad.addresses')?.reason).toMatch(/certificate is not signed by an authority we trust/);
  });
});

test('silence and a message without end are given up in time', async () => {
  for (const name of ['hang', 'oversized'] as const) {
    const { gaps, ending: ended } = await gapsAfter(
      new Map([[placeOf(['', 'DC=', /proxyAddresses,mail$/, '']), name]]),
    );
    expect({ name, ended, gaps }).toEqual({ name, ended: 'right', gaps: '' });
  }
});

test('in a forest of two domains a refusal in either is a gap that is said', async () => {
  const { searches: all } = await lab.run(plan(new Map(), 'two'));
  const kinds = new Map(all.map((search, at) => [search.key.replace(/range=\d+/, 'range'), at]));
  const eastern = [...kinds.values()].filter(at => all[at]?.base.includes('DC=east'));
  expect(eastern.length).toBeGreaterThan(15);
  for (const at of eastern) {
    const { ending: ended, gaps } = await gapsAfter(new Map([[at, 'denied']]), 'two');
    expect({ at, ended, named: gaps !== '' }).toEqual({ at, ended: 'gaps', named: true });
  }
}, 240_000);
