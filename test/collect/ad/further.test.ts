import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { type FacetName, withPrerequisites } from '../../../src/snapshot/index.ts';
import { type Authority, createAuthority, type Issued, issue } from '../../lab/certificates.ts';
import { type FakeEntry, type FakeScript, type FakeServer, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { backbone, controller, DOMAIN, DOMAIN_SID, descriptor, group, guid, listable, OU, object } from './forest.ts';
import {
  ACCEPTED,
  audited,
  exchange,
  LISTS,
  MSOL,
  POLICY,
  SERVERS,
  soaPolicy,
  strangers,
  syncIdentity,
  token,
} from './surroundings.ts';

let authority: Authority;
let tls: Issued;
const servers: FakeServer[] = [];

beforeAll(async () => {
  authority = await createAuthority();
  tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
});
afterAll(async () => {
  await Promise.all(servers.map(server => server.stop()));
});

const OTHERS = [...exchange(), ...soaPolicy(), ...strangers()];
const WHOLE = [...backbone(), ...OTHERS, ...syncIdentity()];
const DENY_LIST = listable([{ type: 1, mask: 4, sid: 'S-1-1-0' }]);

/** The same directory with other attributes of one object; undefined takes one away. */
function changed(
  dn: string,
  more: Readonly<Record<string, readonly (string | Buffer)[] | undefined>>,
  entries: readonly FakeEntry[] = WHOLE,
): FakeEntry[] {
  expect(entries.some(entry => entry.dn === dn)).toBe(true);
  return entries.map(entry => {
    if (entry.dn !== dn) return entry;
    const attributes = Object.entries({ ...entry.attributes, ...more }).flatMap(([name, values]) =>
      values === undefined ? [] : [[name, values] as const],
    );
    return { dn, attributes: Object.fromEntries(attributes) };
  });
}

const without = (dn: string, entries: readonly FakeEntry[] = WHOLE) => entries.filter(entry => entry.dn !== dn);

async function collect(
  facets: FacetName | readonly [FacetName, ...FacetName[]],
  entries: readonly FakeEntry[] = WHOLE,
  more: Partial<AdSource> = {},
  script: Partial<FakeScript> = {},
) {
  const server = await startFakeLdap({ tls, entries: () => entries, ...script });
  servers.push(server);
  const recorder = memoryRecorder();
  const source: AdSource = {
    urls: [server.ldaps],
    startTls: false,
    ca: authority.ca,
    serverName: undefined,
    bind: { user: 'audit@corp.test', password: { reveal: () => 'secret', from: 'env X' } },
    base: undefined,
    domains: [],
    globalCatalog: [],
    containers: [{ dn: OU, flavour: 'connect-v1' }],
    replicationMetadata: true,
    syncIdentities: [],
    trustedWriters: [],
    timeoutMs: 2000,
    ...more,
  };
  await collectActiveDirectory(source, recorder, {
    flavours: ['connect-v1'],
    asked: new Set(withPrerequisites([facets].flat())),
    progress: () => undefined,
    now: () => Date.UTC(2026, 7, 22, 9, 0, 5),
    signal: new AbortController().signal,
  });
  const [facet = 'ad.domain'] = [facets].flat();
  const covered = recorder.covered(facet);
  const ofObjects = recorder.coverage.filter(line => line.facet === facet && line.object !== '');
  return { recorder, reason: covered?.complete === true ? undefined : covered?.reason, ofObjects };
}

describe('sync identities', () => {
  const groupsOf = async (entries?: readonly FakeEntry[], more?: Partial<AdSource>) => {
    const { recorder, reason } = await collect('ad.identities', entries, more);
    const groups = recorder
      .rows('ad_identity_group')
      .map(row => `${row.group_sid.split('-').at(-1)} ${row.group_name}`);
    return { groups: groups.sort(), states: recorder.rows('ad_identity_state'), reason };
  };
  const OWN = ['513 Domain Users', '5731 Inner', '5732 Outer'];

  test('their state, and every group above them with the primary one', async () => {
    const { groups, states, reason } = await groupsOf();
    expect({ groups, reason }).toEqual({ groups: OWN, reason: undefined });
    expect(states).toEqual([{ sid: `${DOMAIN_SID}-5730`, object_class: 'user', enabled: true, admin_count: 1 }]);
  });

  test('groups that contain each other end', async () => {
    const circle = changed(`CN=Outer,CN=Users,${DOMAIN}`, { memberOf: [`CN=Inner,CN=Users,${DOMAIN}`] });
    expect(await groupsOf(circle)).toMatchObject({ groups: OWN, reason: undefined });
  });

  test('nothing that is hidden passes for nothing', async () => {
    const closed = { nTSecurityDescriptor: [descriptor()] };
    expect((await groupsOf(changed(MSOL, { ...closed, memberOf: undefined }))).reason).toMatch(
      /memberOf of CN=MSOL_0123.* not surely shown/,
    );
    expect((await groupsOf(changed(MSOL, { ...closed, adminCount: undefined }))).reason).toMatch(
      /adminCount of CN=MSOL_0123/,
    );
    expect((await groupsOf(changed(MSOL, { nTSecurityDescriptor: undefined, adminCount: undefined }))).reason).toMatch(
      /adminCount/,
    );
    expect((await groupsOf(changed(MSOL, { userAccountControl: undefined }))).reason).toMatch(/userAccountControl/);
    expect((await groupsOf(changed(MSOL, { primaryGroupID: undefined }))).reason).toMatch(/primaryGroupID/);
    expect((await groupsOf(changed(`CN=Outer,CN=Users,${DOMAIN}`, closed))).reason).toMatch(/memberOf of CN=Outer/);
    expect((await groupsOf(changed(MSOL, { memberOf: undefined, adminCount: undefined }))).reason).toBeUndefined();
  });

  test('what the server works out itself tells what lists hide, and leaves SIDs of the past out', async () => {
    const unseen = group(733, `CN=Unseen,CN=Users,${DOMAIN}`);
    const whole = [...WHOLE, unseen];
    const entries = changed(
      MSOL,
      {
        memberOf: undefined,
        nTSecurityDescriptor: [descriptor()],
        tokenGroups: token(513, 5731, 5732, 5733, 9999),
      },
      whole,
    );
    expect(await groupsOf(entries)).toMatchObject({ groups: [...OWN, '5733 Unseen'], reason: undefined });
  });

  test('a group above that is not there, and an identity that nobody bears, are gaps', async () => {
    const lost = await groupsOf(without(`CN=Outer,CN=Users,${DOMAIN}`));
    expect(lost.reason).toMatch(/memberOf of CN=Inner.* came without an objectGUID/);
    const far = changed(`CN=Inner,CN=Users,${DOMAIN}`, { memberOf: [`<GUID=${guid(998)}>;CN=Far,DC=other`] });
    expect((await groupsOf(far)).reason).toMatch(/1 group above CN=MSOL_0123.* not readable/);
    const configured = await groupsOf(WHOLE, { syncIdentities: [`${DOMAIN_SID}-4444`, 'MSOL_0123'] });
    expect(configured).toMatchObject({
      groups: OWN,
      reason: expect.stringMatching(/-4444, a sync identity, is in no domain/),
    });
  });

  test('none is none', async () => {
    expect(await groupsOf([...backbone(), ...OTHERS])).toEqual({ groups: [], states: [], reason: undefined });
  });
});

describe('children of containers', () => {
  test('everything that is no group, at any depth', async () => {
    const { recorder, reason } = await collect('ad.children', [...WHOLE, group(745, `CN=Group_x,${OU}`)]);
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_child')).toEqual([
      { guid: guid(740), container_dn: OU, dn: `CN=Stray,${OU}`, object_class: 'user', cn: 'Stray' },
      {
        guid: guid(741),
        container_dn: OU,
        dn: `OU=Machines,${OU}`,
        object_class: 'organizationalUnit',
        cn: 'Machines',
      },
      { guid: guid(742), container_dn: OU, dn: `CN=PC1,OU=Machines,${OU}`, object_class: 'computer', cn: 'PC1' },
    ]);
  });

  test('of containers in containers each object once, in the innermost; a container is no child', async () => {
    const containers = [OU, `ou=machines,${OU}`].map(dn => ({ dn, flavour: undefined }));
    const { recorder, reason } = await collect('ad.children', WHOLE, { containers });
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_child').map(row => [row.guid, row.container_dn])).toEqual([
      [guid(740), OU],
      [guid(742), `ou=machines,${OU}`],
    ]);
  });

  test.each([
    ['by itself', ['ad.children']],
    ['with the users of the domain', ['ad.children', 'ad.users']],
  ] as const)('what cannot be listed or read is a gap, asked for %s', async (_, facets) => {
    const told = async (entries: readonly FakeEntry[]) => (await collect(facets, entries)).reason;
    expect(await told(WHOLE)).toBeUndefined();
    expect(await told(changed(OU, { nTSecurityDescriptor: [DENY_LIST] }))).toMatch(
      /what lies in OU=Writeback.* cannot be listed/,
    );
    expect(await told(changed(`OU=Machines,${OU}`, { nTSecurityDescriptor: [DENY_LIST] }))).toMatch(
      /what lies in OU=Machines/,
    );
    expect(await told(changed(`OU=Machines,${OU}`, { nTSecurityDescriptor: undefined }))).toMatch(/may be hidden/);
    expect(await told([...WHOLE, { dn: `CN=Shut,${OU}`, attributes: {} }])).toMatch(/CN=Shut.* cannot be read/);
    expect(await told([...WHOLE, { dn: `OU=Shut,${OU}`, attributes: {} }])).toMatch(/OU=Shut.* cannot be read/);
  });

  test('a container that cannot be read is a gap, one that is not there is not', async () => {
    const here = { containers: [{ dn: `OU=Nowhere,${DOMAIN}`, flavour: undefined }] };
    expect(await collect('ad.children', WHOLE, here)).toMatchObject({ reason: undefined });
    const fault: FakeScript['fault'] = ({ base, scope }) =>
      base === OU && scope === 0 ? { code: 50, message: 'no' } : undefined;
    expect((await collect('ad.children', WHOLE, {}, { fault })).reason).toMatch(/no right to read it/);
  });
});

