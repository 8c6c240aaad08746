import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { attributeIds } from '../../src/collect/ad/property-metadata.ts';
import { type DomainController, startDomainController } from '../lab/samba/domain-controller.ts';
import { run } from '../lab/samba/run.ts';
import { collectFrom } from './collection.ts';

const OU = 'OU=Writeback,DC=lab,DC=test';
const PEOPLE = 'OU=People,DC=lab,DC=test';
const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2';
const GROUP_CLASS = 'bf967a9c-0de6-11d0-a285-00aa003049e2';
const RESET_PASSWORD = '00299570-246d-11d0-a768-00aa006e0529';
const MEMBERSHIP = 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf';

let dc: DomainController;
let recorder: Awaited<ReturnType<typeof collectFrom>>;
const id = (n: number) => `7e11a11e-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const group = (n: number, name: string, where: string, more = '') =>
  `dn: CN=${name},${where}\nobjectClass: group\nsAMAccountName: ${name}\ngroupType: -2147483640\nobjectGUID: ${id(n)}\n${more}`;

beforeAll(async () => {
  dc = await startDomainController();
  await dc.load([
    `dn: ${OU}\nobjectClass: organizationalUnit\n\ndn: ${PEOPLE}\nobjectClass: organizationalUnit\n`,
    `dn: CN=ada,${PEOPLE}\nobjectClass: user\nsAMAccountName: ada\nuserAccountControl: 512\nobjectGUID: ${id(1)}\n`,
    [
      group(10, 'team', OU, `adminDescription: Group_${id(10)}\nmember: <GUID=${id(1)}>\n`),
      group(11, 'inner', PEOPLE),
    ].join('\n'),
  ]);
  await dc.modify(
    `dn: CN=team,${OU}\nchangetype: modify\nreplace: adminDescription\nadminDescription: Group_${id(99)}\n`,
  );
  const ada = await dc.sid('ada');
  await dc.sddl(
    OU,
    `O:DAG:DAD:PAI(OA;CINP;WP;${MEMBER};${GROUP_CLASS};${ada})(OD;CI;WP;${MEMBERSHIP};;${ada})(OA;CIIO;CR;${RESET_PASSWORD};;${ada})(D;;DTSD;;;WD)(A;CI;GA;;;DA)(A;;RPLCLORC;;;AU)`,
  );
  await dc.sddl(`CN=team,${OU}`, 'O:DAG:DUD:AI(OA;;CR;11111111-2222-4333-8444-555555555555;;AU)(A;;RPLCLORC;;;AU)');
  recorder = await collectFrom(dc, [OU]);
}, 300_000);

afterAll(async () => {
  await dc?.stop();
});

test('attribute changes are what Samba itself decodes', async () => {
  const text = await run('ldbsearch', ['-H', dc.samDb, '--show-binary', '(cn=team)', 'replPropertyMetaData']);
  const decoded = text
    .split(/array: struct replPropertyMetaData1\n/)
    .slice(1)
    .map(part => ({
      attribute: (/DRSUAPI_ATTID_(\S+)/.exec(part)?.[1] ?? '').replace(/^nt/, 'nT'),
      version: Number(/version +: 0x\w+ \((\d+)\)/.exec(part)?.[1]),
      changed: Date.parse(/change_time +: (.*)/.exec(part)?.[1] ?? ''),
      invocation_id: /invocation_id: (\S+)/.exec(part)?.[1],
      usn: Number(/originating_usn +: 0x\w+ \((\d+)\)/.exec(part)?.[1]),
    }));
  // Samba knows the youngest attribute by its number only.
  const wanted = decoded.filter(({ attribute }) => attributeIds.has(attribute));
  expect(wanted.length).toBeGreaterThan(4);
  const byName = (one: { attribute: string }, other: { attribute: string }) =>
    one.attribute < other.attribute ? -1 : 1;
  const rows = recorder.rows('ad_attribute_change').filter(row => row.object_guid === id(10));
  expect(rows.map(({ object_guid: _, server: __, ...row }) => row).sort(byName)).toEqual(wanted.sort(byName));
  expect(rows.find(row => row.attribute === 'adminDescription')).toMatchObject({ version: 2, server: 'DC1' });
  expect(recorder.covered('ad.replication')?.reason).toMatch(/no msDS-ReplValueMetaData/);
});

// Samba's own reading of the SDDL that its tool prints: owner, group, control flags, and the entries in their order.
const DECODE = `
import json, sys
from samba.dcerpc import security
from samba.ndr import ndr_unpack
sd = security.descriptor.from_sddl(sys.argv[1], security.dom_sid(sys.argv[2]))
def ace(a):
    typed = a.type in (5, 6)
    flags = a.object.flags if typed else 0
    return [a.type, a.flags, a.access_mask & 0xffffffff, str(a.trustee),
      str(a.object.type) if flags & 1 else None, str(a.object.inherited_type) if flags & 2 else None]
