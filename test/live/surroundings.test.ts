import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FacetName } from '../../src/snapshot/index.ts';
import { type DomainController, startDomainController } from '../lab/samba/domain-controller.ts';
import { collectFrom } from './collection.ts';

// What surrounds the groups, as a real domain controller shows it to its auditor and to an administrator.

const BASE = 'DC=lab,DC=test';
const OU = `OU=Writeback,${BASE}`;
const PEOPLE = `OU=People,${BASE}`;
const POLICIES = `CN=Policies,CN=System,${BASE}`;
const ORGANISATION = `CN=Lab Organization,CN=Microsoft Exchange,CN=Services,CN=Configuration,${BASE}`;
const SERVERS = `CN=Servers,CN=Exchange Administrative Group,CN=Administrative Groups,${ORGANISATION}`;
const ACCEPTED = `CN=Accepted Domains,CN=Transport Settings,${ORGANISATION}`;
const LISTS = `CN=Address Lists Container,${ORGANISATION}`;
const SOA = `CN=SOA-Policies,CN=System,${BASE}`;
const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2';
const GROUP_CLASS = 'bf967a9c-0de6-11d0-a285-00aa003049e2';
const GPO = `CN={31B2F340-016D-11D2-945F-00C04FB984F9},${POLICIES}`;