describe('tier 0', () => {
  test('its places, with their access lists', async () => {
    const { recorder, reason } = await collect('ad.tier0');
    expect(reason).toBeUndefined();
    const rows = recorder.rows('ad_container').filter(({ kind }) => kind !== 'writeback');
    expect(rows.map(({ kind, dn }) => `${kind} ${dn}`)).toEqual([
      `domain-controllers OU=Domain Controllers,${DOMAIN}`,
      `policies CN=Policies,CN=System,${DOMAIN}`,
      `gpo CN={31B2F340-016D-11D2-945F-00C04FB984F9},CN=Policies,CN=System,${DOMAIN}`,
      `configuration CN=Configuration,${DOMAIN}`,
      `schema CN=Schema,CN=Configuration,${DOMAIN}`,
    ]);
    const secured = await collect('ad.acl');
    expect(
      secured.recorder
        .rows('ad_container')
        .every(({ kind }) => ['writeback', 'domain', 'adminsdholder'].includes(kind)),
    ).toBe(true);
  });

  test('a group policy object that may not be read, or a list of them that may not, is a gap', async () => {
    const policies = `CN=Policies,CN=System,${DOMAIN}`;
    const gpo = `CN={31B2F340-016D-11D2-945F-00C04FB984F9},${policies}`;
    expect((await collect('ad.tier0', [...without(gpo), { dn: gpo, attributes: {} }])).reason).toMatch(
      /CN=\{31B2F340.* cannot be read/,
    );
    expect((await collect('ad.tier0', changed(policies, { nTSecurityDescriptor: [DENY_LIST] }))).reason).toMatch(
      /what lies in CN=Policies/,
    );
    expect((await collect('ad.tier0', without(policies))).reason).toMatch(/CN=Policies/);
    expect(
      (await collect('ad.tier0', changed(`CN=Configuration,${DOMAIN}`, { objectGUID: undefined }))).reason,
    ).toMatch(/CN=Configuration.* shows no objectGUID/);
    const nameless = changed(DOMAIN, {
      wellKnownObjects: [`B:32:A9D1CA15768811D1ADED00C04FD8D5CD:CN=Users,${DOMAIN}`],
    });
    expect((await collect('ad.tier0', nameless)).reason).toMatch(/does not list the place of its domain controllers/);
  });
});

describe('domain controllers', () => {
  const SITES = `CN=Site,CN=Sites,CN=Configuration,${DOMAIN}`;
  const second = (more: FakeEntry['attributes'] = {}) => [
    object(750, `CN=RODC,CN=Servers,${SITES}`, ['server'], {
      serverReference: [`CN=RODC,CN=Computers,${DOMAIN}`],
      ...more,
    }),
    object(751, `CN=NTDS Settings,CN=RODC,CN=Servers,${SITES}`, ['nTDSDSA', 'nTDSDSARO'], {
      'msDS-hasFullReplicaNCs': [DOMAIN],
    }),
  ];
  const computer = controller(752, `CN=RODC,CN=Computers,${DOMAIN}`, 'RODC.corp.test', {
    userAccountControl: ['83890176'],
    operatingSystemVersion: ['10.0 (26100)'],
  });

  test('every one, writable or not', async () => {
    const { recorder, reason } = await collect('ad.domainControllers', [...WHOLE, ...second(), computer]);
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_domain_controller')).toEqual([
      {
        guid: guid(19),
        domain_dn: DOMAIN,
        dns_name: 'dc1.corp.test',
        operating_system: 'Windows Server 2022 Standard',
        operating_system_version: '10.0 (20348)',
        read_only: false,
      },
      expect.objectContaining({
        dns_name: 'rodc.corp.test',
        operating_system_version: '10.0 (26100)',
        read_only: true,
      }),
    ]);
  });

  test('one that the configuration names and nobody shows is a gap', async () => {
    expect((await collect('ad.domainControllers', [...WHOLE, ...second()])).reason).toMatch(
      /the computer of CN=RODC.* was not found/,
    );
    expect(
      (await collect('ad.domainControllers', [...WHOLE, ...second({ serverReference: [] }), computer])).reason,
    ).toMatch(/CN=RODC/);
    const byName = second({ serverReference: [], dNSHostName: ['rodc.CORP.test'] });
    expect((await collect('ad.domainControllers', [...WHOLE, ...byName, computer])).reason).toBeUndefined();
    const mute = changed(`CN=NTDS Settings,CN=DC1,CN=Servers,${SITES}`, { hasMasterNCs: undefined });
    expect((await collect('ad.domainControllers', mute)).reason).toMatch(/does not tell of which domains/);
    const closed = changed(`CN=DC1,OU=Domain Controllers,${DOMAIN}`, { objectGUID: undefined });
    expect((await collect('ad.domainControllers', closed)).reason).toMatch(/shows no objectGUID/);
  });

  test('one of another domain is not of this one', async () => {
    const foreign = second({ serverReference: [`CN=RODC,CN=Computers,DC=east,${DOMAIN}`] }).map(entry =>
      entry.dn.startsWith('CN=NTDS')
        ? { ...entry, attributes: { ...entry.attributes, 'msDS-hasFullReplicaNCs': [`DC=east,${DOMAIN}`] } }
        : entry,
    );
    expect((await collect('ad.domainControllers', [...WHOLE, ...foreign])).reason).toBeUndefined();
  });
});