print(json.dumps({"owner": str(sd.owner_sid), "group": str(sd.group_sid), "control": sd.type, "aces": [ace(a) for a in sd.dacl.aces]}))
`;

test.each([OU, `CN=team,${OU}`, 'CN=AdminSDHolder,CN=System,DC=lab,DC=test', 'DC=lab,DC=test'])(
  'the descriptor of %s is what samba-tool shows',
  async dn => {
    const told = await run('samba-tool', [
      'dsacl',
      'get',
      '-s',
      `${dc.path}/etc/smb.conf`,
      '-H',
      dc.samDb,
      `--objectdn=${dn}`,
    ]);
    const sddl = /^(O:.*?)(?:S:.*)?$/m.exec(told)?.[1] ?? '';
    const shown: {
      readonly owner: string;
      readonly group: string;
      readonly control: number;
      readonly aces: readonly (readonly [number, number, number, string, string | null, string | null])[];
    } = JSON.parse(await run('/usr/bin/python3', ['-c', DECODE, sddl, dc.domainSid]));
    const guid = [...recorder.rows('ad_group'), ...recorder.rows('ad_container')].find(row => row.dn === dn)?.guid;
    const security = recorder.rows('ad_security').find(row => row.object_guid === guid);
    expect(security).toMatchObject({ owner_sid: shown.owner, group_sid: shown.group });
    // SACL flags (0x0010, 0x0800, 0x2000, 0x0020…) come with the part of the descriptor that nobody asked for.
    const daclFlags = 0x8000 | 0x1000 | 0x0400 | 0x0100 | 0x0008 | 0x0004;
    expect((security?.control ?? 0) & daclFlags).toBe(shown.control & daclFlags);
    const aces = recorder
      .rows('ad_ace')
      .filter(row => row.acl === security?.acl)
      .sort((one, other) => one.ordinal - other.ordinal);
    expect(aces.length).toBeGreaterThan(1);
    expect(
      aces.map(row => [
        (row.object_type ?? row.inherited_object_type) === null ? (row.allow ? 0 : 1) : row.allow ? 5 : 6,
        row.flags,
        row.mask,
        row.trustee_sid,
        row.object_type,
        row.inherited_object_type,
      ]),
    ).toEqual(shown.aces.map(ace => [...ace]));
    expect(aces.map(row => [row.inherited, row.inherit_only, row.no_propagate])).toEqual(
      shown.aces.map(([, flags]) => [(flags & 0x10) !== 0, (flags & 0x08) !== 0, (flags & 0x04) !== 0]),
    );
  },
);

test('what the entries are limited to has a name and a kind', () => {
  const names = new Map(recorder.rows('ad_schema').map(row => [row.guid, `${row.kind} ${row.name}`]));
  expect(names.get(GROUP_CLASS)).toBe('class group');
  expect(names.get(RESET_PASSWORD)).toBe('extended-right User-Force-Change-Password');
  expect(names.get(MEMBERSHIP)).toBe('property-set Membership');
  expect(
    recorder
      .rows('ad_schema')
      .filter(row => row.guid === MEMBER)
      .map(row => `${row.kind} ${row.name}`)
      .sort(),
  ).toEqual(['attribute member', 'validated-write Self-Membership']);
  // Nothing bears this one, and a right of Windows Server 2012 that Samba grants but does not describe.
  expect(names.get('11111111-2222-4333-8444-555555555555')).toBeUndefined();
  const used = new Set(
    recorder.rows('ad_ace').flatMap(row => [row.object_type ?? [], row.inherited_object_type ?? []].flat()),
  );
  expect([...used].filter(guid => !names.has(guid))).toEqual(
    expect.arrayContaining(['11111111-2222-4333-8444-555555555555']),
  );
  expect([...used].filter(guid => names.has(guid)).length).toBeGreaterThan(used.size - 3);
});
