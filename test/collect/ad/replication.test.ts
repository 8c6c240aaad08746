import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { guidToBytes } from '../../../src/base/index.ts';
import { attributeIds, parsePropertyMetadata } from '../../../src/collect/ad/property-metadata.ts';
import { parseAttributeStamp, parseValueStamp } from '../../../src/collect/ad/replication-xml.ts';
import { attributeStamp, type FakeEntry, valueStamp } from '../../lab/ldap-fake/index.ts';
import { type Bench, bench } from './bench.ts';
import { backbone, DOMAIN, group, guid, OU, object, user } from './forest.ts';

const SETTINGS = `CN=NTDS Settings,CN=DC7,CN=Servers,CN=Site,CN=Sites,CN=Configuration,${DOMAIN}`;
const INVOCATION = guid(0x77);
const TEAM = `CN=Team,${OU}`;
const ALICE = `CN=Alice (R&D) \\<x\\>\\, "y",CN=Users,${DOMAIN}`;
const BOB = `CN=Bob,CN=Users,${DOMAIN}`;

let bed: Bench;
beforeAll(async () => {
  bed = await bench();
});

const on = { invocationId: INVOCATION, serverDn: SETTINGS, usn: 900 };

function forest(team: Readonly<Record<string, readonly (string | Buffer)[]>>): FakeEntry[] {
  return [
    ...backbone(),
    object(81, SETTINGS, ['nTDSDSA'], { invocationId: [guidToBytes(INVOCATION)] }),
    group(30, TEAM, { member: [ALICE, BOB], uSNChanged: ['7'], ...team }),
    user(40, ALICE),
    user(41, BOB),
  ];
}

const windows = {
  'msDS-ReplAttributeMetaData': [
    attributeStamp('adminDescription', { ...on, changed: '2026-08-01T10:00:00Z', version: 3 }),
    attributeStamp('objectClass', { ...on, changed: '2026-08-01T10:00:00Z' }),
  ],
  'msDS-ReplValueMetaData': [
    valueStamp('member', ALICE, {
      ...on,
      created: '2026-08-02T10:00:00Z',
      changed: '2026-08-03T10:00:00Z',
      version: 3,
    }),
    valueStamp('member', BOB, {
      created: '2026-08-02T10:00:00Z',
      changed: '2026-08-02T10:00:00Z',
      invocationId: guid(0x99),
      serverDn: SETTINGS.replace('DC7', 'OLD'),
    }),
    valueStamp('member', `CN=Carol\\0ADEL:${guid(42)},CN=Deleted Objects,${DOMAIN}`, {
      ...on,
      created: '2026-07-01T10:00:00Z',
      deleted: '2026-08-04T10:00:00Z',
      changed: '2026-08-04T10:00:00Z',
      version: 2,
    }),
    valueStamp('managedBy', BOB, { ...on, created: '2026-08-02T10:00:00Z', changed: '2026-08-02T10:00:00Z' }),
  ],
};

test.each([1500, 2])('reads when and on which domain controller, in answers of at most %d values', async rangeSize => {
  const recorder = await bed.collect({ entries: () => forest(windows), rangeSize });
  expect(recorder.covered('ad.replication')).toMatchObject({ complete: true, retrieved: 4 });
  expect(recorder.covered('ad.replication', guid(30))).toBeUndefined();
  expect(recorder.rows('ad_attribute_change')).toEqual([
    {
      object_guid: guid(30),
      attribute: 'adminDescription',
      version: 3,
      changed: Date.UTC(2026, 7, 1, 10),
      invocation_id: INVOCATION,
      server: 'DC7',
      usn: 900,
    },
  ]);
  const members = new Map(recorder.rows('ad_member_change').map(row => [row.member_guid, row]));
  expect(members.get(guid(40))).toEqual({
    group_guid: guid(30),
    member_dn: ALICE,
    member_guid: guid(40),
    created: Date.UTC(2026, 7, 2, 10),
    deleted: null,
    version: 3,
    changed: Date.UTC(2026, 7, 3, 10),
    invocation_id: INVOCATION,
    server: 'DC7',
    usn: 900,
  });
  expect(members.get(guid(41))).toMatchObject({ server: 'OLD', invocation_id: guid(0x99) });
  expect(members.get(guid(42))).toMatchObject({ deleted: Date.UTC(2026, 7, 4, 10) });
});