describe('auditing', () => {
  test('the entries of a container, in order', async () => {
    const { recorder, reason, ofObjects } = await collect('ad.auditing', changed(OU, { fakeSacl: [audited()] }));
    expect({ reason, ofObjects }).toEqual({ reason: undefined, ofObjects: [] });
    const plain = { conditional: false, inherited_object_type: null, object_guid: guid(2) };
    expect(recorder.rows('ad_audit_ace')).toEqual([
      {
        ...plain,
        ...{ ordinal: 0, trustee_sid: 'S-1-1-0', mask: 0x20, object_type: guid(0x102), success: true, failure: false },
        ...{ inherited: false, inherit_only: false, inheritable: true },
      },
      {
        ...plain,
        ...{
          ordinal: 1,
          trustee_sid: `${DOMAIN_SID}-513`,
          mask: 0xd0000,
          object_type: null,
          success: false,
          failure: true,
        },
        ...{ inherited: true, inherit_only: true, inheritable: false },
      },
    ]);
  });

  test('nothing is audited is a fact, not being allowed to see it a gap of the container', async () => {
    const empty = await collect('ad.auditing');
    expect([empty.reason, empty.ofObjects, empty.recorder.rows('ad_audit_ace')]).toEqual([undefined, [], []]);
    const silent = await collect('ad.auditing', changed(OU, { fakeSacl: [] }));
    expect(silent.reason).toBeUndefined();
    expect(silent.ofObjects).toMatchObject([
      { object: guid(2), complete: false, reason: expect.stringMatching(/SeSecurityPrivilege/) },
    ]);
    const fault: FakeScript['fault'] = ({ controls }) =>
      controls.get('1.2.840.113556.1.4.801')?.at(-1) === 8 ? { code: 50, message: 'no' } : undefined;
    const refused = await collect('ad.auditing', WHOLE, {}, { fault });
    expect(refused.ofObjects).toMatchObject([
      { object: guid(2), reason: expect.stringMatching(/SeSecurityPrivilege/) },
    ]);
  });

  test('a list that cannot be decoded is a gap of the container', async () => {
    const odd = descriptor([], DOMAIN_SID, [{ type: 0x55, mask: 0, sid: 'S-1-1-0' }]);
    expect((await collect('ad.auditing', changed(OU, { fakeSacl: [odd] }))).ofObjects[0]?.reason).toMatch(
      /not understood \(85\)/,
    );
    const short = audited().subarray(0, audited().length - 8);
    expect((await collect('ad.auditing', changed(OU, { fakeSacl: [short] }))).ofObjects[0]?.reason).toMatch(/SACL/);
    const label = descriptor([], DOMAIN_SID, [{ type: 0x11, mask: 1, sid: 'S-1-16-8192' }]);
    expect((await collect('ad.auditing', changed(OU, { fakeSacl: [label] }))).ofObjects).toEqual([]);
  });
});