let dc: DomainController;
const id = (n: number) => `7e11a11e-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

const group = (n: number, name: string, where: string, more = '') => `dn: CN=${name},${where}
objectClass: group
sAMAccountName: ${name}
groupType: -2147483640
objectGUID: ${id(n)}
${more}`;
const accepted = (n: number, name: string, flags: number) => `dn: CN=${name},${ACCEPTED}
objectClass: msExchAcceptedDomain
objectGUID: ${id(n)}
msExchAcceptedDomainName: ${name}
msExchAcceptedDomainFlags: ${flags}
`;

beforeAll(async () => {
  dc = await startDomainController();
  await dc.load([
    `dn: ${OU}\nobjectClass: organizationalUnit\n\ndn: ${PEOPLE}\nobjectClass: organizationalUnit\n`,
    [
      `dn: CN=MSOL_0123456789ab,${PEOPLE}\nobjectClass: user\nsAMAccountName: MSOL_0123456789ab\nuserAccountControl: 512\nadminCount: 1\n`,
      `dn: CN=provAgentgMSA,CN=Managed Service Accounts,${BASE}\nobjectClass: msDS-GroupManagedServiceAccount\nsAMAccountName: provAgentgMSA$\ndNSHostName: agent.lab.test\nuserAccountControl: 4096\nmsDS-ManagedPasswordInterval: 30\n`,
      `dn: CN=stray,${OU}\nobjectClass: user\nsAMAccountName: stray\nuserAccountControl: 514\nobjectGUID: ${id(1)}\n`,
      `dn: OU=Machines,${OU}\nobjectClass: organizationalUnit\nobjectGUID: ${id(2)}\n`,
      `dn: CN=card,OU=Machines,${OU}\nobjectClass: contact\nobjectGUID: ${id(3)}\n`,
    ].join('\n'),
    [
      group(
        10,
        'team',
        OU,
        `managedBy: CN=stray,${OU}\nhideDLMembership: TRUE\nmsExchRequireAuthToSendTo: TRUE\nextensionAttribute1: x\nextensionAttribute13: y\nsIDHistory: S-1-5-21-9-8-7-512\n`,
      ),
      group(11, 'gone', OU),
    ].join('\n'),
    [group(12, 'inner', PEOPLE, `member: CN=MSOL_0123456789ab,${PEOPLE}\n`)].join('\n'),
    [group(13, 'outer', PEOPLE, `member: <GUID=${id(12)}>\n`)].join('\n'),
    [
      `dn: CN=MAIL1,${SERVERS}\nobjectClass: msExchExchangeServer\nobjectGUID: ${id(20)}\nserialNumber: Version 15.2 (Build 32562.17)\nmsExchCurrentServerRoles: 16439\n`,
      accepted(21, 'lab.test', 4),
      accepted(22, 'Groups.lab.test', 2),
      `dn: CN=All Groups,${LISTS}\nobjectClass: addressBookContainer\nobjectGUID: ${id(23)}\ndisplayName: All Groups\n`,
      `dn: CN=Some,CN=All Groups,${LISTS}\nobjectClass: addressBookContainer\nobjectGUID: ${id(24)}\ndisplayName: Some\n`,
      `dn: ${SOA}\nobjectClass: container\n`,
      `dn: CN=Cloud,${SOA}\nobjectClass: msDS-App-Configuration\nobjectGUID: ${id(25)}\nkeywords: Enforced\nmsDS-Settings: S-1-5-21-1-2-3-4\nmsDS-Settings: nobody\n`,
    ].join('\n'),
  ]);
  await dc.modify(`dn: CN=gone,${OU}\nchangetype: delete\n`);
  await dc.sddl(OU, `S:(OU;CISA;WP;${MEMBER};${GROUP_CLASS};WD)(AU;FA;WD;;;DA)`);
}, 300_000);

afterAll(async () => {
  await dc?.stop();
});

type Recorded = Awaited<ReturnType<typeof collectFrom>>;
const FACETS: readonly FacetName[] = [
  ...(['ad.identities', 'ad.children', 'ad.tier0', 'ad.domainControllers', 'ad.soaPolicy'] as const),
  ...(['ad.exchangeServers', 'ad.acceptedDomains', 'ad.addressLists', 'ad.deleted', 'ad.domain'] as const),
  'ad.forestGroups',
];
const gapsIn = (recorder: Recorded) =>
  Object.fromEntries(
    FACETS.flatMap(facet => {
      const covered = recorder.covered(facet);
      return covered?.complete === true ? [] : [[facet, covered?.reason]];
    }),
  );

test('an ordinary account reads everything but what is audited', async () => {
  const recorder = await collectFrom(dc, [OU]);
  expect(gapsIn(recorder)).toEqual({});
  const connector = await dc.sid('MSOL_0123456789ab');
  const agent = await dc.sid('provAgentgMSA$');
  const groups = recorder
    .rows('ad_identity_group')
    .map(row => `${row.identity_sid === connector ? 'connector' : 'agent'} ${row.group_name}`);
  expect(groups.filter(text => text.startsWith('connector')).sort()).toEqual(
    expect.arrayContaining(['connector Domain Users', 'connector Users', 'connector inner', 'connector outer']),
  );
  expect(groups).toContain('agent Domain Computers');
  expect(recorder.rows('ad_identity_state')).toEqual(
    expect.arrayContaining([
      { sid: connector, object_class: 'user', enabled: true, admin_count: 1 },
      { sid: agent, object_class: 'msDS-GroupManagedServiceAccount', enabled: true, admin_count: null },
    ]),
  );
  expect(
    recorder
      .rows('ad_child')
      .map(row => [row.guid, row.object_class, row.cn, row.container_dn])
      .sort(),
  ).toEqual([
    [id(1), 'user', 'stray', OU],
    [id(2), 'organizationalUnit', 'Machines', OU],
    [id(3), 'contact', 'card', OU],
  ]);
  const [controller, ...others] = recorder.rows('ad_domain_controller');
  expect([controller?.dns_name, controller?.domain_dn, controller?.read_only, others]).toEqual([
    'dc1.lab.test',
    BASE,
    false,
    [],
  ]);
  expect(recorder.rows('ad_soa_policy')).toMatchObject([
    {
      guid: id(25),
      dn: `CN=Cloud,${SOA}`,
      name: 'Cloud',
      mode: 'Enforced',
      sids: expect.arrayContaining(['S-1-5-21-1-2-3-4', 'nobody']),
    },
  ]);
  expect(recorder.rows('ad_exchange_server')).toEqual([
    { guid: id(20), name: 'MAIL1', version: 'Version 15.2 (Build 32562.17)', server_role: 16439 },
  ]);
  expect(recorder.rows('ad_accepted_domain')).toEqual(
    expect.arrayContaining([
      { name: 'lab.test', kind: 'authoritative', flags: 4 },
      { name: 'groups.lab.test', kind: 'internal-relay', flags: 2 },
    ]),
  );
  expect(
    recorder
      .rows('ad_address_list')
      .map(row => row.name)
      .sort(),
  ).toEqual(['All Groups', 'Some']);
  expect(recorder.rows('ad_deleted')).toMatchObject([
    { guid: id(11), cn: 'gone', object_class: 'group', created: expect.any(Number) },
  ]);
  const listed = new Map(recorder.rows('ad_forest_group').map(row => [row.dn, row]));
  expect(listed.get(`CN=team,${OU}`)).toMatchObject({
    ...{ guid: id(10), group_type: -2147483640, mail: null },
    extension_attributes: ['extensionAttribute1', 'extensionAttribute13'],
  });
  for (const dn of [`CN=outer,${PEOPLE}`, `CN=Domain Admins,CN=Users,${BASE}`, `CN=Users,CN=Builtin,${BASE}`])
    expect(listed.get(dn)?.sid).toMatch(/^S-1-5-/);
  expect(recorder.rows('ad_domain')[0]).toMatchObject({ registered_devices: false, object_soa_in_schema: true });
  expect(recorder.rows('ad_group').find(row => row.guid === id(10))).toMatchObject({
    sid_history: ['S-1-5-21-9-8-7-512'],
    managed_by: `CN=stray,${OU}`,
    hide_dl_membership: true,
    require_auth_to_send: true,
    extension_attributes: ['extensionAttribute1', 'extensionAttribute13'],
  });
  const container = recorder.rows('ad_container').find(row => row.dn === OU)?.guid ?? '';
  expect(recorder.rows('ad_audit_ace')).toEqual([]);
  expect(recorder.covered('ad.auditing', container)?.reason).toMatch(/SeSecurityPrivilege/);
});

test('the places of tier 0 and their access lists are those that Samba has', async () => {
  const recorder = await collectFrom(dc, [OU]);
  const places = recorder
    .rows('ad_container')
    .filter(({ kind }) => !['writeback', 'domain', 'adminsdholder'].includes(kind));
  expect(places.map(({ kind, dn }) => `${kind} ${dn}`).sort()).toEqual(
    [
      ...[`configuration CN=Configuration,${BASE}`, `schema CN=Schema,CN=Configuration,${BASE}`],
      ...[`domain-controllers OU=Domain Controllers,${BASE}`, `policies ${POLICIES}`, `gpo ${GPO}`],
      `gpo ${GPO.replace('31B2F340-016D-11D2', '6AC1786C-016F-11D2')}`,
    ].sort(),
  );
  const acls = new Map(recorder.rows('ad_security').map(row => [row.object_guid, row.acl]));
  for (const { dn, guid } of places) {
    const sddl = await dc.descriptor(dn);
    const aces = recorder.rows('ad_ace').filter(row => row.acl === acls.get(guid ?? ''));
    expect([dn, aces.length]).toEqual([dn, sddl.match(/\(/g)?.length]);
    if (guid !== null) expect(recorder.covered('ad.acl', guid)).toBeUndefined();
  }
});

test('who holds the privilege sees what is audited', async () => {
  await dc.empower(await dc.sid('auditor'), 'SeSecurityPrivilege');
  const recorder = await collectFrom(dc, [OU]);
  const container = recorder.rows('ad_container').find(row => row.dn === OU)?.guid ?? '';
  expect(recorder.covered('ad.auditing', container)).toBeUndefined();
  expect(recorder.covered('ad.auditing')?.complete).toBe(true);
  expect(recorder.rows('ad_audit_ace').filter(row => !row.inherited)).toMatchObject([
    {
      object_guid: container,
      trustee_sid: 'S-1-1-0',
      mask: 0x20,
      object_type: MEMBER,
      inherited_object_type: GROUP_CLASS,
      ...{ success: true, failure: false, inheritable: true },
    },
    { trustee_sid: `${dc.domainSid}-512`, mask: 0x40000, object_type: null, success: false, failure: true },
  ]);
});

/** Collects while `aces` stand in front of those of `dn`, which gets its own back. */
async function collectWith(dn: string, aces: string): Promise<Recorded> {
  const before = await dc.descriptor(dn);
  await dc.grant(dn, aces);
  try {
    return await collectFrom(dc, [OU]);
  } finally {
    await dc.sddl(dn, before);
  }
}

test('what the auditor may not list or read is a gap of what it costs', async () => {
  const auditor = await dc.sid('auditor');
  for (const [facet, dn, rights] of [
    ['ad.soaPolicy', SOA, 'LC'],
    ['ad.soaPolicy', `CN=System,${BASE}`, 'LC'],
    ['ad.soaPolicy', `CN=Cloud,${SOA}`, 'RP'],
    ['ad.tier0', POLICIES, 'LC'],
    ['ad.tier0', GPO, 'RP'],
    ['ad.exchangeServers', SERVERS, 'LC'],
    ['ad.exchangeServers', `CN=MAIL1,${SERVERS}`, 'RP'],
    ['ad.acceptedDomains', ACCEPTED, 'LC'],
    ['ad.addressLists', `CN=All Groups,${LISTS}`, 'LC'],
    ['ad.children', `OU=Machines,${OU}`, 'LC'],
    ['ad.children', `CN=stray,${OU}`, 'RP'],
    ['ad.identities', `CN=outer,${PEOPLE}`, 'RP'],
    ['ad.domainControllers', `CN=DC1,OU=Domain Controllers,${BASE}`, 'RP'],
  ] as const) {
    const recorder = await collectWith(dn, `(D;;${rights};;;${auditor})`);
    expect([facet, dn, recorder.covered(facet)?.complete]).toEqual([facet, dn, false]);
  }
  const unreadable = await collectWith(GPO, `(D;;RC;;;${auditor})`);
  const gpo = unreadable.rows('ad_container').find(row => row.dn === GPO)?.guid ?? '';
  expect(unreadable.covered('ad.acl', gpo)?.reason).toMatch(/READ_CONTROL/);
}, 240_000);