test('a server without the XML gives what replPropertyMetaData holds, and the facet is a gap', async () => {
  const recorder = await bed.collect({
    entries: () =>
      forest({
        'msDS-ReplAttributeMetaData': [],
        'msDS-ReplValueMetaData': [],
        replPropertyMetaData: [propertyMetadata([{ id: 0x200e2, changed: 1_700_000_000, version: 2 }])],
      }),
  });
  expect(recorder.rows('ad_attribute_change')).toMatchObject([
    { attribute: 'adminDescription', version: 2, changed: 1_700_000_000_000, server: 'DC7', invocation_id: INVOCATION },
  ]);
  expect(recorder.covered('ad.replication')?.reason).toMatch(/no msDS-ReplValueMetaData on 1 group/);
  // The controller of this forest does not say of which domains it has a copy.
  const gaps = recorder.coverage.filter(({ object, complete }) => object === '' && !complete);
  expect(gaps.map(({ facet }) => facet).filter(facet => facet !== 'ad.domainControllers')).toEqual(['ad.replication']);
});

test('switched off, nothing is asked and the facet says why', async () => {
  const recorder = await bed.collect({ entries: () => forest(windows) }, { replicationMetadata: false });
  expect(recorder.rows('ad_member_change')).toEqual([]);
  expect(recorder.covered('ad.replication')?.reason).toMatch(/replicationMetadata: false/);
  expect(recorder.queries.some(query => /msDS-Repl|replPropertyMetaData/.test(query.request))).toBe(false);
});

test.each([
  ['a hostile value', { 'msDS-ReplValueMetaData': ['<!DOCTYPE x [<!ENTITY a "b">]>&a;'] }, /not a DS_REPL_VALUE/],
  [
    'a member that nobody knows',
    {
      'msDS-ReplValueMetaData': [
        valueStamp('member', `CN=New,${OU}`, { created: '2026-08-02T10:00:00Z', changed: '2026-08-02T10:00:00Z' }),
      ],
    },
    /1 member was added or renamed/,
  ],
  [
    'cut binary metadata',
    {
      'msDS-ReplAttributeMetaData': [],
      'msDS-ReplValueMetaData': [],
      replPropertyMetaData: [propertyMetadata([{ id: 3, changed: 1, version: 1 }]).subarray(0, 40)],
    },
    /cut off/,
  ],
])('%s is a gap of that group alone', async (_, broken, reason) => {
  const other = group(31, `CN=Other,${OU}`, windows);
  const recorder = await bed.collect({ entries: () => [...forest({ ...windows, ...broken }), other] });
  expect(recorder.covered('ad.replication', guid(30))?.reason).toMatch(reason);
  expect(recorder.covered('ad.replication', guid(31))?.reason).toMatch(/2 members were added/);
  for (const facet of ['ad.groups', 'ad.members'] as const) expect(recorder.covered(facet)?.complete).toBe(true);
});

test('a refusal of the metadata is no gap of anything else', async () => {
  const recorder = await bed.collect({
    entries: () => forest(windows),
    fault: search => (search.attributes.includes('replPropertyMetaData') ? { code: 50, message: 'no' } : undefined),
  });
  expect(
    recorder.coverage
      .filter(({ complete, object }) => !complete && object === '')
      .filter(({ facet }) => facet !== 'ad.replication' && facet !== 'ad.domainControllers'),
  ).toEqual([]);
  expect(recorder.covered('ad.replication')?.reason).toMatch(/no right/);
});