describe('the policy of the source of authority', () => {
  test('its mode and SIDs as stored', async () => {
    const { recorder, reason } = await collect(
      'ad.soaPolicy',
      changed(POLICY, { 'msDS-Settings': ['S-1-5-x', 'not a SID'] }),
    );
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_soa_policy')).toEqual([
      {
        ...{ domain_dn: DOMAIN, dn: POLICY, name: 'Cloud', guid: guid(721) },
        ...{ mode: 'Enforced', sids: ['S-1-5-x', 'not a SID'] },
      },
    ]);
  });

  test('its earlier name, and a mode among the settings', async () => {
    const named = soaPolicy({ keywords: [], 'msDS-Settings': ['audit', `${DOMAIN_SID}-1`] }).map(entry => ({
      ...entry,
      dn: entry.dn.replace('CN=Cloud,', 'CN=CloudSyncSOAPolicy,'),
    }));
    const { recorder, reason } = await collect('ad.soaPolicy', [...backbone(), ...named]);
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_soa_policy')).toMatchObject([
      { name: 'CloudSyncSOAPolicy', mode: 'audit', sids: [`${DOMAIN_SID}-1`] },
    ]);
  });

  test('who its SIDs are is asked with the trustees, and whose nobody is', async () => {
    const listed = [`${DOMAIN_SID}-5731`, `${DOMAIN_SID}-9999`, 'nobody'];
    const { recorder } = await collect(
      ['ad.soaPolicy', 'ad.trustees'],
      changed(POLICY, { 'msDS-Settings': listed.map(sid => sid.replace('S-', 's-')) }),
    );
    const named = (sid: string) => recorder.rows('ad_trustee').filter(row => row.sid === sid);
    expect(listed.map(named)).toMatchObject([[{ name: 'Inner' }], [{ name: null }], []]);
  });

  test('none is a fact only where everything is shown', async () => {
    expect(await collect('ad.soaPolicy', backbone())).toMatchObject({ reason: undefined });
    const system = `CN=System,${DOMAIN}`;
    expect(
      (await collect('ad.soaPolicy', changed(system, { nTSecurityDescriptor: [DENY_LIST] }, backbone()))).reason,
    ).toMatch(/CN=SOA-Policies.* may exist/);
    const place = POLICY.slice(POLICY.indexOf(',') + 1);
    expect((await collect('ad.soaPolicy', changed(place, { nTSecurityDescriptor: [DENY_LIST] }))).reason).toMatch(
      /what lies in CN=SOA-Policies/,
    );
    expect((await collect('ad.soaPolicy', [...without(POLICY), { dn: POLICY, attributes: {} }])).reason).toMatch(
      /CN=Cloud.* cannot be read/,
    );
    const shut = changed(POLICY, { 'msDS-Settings': undefined, nTSecurityDescriptor: [descriptor()] });
    expect((await collect('ad.soaPolicy', shut)).reason).toMatch(/not surely shown/);
    const two = changed(POLICY, { keywords: ['Enforced', 'Audit'] });
    expect((await collect('ad.soaPolicy', two)).reason).toMatch(/names two modes/);
  });
});

