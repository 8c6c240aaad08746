import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { extendedDnControl } from '../../src/collect/ad/controls.ts';
import { directoryOf } from '../../src/collect/ad/directory.ts';
import { bytesOf, type Entry } from '../../src/collect/ad/entry.ts';
import { collectActiveDirectory } from '../../src/collect/ad/index.ts';
import { completeRanges } from '../../src/collect/ad/ranges.ts';
import { serversOf } from '../../src/collect/ad/servers.ts';
import type { AdSource } from '../../src/config/index.ts';
import { memoryRecorder } from '../collect/memory-recorder.ts';
import { createAuthority } from '../lab/certificates.ts';
import { type DomainController, startDomainController } from '../lab/samba/domain-controller.ts';

const OU = 'OU=Writeback,DC=lab,DC=test';
const PEOPLE = 'OU=People,DC=lab,DC=test';
const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2';
const GROUP_CLASS = 'bf967a9c-0de6-11d0-a285-00aa003049e2';

let dc: DomainController;
const id = (n: number) => `7e11a11e-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

const account = (n: number, name: string, more = '') => `dn: CN=${name},${PEOPLE}
objectClass: user
sAMAccountName: ${name}
userPrincipalName: ${name}@lab.test
userAccountControl: ${name === 'ben' ? 514 : 512}
objectGUID: ${id(n)}
${more}`;
const group = (n: number, name: string, where: string, more = '') => `dn: CN=${name},${where}
objectClass: group
sAMAccountName: ${name}
groupType: -2147483640
objectGUID: ${id(n)}
${more}`;

beforeAll(async () => {
  dc = await startDomainController();
  await dc.load([
    `dn: ${OU}\nobjectClass: organizationalUnit\n\ndn: ${PEOPLE}\nobjectClass: organizationalUnit\n`,
    [
      account(
        1,
        'ada',
        'mS-DS-ConsistencyGuid:: AAECAwQFBgcICQoLDA0ODw==\nproxyAddresses: SMTP:Ada@Lab.test\nproxyAddresses: X500:/o=lab\nmail: ada@lab.test\n',
      ),
      account(2, 'ben'),
      account(3, 'MSOL_0123456789ab'),
      `dn: CN=card,${PEOPLE}\nobjectClass: contact\nobjectGUID: ${id(4)}\nadminDescription: TakenOver_Group_${id(4)}\nmail: card@else.test\n`,
      ...Array.from({ length: 1100 }, (_, at) => account(0x100 + at, `many${at}`)),
    ].join('\n'),
    [
      group(11, 'inner', PEOPLE),
      group(12, 'one, two + three', OU.replace('OU', 'OU'), '')
        .replace('CN=one, two + three', 'CN=one\\, two \\+ three')
        .replace('sAMAccountName: one, two + three', 'sAMAccountName: one'),
      group(
        13,
        'marked',
        'CN=Users,DC=lab,DC=test',
        `adminDescription: group_${id(13)}\nmsDS-ExternalDirectoryObjectId: GROUP_${id(13)}\nmember: <GUID=${id(1)}>\nmember: <GUID=${id(4)}>\nmember: <GUID=${id(11)}>\n`,
      ),
      group(14, 'sealed', OU),
      group(15, 'gone', OU, `msDS-ExternalDirectoryObjectId: Group_${id(15)}\n`),
      group(16, 'many', OU, Array.from({ length: 1100 }, (_, at) => `member: <GUID=${id(0x100 + at)}>\n`).join('')),
      group(17, 'open', OU),
    ].join('\n'),
    group(20, 'parent', PEOPLE, `member: <GUID=${id(13)}>\n`),
    group(21, 'grandparent', PEOPLE, `member: <GUID=${id(20)}>\n`),
    `dn: OU=Inner,${OU}\nobjectClass: organizationalUnit\n\ndn: OU=Deep,OU=Inner,${OU}\nobjectClass: organizationalUnit\n\ndn: CN=Plain,${OU}\nobjectClass: container\n`,
    group(22, 'watchers', PEOPLE, `member: CN=auditor,CN=Users,${dc.base}\n`),
  ]);
  await dc.modify(
    `dn: CN=Domain Admins,CN=Users,${dc.base}\nchangetype: modify\nadd: member\nmember: CN=grandparent,${PEOPLE}\n`,
  );
  await dc.modify(`dn: CN=gone,${OU}\nchangetype: delete\n`);
  await dc.grant(OU, `(OA;CI;WP;${MEMBER};${GROUP_CLASS};${await dc.sid('ben')})(A;;RP;;;S-1-5-21-1-2-3-4)`);
  await dc.sddl(`CN=sealed,${OU}`, 'O:DAD:P(A;;GA;;;DA)(A;;RPLCLO;;;AU)');
}, 300_000);

afterAll(async () => {
  await dc?.stop();
});

function source(more: Partial<AdSource> = {}): AdSource {
  const { user, password } = dc.auditor;
  return {
    urls: [dc.ldaps],
    startTls: false,
    ca: dc.ca.pem,
    serverName: undefined,
    bind: { user, password: { reveal: () => password, from: 'test' } },
    base: undefined,
    domains: [],
    globalCatalog: [],
    containers: [{ dn: OU, flavour: 'cloud-sync' }],
    replicationMetadata: true,
    syncIdentities: [],
    trustedWriters: ['LAB\\ben', PEOPLE.replace('OU=', 'CN=nobody,OU='), 'ada@lab.test'],
    timeoutMs: 10_000,
    ...more,
  };
}

/** Collects while `aces` stand in front of those of `dn`, which gets its own back. */
async function collectWith(dn: string, aces: string, from = source()) {
  const before = await dc.descriptor(dn);
  await dc.grant(dn, aces);
  try {
    return await collect(from);
  } finally {
    await dc.sddl(dn, before);
  }
}

/** The facets with a gap, but for replication metadata, which Samba does not show in full. */
function gaps(recorder: Awaited<ReturnType<typeof collect>>): string[] {
  return recorder.coverage
    .filter(line => line.object === '' && !line.complete && line.facet !== 'ad.replication')
    .map(line => line.facet)
    .sort();
}

async function collect(from = source()) {
  const recorder = memoryRecorder();
  await collectActiveDirectory(from, recorder, {
    flavours: ['cloud-sync'],
    progress: () => undefined,
    now: Date.now,
    signal: new AbortController().signal,
  });
  return recorder;
}

test('reads a real domain controller into every table', async () => {
  const recorder = await collect();
  expect(gaps(recorder)).toEqual([]);

  const [domain] = recorder.rows('ad_domain');
  expect(domain).toMatchObject({
    dn: dc.base,
    dns_name: 'lab.test',
    sid: dc.domainSid,
    forest_dns_name: 'lab.test',
    domain_level: 7,
    schema_version: 88,
    external_id_in_schema: true,
    recycle_bin: false,
  });
  expect(domain?.exchange_schema_version).toBeGreaterThan(15_000);
  const policyNames = new Set([
    'group',
    'user',
    'member',
    'adminDescription',
    'msDS-ExternalDirectoryObjectId',
    'Membership',
    'Personal-Information',
    'Self-Membership',
  ]);
  const named = recorder.rows('ad_schema').filter(row => policyNames.has(row.name));
  expect(new Map(named.map(row => [row.name, row.guid]))).toEqual(
    new Map([
      ['group', GROUP_CLASS],
      ['user', 'bf967aba-0de6-11d0-a285-00aa003049e2'],
      ['member', MEMBER],
      ['adminDescription', 'bf967919-0de6-11d0-a285-00aa003049e2'],
      ['msDS-ExternalDirectoryObjectId', 'bd29bf90-66ad-40e1-887b-10df070419a6'],
      ['Membership', 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'],
      ['Personal-Information', '77b5b886-944a-11d1-aebd-0000f80367c1'],
      ['Self-Membership', MEMBER],
    ]),
  );
  const guards = recorder.rows('ad_container').filter(({ kind }) => /^(writeback|domain|adminsdholder)$/.test(kind));
  expect(guards.map(row => [row.kind, row.found, row.well_known])).toEqual([
    ['writeback', true, false],
    ['domain', true, false],
    ['adminsdholder', true, false],
  ]);
  expect(recorder.sources[0]?.server).toMatchObject({
    invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    domain: 'lab.test',
  });
  expect(Math.abs(recorder.sources[0]?.clockSkewMs ?? 99_999)).toBeLessThan(3000);
});

test('reads groups, members, ancestors up to Domain Admins, and accounts', async () => {
  const recorder = await collect();
  const groups = new Map(recorder.rows('ad_group').map(row => [row.guid, row]));
  expect(groups.get(id(12))).toMatchObject({
    cn: 'one, two + three',
    in_container: true,
    group_type: -2147483640,
    object_class: 'group',
    dn: `CN=one\\, two \\+ three,${OU}`,
  });
  expect(groups.get(id(13))).toMatchObject({ in_container: false, admin_description: `group_${id(13)}` });
  expect(groups.get(id(4))).toMatchObject({ object_class: 'contact', sid: null });
  expect(groups.has(id(11))).toBe(true);
  const edges = (guid: string) =>
    recorder
      .rows('ad_member')
      .filter(row => row.group_guid === guid)
      .map(row => row.member_guid)
      .sort();
  expect(edges(id(13))).toEqual([id(1), id(4), id(11)]);
  expect(edges(id(16))).toHaveLength(1100);
  const admins = [...groups.values()].find(row => row.sid === `${dc.domainSid}-512`)?.guid ?? '';
  const up = new Map(recorder.rows('ad_parent').map(row => [`${row.child_guid} ${row.parent_guid}`, row]));
  for (const [child, parent] of [
    [id(13), id(20)],
    [id(20), id(21)],
    [id(21), admins],
  ])
    expect(up.has(`${child} ${parent}`)).toBe(true);
  expect([...groups.values()].filter(row => row.sid?.startsWith('S-1-5-32-')).length).toBeGreaterThanOrEqual(5);

  const users = new Map(recorder.rows('ad_user').map(row => [row.guid, row]));
  expect(users.get(id(1))).toMatchObject({
    enabled: true,
    upn: 'ada@lab.test',
    object_class: 'user',
    consistency_guid: '03020100-0504-0706-0809-0a0b0c0d0e0f',
  });
  expect(users.get(id(2))?.enabled).toBe(false);
  expect(users.get(id(4))?.object_class).toBe('contact');
  expect(
    recorder
      .rows('ad_address')
      .map(row => `${row.address} ${row.attribute}`)
      .filter(row => /^(ada|card)@/.test(row))
      .sort(),
  ).toEqual(['ada@lab.test mail', 'ada@lab.test proxyAddresses', 'card@else.test mail']);
});

test('reads access control as it is enforced, and what it may not read is a gap of that object', async () => {
  const recorder = await collect();
  const ben = await dc.sid('ben');
  const acl = recorder.rows('ad_security').find(row => row.object_guid === id(12))?.acl;
  const grant = recorder.rows('ad_ace').find(row => row.acl === acl && row.trustee_sid === ben);
  expect(grant).toMatchObject({ allow: true, mask: 0x20, object_type: MEMBER, inherited: true });
  expect(recorder.covered('ad.acl', id(14))?.reason).toMatch(/READ_CONTROL/);
  expect(recorder.covered('ad.members', id(14))?.complete).toBe(false);
  expect(recorder.covered('ad.members', id(17))).toBeUndefined();
  expect(recorder.covered('ad.acl', id(17))).toBeUndefined();
  const trustees = new Map(recorder.rows('ad_trustee').map(row => [row.sid, row.name]));
  expect(trustees.get(ben)).toBe('ben');
  expect(trustees.get('S-1-5-21-1-2-3-4')).toBeNull();
  expect(trustees.get(`${dc.domainSid}-512`)).toBe('Domain Admins');
  expect(trustees.get('S-1-5-11')).toBe('Authenticated Users');
  const identities = recorder.rows('ad_identity').map(row => [row.role, row.name, row.sid, row.guessed]);
  expect(identities).toContainEqual(['sync', 'MSOL_0123456789ab', await dc.sid('MSOL_0123456789ab'), true]);
  expect(identities).toContainEqual(['trusted', 'LAB\\ben', ben, false]);
  expect(identities).toContainEqual(['trusted', 'ada@lab.test', await dc.sid('ada'), false]);
  expect(identities.filter(([, , sid]) => sid === null)).toHaveLength(1);
  expect(recorder.rows('ad_deleted')).toMatchObject([
    { guid: id(15), last_known_parent: OU, external_id: `Group_${id(15)}` },
  ]);
});

test('follows ranges that a real server makes', async () => {
  const signal = new AbortController().signal;
  const endpoint = { url: dc.ldaps, serverName: undefined };
  const directory = directoryOf(await serversOf(source(), [endpoint], signal).next(), {
    source: source(),
    recorder: memoryRecorder(),
    now: Date.now,
    signal,
    replace: async () => false,
  });
  const cut: Entry[] = [];
  await directory.search(
    {
      facet: 'ad.members',
      base: OU,
      scope: 'sub',
      filter: '(cn=many)',
      attributes: ['objectGUID', 'member;range=0-299'],
      controls: () => [extendedDnControl()],
    },
    entries => {
      cut.push(...entries);
    },
  );
  const [first] = cut;
  if (first === undefined) throw new Error('the group was not found');
  expect(bytesOf(first, 'member;range=0-299')).toHaveLength(300);
  const { entry, broken } = await completeRanges(directory, 'ad.members', first);
  await directory.close();
  expect(broken.size).toBe(0);
  expect(new Set(bytesOf(entry, 'member').map(value => value.toString())).size).toBe(1100);
});

test('uSNChanged moves with what is added and removed, not when the object of a value is deleted', async () => {
  const usn = async () => (await dc.find('(cn=restless)', ['uSNChanged']))[0]?.get('usnchanged')?.[0];
  const name = `CN=restless,${PEOPLE}`;
  const modify = (change: string) => dc.modify(`dn: ${name}\nchangetype: modify\n${change}\n`);
  await dc.load([group(30, 'restless', PEOPLE, `member: <GUID=${id(0x110)}>\n`), account(31, 'fleeting')]);
  const seen = [await usn()];
  await modify(`add: member\nmember: CN=fleeting,${PEOPLE}`);
  seen.push(await usn());
  await modify(`delete: member\nmember: CN=many16,${PEOPLE}`);
  seen.push(await usn());
  expect(new Set(seen).size).toBe(3);
  await dc.modify(`dn: CN=fleeting,${PEOPLE}\nchangetype: delete\n`);
  expect((await dc.find('(cn=restless)', ['member']))[0]?.get('member')).toBeUndefined();
  expect(await usn()).toBe(seen.at(-1));
  await dc.modify(`dn: ${name}\nchangetype: delete\n`);
});

test('signs in through StartTLS, and gives the same rows', async () => {
  const secure = await collect();
  const upgraded = await collect(source({ urls: [dc.ldap], startTls: true }));
  expect(gaps(upgraded)).toEqual([]);
  expect([...upgraded.tables]).toEqual([...secure.tables]);
});

test('the user is taken as UPN, as DOMAIN\\name and as DN', async () => {
  const { user, password } = dc.auditor;
  const name = user.slice(0, user.indexOf('@'));
  const dn = (await dc.find(`(sAMAccountName=${name})`, ['distinguishedName']))[0]?.get('distinguishedname')?.[0] ?? '';
  for (const form of [user, `LAB\\${name}`, dn]) {
    const recorder = await collect(
      source({ bind: { user: form, password: { reveal: () => password, from: 'test' } } }),
    );
    expect(gaps(recorder)).toEqual([]);
    expect(recorder.sources[0]?.identity).toBe(form);
  }
});

test('says why it cannot get in', async () => {
  const wrong = { user: dc.auditor.user, password: { reveal: () => 'Wr0ng.Pass', from: 'test' } };
  await expect(collect(source({ bind: wrong }))).rejects.toThrow(/wrong user name or password/);
  await expect(collect(source({ ca: (await createAuthority()).ca }))).rejects.toThrow(/ad\.ca/);
  await expect(collect(source({ serverName: 'dc2.lab.test' }))).rejects.toThrow(/another name/);
  await expect(collect(source({ serverName: dc.host }))).resolves.toBeDefined();
  await expect(collect(source({ urls: [dc.ldaps.replace(':636', ':637')] }))).rejects.toThrow(/nothing listens/);
  await expect(collect(source({ base: 'DC=other,DC=test' }))).rejects.toThrow(/no such object|refers to another/);
});

const DOMAIN_WIDE = ['ad.addresses', 'ad.forestGroups', 'ad.groups', 'ad.users'];

test('what lies in a place that may not be listed is not known to be nothing', async () => {
  const auditor = await dc.sid('auditor');
  const watchers = await dc.sid('watchers');
  for (const [dn, aces] of [
    [OU, `(D;;LC;;;${auditor})`],
    [`OU=Inner,${OU}`, `(D;;LC;;;${watchers})`],
    [`CN=Plain,${OU}`, `(D;;LC;;;${auditor})`],
    [PEOPLE, '(D;;LC;;;AU)'],
    [`OU=Deep,OU=Inner,${OU}`, `(D;;LC;;;${watchers})`],
    [`CN=Users,${dc.base}`, `(D;;LC;;;${auditor})`],
  ] as const) {
    const recorder = await collectWith(dn, aces);
    expect(gaps(recorder)).toEqual(expect.arrayContaining(DOMAIN_WIDE));
    expect(recorder.covered('ad.groups')?.reason).toContain(`what lies in ${dn} cannot be listed`);
    expect(recorder.covered('ad.containers')?.complete).toBe(true);
  }
});

test('a denial that does not concern us, or comes after the grant, hides nothing', async () => {
  const before = await dc.descriptor(PEOPLE);
  for (const aces of [
    `(D;;LC;;;${await dc.sid('ben')})`,
    `(A;;LC;;;AU)(D;;LC;;;${await dc.sid('auditor')})`,
    `(D;CIIO;LC;;${GROUP_CLASS};AU)`,
    `(OD;;LC;${GROUP_CLASS};;AU)`,
  ]) {
    const recorder = await collectWith(PEOPLE, aces);
    // The rows prove it: the server showed what lies there.
    expect(recorder.rows('ad_user').some(row => row.guid === id(2))).toBe(true);
    expect(gaps(recorder)).toEqual([]);
  }
  expect(await dc.descriptor(PEOPLE)).toBe(before);
});

test('a container that may not be read at all is a gap, and so is any other organizational unit', async () => {
  const deny = `(D;CI;RPLCLORC;;;${await dc.sid('auditor')})`;
  const own = await collectWith(OU, deny);
  expect(gaps(own)).toEqual(expect.arrayContaining([...DOMAIN_WIDE, 'ad.containers', 'ad.acl']));
  expect(own.covered('ad.containers')?.reason).toContain(`${OU} shows no objectGUID`);
  expect(own.covered('ad.groups')?.reason).toContain(`${OU} shows no objectGUID`);
  const other = await collectWith(PEOPLE, deny);
  expect(gaps(other)).toEqual(expect.arrayContaining(DOMAIN_WIDE));
  expect(other.covered('ad.groups')?.reason).toContain(`what lies in ${PEOPLE} may be hidden`);
});

test('an object in a container whose class may not be read may be a group', async () => {
  const recorder = await collectWith(`CN=open,${OU}`, `(D;;RP;;;${await dc.sid('auditor')})`);
  expect(gaps(recorder)).toEqual(['ad.children', 'ad.groups']);
  expect(recorder.covered('ad.groups')?.reason).toContain(`CN=open,${OU} cannot be read and may be a group`);
});

test('a container that is not found is absent only if everything above it may be listed', async () => {
  const containers = [`OU=Deep,OU=Inner,${OU}`, `OU=Nowhere,OU=None,${OU}`].map(dn => ({ dn, flavour: undefined }));
  const found = (recorder: Awaited<ReturnType<typeof collect>>) =>
    recorder.rows('ad_container').flatMap(row => (row.kind === 'writeback' ? [row.found] : []));
  const open = await collect(source({ containers }));
  expect(found(open)).toEqual([true, false]);
  expect(gaps(open)).toEqual([]);
  const shut = await collectWith(OU, `(D;;LC;;;${await dc.sid('watchers')})`, source({ containers }));
  expect(found(shut)).not.toContain(false);
  expect(gaps(shut)).toEqual(expect.arrayContaining([...DOMAIN_WIDE, 'ad.containers']));
  expect(shut.covered('ad.containers')?.reason).toMatch(/OU=Nowhere.* may exist/);
});