const time = fc
  .integer({ min: 0, max: 4_000_000_000 })
  .map(seconds => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'));
// What a DN can hold after its own escaping: no bare angle bracket.
const name = fc.string({ maxLength: 40 }).map(text => text.replace(/[<>\0]/g, '').replace(/&/g, ' & '));

test('what Windows writes is read back, whatever the names', () => {
  fc.assert(
    fc.property(name, time, time, fc.nat(), fc.nat(), (dn, created, changed, version, usn) => {
      const read = parseValueStamp(
        valueStamp('member', dn, { created, changed, version, usn, invocationId: INVOCATION, serverDn: SETTINGS }),
      );
      expect(read).toEqual({
        attribute: 'member',
        targets: [dn],
        created: Date.parse(created),
        deleted: null,
        changed: Date.parse(changed),
        version,
        usn,
        invocationId: INVOCATION,
        serverDn: SETTINGS,
      });
    }),
  );
  const escaped = valueStamp('member', 'CN=R&amp;D &#x3c;', {
    created: '2026-08-02T10:00:00Z',
    changed: '2026-08-02T10:00:00',
  });
  expect(parseValueStamp(escaped)).toMatchObject({
    targets: ['CN=R&D <', 'CN=R&amp;D &#x3c;'],
    invocationId: null,
    serverDn: null,
  });
});

test.each([
  '<?xml version="1.0"?><DS_REPL_ATTR_META_DATA></DS_REPL_ATTR_META_DATA>',
  '<DS_REPL_ATTR_META_DATA><a><b>1</b></a></DS_REPL_ATTR_META_DATA>',
  '<DS_REPL_ATTR_META_DATA><a x="1">1</a></DS_REPL_ATTR_META_DATA>',
  '<DS_REPL_ATTR_META_DATA><!-- --></DS_REPL_ATTR_META_DATA>',
  '<DS_REPL_ATTR_META_DATA><![CDATA[x]]></DS_REPL_ATTR_META_DATA>',
  '<DS_REPL_ATTR_META_DATA>text</DS_REPL_ATTR_META_DATA>',
  '<DS_REPL_ATTR_META_DATA></DS_REPL_ATTR_META_DATA>',
  attributeStamp('name', { changed: '2026-08-02T10:00:00Z' }).replace('<dwVersion>1', '<dwVersion>1e3'),
  attributeStamp('name', { changed: 'yesterday' }),
  attributeStamp('name', { changed: '2026-08-02T10:00:00Z' }).replace(
    '\t<dwVersion>',
    '\t<dwVersion>1</dwVersion><dwVersion>',
  ),
  attributeStamp('x'.repeat(70_000), { changed: '2026-08-02T10:00:00Z' }),
  `<DS_REPL_ATTR_META_DATA>${Array.from({ length: 40 }, (_, at) => `<a${'b'.repeat(at)}>1</a${'b'.repeat(at)}>`).join('')}</DS_REPL_ATTR_META_DATA>`,
])('refuses malformed value %#', text => {
  expect(() => parseAttributeStamp(text)).toThrow(RangeError);
});

test('arbitrary text and bytes are read within bounds or refused as RangeError', () => {
  const whole = valueStamp('member', BOB, { created: '2026-08-02T10:00:00Z', changed: '2026-08-02T10:00:00Z' });
  const binary = propertyMetadata([
    { id: 3, changed: 5, version: 1 },
    { id: 0x90001, changed: 5, version: 1 },
  ]);
  const refused = (work: () => unknown) => {
    try {
      work();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(RangeError);
    }
  };
  fc.assert(
    fc.property(
      fc.nat({ max: whole.length }),
      fc.nat({ max: 20 }),
      fc.string({ maxLength: 8 }),
      fc.nat({ max: 255 }),
      (at, cut, text, byte) => {
        refused(() => parseValueStamp(whole.slice(0, at) + text + whole.slice(at + cut)));
        const damaged = Buffer.from(binary);
        damaged[at % damaged.length] = byte;
        refused(() => parsePropertyMetadata(damaged.subarray(0, damaged.length - (cut % 4))));
      },
    ),
    { numRuns: 1000 },
  );
});

test('binary metadata is read back, and other attributes are passed over', () => {
  const stamps = [...attributeIds.values(), 0x150003].map((id, at) => ({
    id,
    changed: 1_600_000_000 + at,
    version: at + 1,
  }));
  const read = parsePropertyMetadata(propertyMetadata(stamps));
  expect(read.map(({ attribute, version, changed }) => [attribute, version, changed])).toEqual(
    [...attributeIds.keys()].map((attribute, at) => [attribute, at + 1, (1_600_000_000 + at) * 1000]),
  );
});

/** replPropertyMetaData as MS-DRSR and Samba's drsblobs.idl lay it out: a header, then 48 bytes for each attribute. Seconds since 1970. */
function propertyMetadata(
  stamps: readonly { readonly id: number; readonly changed: number; readonly version: number }[],
): Buffer {
  const bytes = Buffer.alloc(16 + 48 * stamps.length);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(stamps.length, 8);
  stamps.forEach(({ id, changed, version }, index) => {
    const at = 16 + 48 * index;
    bytes.writeUInt32LE(id, at);
    bytes.writeUInt32LE(version, at + 4);
    bytes.writeBigUInt64LE(BigInt(changed) + 11_644_473_600n, at + 8);
    guidToBytes(INVOCATION).copy(bytes, at + 16);
    bytes.writeBigUInt64LE(900n, at + 32);
    bytes.writeBigUInt64LE(4711n, at + 40);
  });
  return bytes;
}