describe('Exchange', () => {
  test('its servers', async () => {
    const { recorder, reason } = await collect('ad.exchangeServers');
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_exchange_server')).toEqual([
      { guid: guid(705), name: 'MAIL1', version: 'Version 15.2 (Build 32562.17)', server_role: 16439 },
      { guid: guid(706), name: 'MAIL2', version: 'Version 15.1 (Build 32507.6)', server_role: 16439 },
    ]);
  });

  test('the domains that it accepts, and how', async () => {
    const odd = changed(`CN=partner.test,${ACCEPTED}`, { msExchAcceptedDomainFlags: undefined });
    const { recorder, reason } = await collect('ad.acceptedDomains', odd);
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_accepted_domain')).toEqual([
      { name: 'corp.test', kind: 'authoritative', flags: 4 },
      { name: 'groups.corp.test', kind: 'internal-relay', flags: 2 },
      { name: 'partner.test', kind: 'unknown', flags: null },
    ]);
    expect((await collect('ad.acceptedDomains')).recorder.rows('ad_accepted_domain')[2]?.kind).toBe('external-relay');
  });

  test('its address lists, at any depth', async () => {
    const { recorder, reason } = await collect('ad.addressLists');
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_address_list')).toEqual([
      { guid: guid(714), dn: `CN=All Address Lists,${LISTS}`, name: 'All Address Lists' },
      { guid: guid(715), dn: `CN=All Groups,CN=All Address Lists,${LISTS}`, name: 'All Groups' },
    ]);
  });

  const facets = ['ad.exchangeServers', 'ad.acceptedDomains', 'ad.addressLists'] as const;

  test.each(facets)(
    '%s: no Exchange is a fact where the services are listed, and unknown where they are not',
    async facet => {
      expect(await collect(facet, backbone())).toMatchObject({ reason: undefined });
      const services = `CN=Services,CN=Configuration,${DOMAIN}`;
      const shut = changed(services, { nTSecurityDescriptor: [DENY_LIST] }, backbone());
      expect((await collect(facet, shut)).reason).toMatch(/CN=Microsoft Exchange.* may exist/);
    },
  );

  test.each([
    ['ad.exchangeServers', SERVERS, `CN=MAIL2,${SERVERS}`],
    ['ad.acceptedDomains', ACCEPTED, `CN=partner.test,${ACCEPTED}`],
    ['ad.addressLists', LISTS, `CN=All Address Lists,${LISTS}`],
  ] as const)('%s: what may be hidden or cannot be read is a gap', async (facet, place, one) => {
    expect((await collect(facet, changed(place, { nTSecurityDescriptor: [DENY_LIST] }))).reason).toMatch(
      /cannot be listed/,
    );
    expect((await collect(facet, changed(place, { nTSecurityDescriptor: undefined }))).reason).toMatch(/may be hidden/);
    const above = place.slice(place.indexOf(',') + 1);
    expect(
      (await collect(facet, changed(above, { nTSecurityDescriptor: [DENY_LIST] }, without(place)))).reason,
    ).toMatch(/may exist|cannot be listed/);
    expect((await collect(facet, [...without(one), { dn: one, attributes: {} }])).reason).toMatch(/cannot be read/);
    expect((await collect(facet, without(place))).reason).toBeUndefined();
  });

  test('a server without a version, a domain without a name or twice, a list that hides its own, are gaps', async () => {
    expect(
      (await collect('ad.exchangeServers', changed(`CN=MAIL1,${SERVERS}`, { serialNumber: undefined }))).reason,
    ).toMatch(/serialNumber/);
    expect(
      (
        await collect(
          'ad.acceptedDomains',
          changed(`CN=corp.test,${ACCEPTED}`, { msExchAcceptedDomainName: undefined }),
        )
      ).reason,
    ).toMatch(/msExchAcceptedDomainName/);
    expect(
      (
        await collect(
          'ad.acceptedDomains',
          changed(`CN=corp.test,${ACCEPTED}`, { msExchAcceptedDomainName: ['partner.test'] }),
        )
      ).reason,
    ).toMatch(/accepted twice/);
    expect(
      (
        await collect(
          'ad.addressLists',
          changed(`CN=All Groups,CN=All Address Lists,${LISTS}`, { nTSecurityDescriptor: [DENY_LIST] }),
        )
      ).reason,
    ).toMatch(/what lies in CN=All Groups/);
  });
});

describe('groups and domains', () => {
  test('what the cloud cannot know of a group is read as it is', async () => {
    const rich = group(760, `CN=Rich,${OU}`, {
      sIDHistory: token(1111, 512),
      managedBy: [`CN=Stray,${OU}`],
      hideDLMembership: ['TRUE'],
      msExchRequireAuthToSendTo: ['FALSE'],
      extensionAttribute2: ['secret'],
      extensionAttribute15: ['secret'],
    });
    const { recorder } = await collect('ad.groups', [...WHOLE, rich, group(761, `CN=Poor,${OU}`)]);
    const rows = new Map(recorder.rows('ad_group').map(row => [row.cn, row]));
    expect(rows.get('Rich')).toMatchObject({
      sid_history: [`${DOMAIN_SID}-1111`, `${DOMAIN_SID}-512`],
      managed_by: `CN=Stray,${OU}`,
      hide_dl_membership: true,
      require_auth_to_send: false,
      extension_attributes: ['extensionAttribute2', 'extensionAttribute15'],
    });
    const none = { sid_history: [], managed_by: null, hide_dl_membership: null, require_auth_to_send: null };
    expect(rows.get('Poor')).toMatchObject({ ...none, extension_attributes: [] });
    expect(JSON.stringify(recorder.rows('ad_group'))).not.toContain('secret');
  });

  test('registered devices are there, are not, or may be', async () => {
    const devices = async (entries: readonly FakeEntry[]) => {
      const { recorder, reason } = await collect('ad.domain', entries);
      return [recorder.rows('ad_domain')[0]?.registered_devices, reason];
    };
    expect(
      await devices([...backbone(), object(770, `CN=RegisteredDevices,${DOMAIN}`, ['msDS-DeviceContainer'])]),
    ).toEqual([true, undefined]);
    expect(await devices(backbone())).toEqual([false, undefined]);
    const shut = changed(DOMAIN, { nTSecurityDescriptor: [DENY_LIST] }, backbone());
    expect(await devices(shut)).toEqual([null, expect.stringMatching(/CN=RegisteredDevices.* may exist/)]);
    expect((await collect('ad.domain')).recorder.rows('ad_domain')[0]?.object_soa_in_schema).toBe(false);
  });

  test('every deleted group is read, and other objects with a marker', async () => {
    const dead = (n: number, name: string, classes: readonly string[], more: FakeEntry['attributes'] = {}) =>
      object(n, `CN=${name}\\0ADEL:${guid(n)},CN=Deleted Objects,${DOMAIN}`, classes, {
        isDeleted: ['TRUE'],
        cn: [`${name}\nDEL:${guid(n)}`],
        ...more,
      });
    const entries = [
      ...WHOLE,
      dead(780, 'Plain', ['group']),
      dead(781, 'Card', ['contact'], { adminDescription: ['Group_x'] }),
      dead(782, 'Somebody', ['user']),
    ];
    const { recorder, reason } = await collect('ad.deleted', entries);
    expect(reason).toBeUndefined();
    expect(recorder.rows('ad_deleted').map(row => [row.cn, row.object_class])).toEqual([
      ['Plain', 'group'],
      ['Card', 'contact'],
    ]);
  });
});

describe('every group of the forest', () => {
  const inner = `CN=Inner,CN=Users,${DOMAIN}`;

  test('its scope, markers, address and extension attributes, wherever it lies', async () => {
    const { recorder, reason } = await collect(
      'ad.forestGroups',
      changed(inner, {
        groupType: ['-2147483646'],
        mail: ['inner@corp.test'],
        adminDescription: ['Group_x'],
        'msDS-ExternalDirectoryObjectId': ['Group_y'],
        extensionAttribute2: ['a'],
        extensionAttribute13: ['b'],
      }),
    );
    expect(reason).toBeUndefined();
    const listed = new Map(recorder.rows('ad_forest_group').map(row => [row.guid, row]));
    expect(listed.get(guid(731))).toEqual({
      ...{ guid: guid(731), sid: `${DOMAIN_SID}-5731`, dn: inner, group_type: -2147483646, mail: 'inner@corp.test' },
      ...{ admin_description: 'Group_x', external_id: 'Group_y' },
      extension_attributes: ['extensionAttribute2', 'extensionAttribute13'],
    });
    expect(listed.get(guid(732))).toMatchObject({ mail: null, admin_description: null, extension_attributes: [] });
    expect([...listed.values()].map(row => row.dn)).toContain(`CN=Domain Admins,CN=Users,${DOMAIN}`);
    expect(recorder.rows('ad_group')).toEqual([]);
  });

  test('one that hides what every group has, and one that hides itself, are gaps', async () => {
    expect((await collect('ad.forestGroups', changed(inner, { groupType: undefined }))).reason).toMatch(
      /hide attributes/,
    );
    expect((await collect('ad.forestGroups', changed(inner, { objectSid: undefined }))).reason).toMatch(
      /hide attributes/,
    );
    expect((await collect('ad.forestGroups', changed(inner, { objectGUID: undefined }))).reason).toMatch(
      /no objectGUID/,
    );
    const users = `CN=Users,${DOMAIN}`;
    expect((await collect('ad.forestGroups', changed(users, { nTSecurityDescriptor: [DENY_LIST] }))).reason).toMatch(
      /what lies in CN=Users/,
    );
  });
});
