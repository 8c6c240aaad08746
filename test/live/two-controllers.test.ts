import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { collectActiveDirectory, type Progress } from '../../src/collect/ad/index.ts';
import type { AdSource } from '../../src/config/index.ts';
import type { TableName } from '../../src/snapshot/index.ts';
import { type MemoryRecorder, memoryRecorder } from '../collect/memory-recorder.ts';
import { createAuthority } from '../lab/certificates.ts';
import { type DomainController, startDomainController } from '../lab/samba/domain-controller.ts';
import { replicate, startSecondController } from '../lab/samba/second-controller.ts';

// Two domain controllers of one domain, between which nothing moves until the test says so, and one of another forest.

const OU = 'OU=Writeback,DC=lab,DC=test';
const id = (n: number) => `7e11a11e-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const group = (n: number, ou: string, members: readonly number[]) =>
  `dn: CN=group${n},${ou}\nobjectClass: group\nsAMAccountName: group${n}\ngroupType: -2147483640\nobjectGUID: ${id(n)}\n${members.map(one => `member: <GUID=${id(one)}>\n`).join('')}`;
const account = (n: number, base: string) =>
  `dn: CN=user${n},CN=Users,${base}\nobjectClass: user\nsAMAccountName: user${n}\nuserAccountControl: 512\nobjectGUID: ${id(n)}\n`;

let first: DomainController;
let second: DomainController;
let other: DomainController;

beforeAll(async () => {
  const authority = await createAuthority();
  [first, other] = await Promise.all([
    startDomainController({ authority, replicated: true }),
    startDomainController({ authority, realm: 'OTHER.TEST', exchange: false }),
  ]);
  await Promise.all(
    [first, other].map(({ base, load }) =>
      load([
        `dn: OU=Writeback,${base}\nobjectClass: organizationalUnit\n`,
        [1, 2, 3].map(n => account(n, base)).join('\n'),
        [group(11, `OU=Writeback,${base}`, [1, 2]), group(12, `OU=Writeback,${base}`, [3])].join('\n'),
      ]),
    ),
  );
  second = await startSecondController(first, { authority });
}, 300_000);

afterAll(async () => {
  await Promise.all([first, second, other].map(dc => dc?.stop()));
});

function source(dc: DomainController, urls: readonly string[] = [dc.ldaps]): AdSource {
  const { user, password } = dc.auditor;
  return {
    urls,
    startTls: false,
    ca: dc.ca.pem,
    serverName: undefined,
    bind: { user, password: { reveal: () => password, from: 'test' } },
    base: undefined,
    domains: [],
    globalCatalog: [],
    containers: [{ dn: `OU=Writeback,${dc.base}`, flavour: 'cloud-sync' }],
    replicationMetadata: true,
    syncIdentities: [],
    trustedWriters: [],
    timeoutMs: 5000,
  };
}

async function collect(from: AdSource, progress: (event: Progress) => void = () => undefined) {
  const recorder = memoryRecorder();
  const signal = new AbortController().signal;
  await collectActiveDirectory(from, recorder, { flavours: ['cloud-sync'], progress, now: Date.now, signal });
  return recorder;
}

/** The members of a group by its number, and the place it was read from. */
function membersOf(recorder: MemoryRecorder, n: number): readonly string[] {
  return recorder
    .rows('ad_member')
    .flatMap(row => (row.group_guid === id(n) ? [row.member_guid] : []))
    .sort();
}

function serverOf(recorder: MemoryRecorder): Readonly<Record<string, unknown>> {
  return Object.fromEntries(recorder.sources.flatMap(record => Object.entries(record.server ?? {})));
}

/** What a controller says of itself in the database: the id under which it makes changes. */
async function invocationOf(dc: DomainController): Promise<string> {
  const name = dc.host.split('.')[0];
  const base = `CN=NTDS Settings,CN=${name},CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,${dc.base}`;
  const rows = await dc.find('(objectClass=*)', ['invocationId'], { base, scope: 'base' });
  return rows[0]?.get('invocationid')?.[0] ?? '';
}

const gaps = (recorder: MemoryRecorder) => recorder.coverage.filter(line => !line.complete && line.object === '');

/** All rows of a table without what every controller counts for itself. */
function rowsOf(recorder: MemoryRecorder, table: TableName): readonly string[] {
  return recorder
    .rows(table)
    .map(row => JSON.stringify(row, (key, value) => (/^(usn_.*|changed)$/.test(key) ? null : value)))
    .sort();
}

test('what changed on one controller is seen from there alone until it is replicated, and the record names the controller', async () => {
  const both = async () => [await collect(source(first)), await collect(source(second))] as const;
  const [equalFirst, equalSecond] = await both();
  expect(gaps(equalFirst)).toEqual(gaps(equalSecond));
  for (const table of ['ad_group', 'ad_member', 'ad_user'] as const)
    expect(rowsOf(equalFirst, table)).toEqual(rowsOf(equalSecond, table));
  expect(membersOf(equalSecond, 11)).toEqual([id(1), id(2)]);

  await first.modify(`dn: CN=group11,${OU}\nchangetype: modify\nadd: member\nmember: <GUID=${id(3)}>\n`);
  await second.modify(`dn: CN=group12,${OU}\nchangetype: modify\nadd: member\nmember: <GUID=${id(1)}>\n`);
  const [aheadFirst, aheadSecond] = await both();
  expect([membersOf(aheadFirst, 11), membersOf(aheadFirst, 12)]).toEqual([[id(1), id(2), id(3)], [id(3)]]);
  expect([membersOf(aheadSecond, 11), membersOf(aheadSecond, 12)]).toEqual([
    [id(1), id(2)],
    [id(1), id(3)],
  ]);
  const named = [first, second].map(async dc => ({ dnsHostName: dc.host, invocationId: await invocationOf(dc) }));
  const [firstName, secondName] = await Promise.all(named);
  expect(firstName?.invocationId).not.toBe(secondName?.invocationId);
  const told = [aheadFirst, aheadSecond].map(serverOf);
  expect(told.map(({ dnsHostName }) => String(dnsHostName).toLowerCase())).toEqual([first.host, second.host]);
  expect(told.map(({ invocationId }) => invocationId)).toEqual([firstName?.invocationId, secondName?.invocationId]);

  await replicate(first, second);
  await replicate(second, first);
  const [healedFirst, healedSecond] = await both();
  expect(rowsOf(healedFirst, 'ad_member')).toEqual(rowsOf(healedSecond, 'ad_member'));
  expect(membersOf(healedSecond, 11)).toEqual([id(1), id(2), id(3)]);
  expect(membersOf(healedFirst, 12)).toEqual([id(1), id(3)]);
}, 240_000);

test('two forests read one after the other do not mix', async () => {
  const [lab, elsewhere, again] = [
    await collect(source(first)),
    await collect(source(other)),
    await collect(source(first)),
  ];
  for (const table of ['ad_domain', 'ad_group', 'ad_member', 'ad_user'] as const)
    expect(rowsOf(again, table)).toEqual(rowsOf(lab, table));
  const everything = (recorder: MemoryRecorder) => JSON.stringify([...recorder.tables]);
  expect(everything(lab)).toContain('DC=lab,DC=test');
  expect(everything(lab)).not.toMatch(/DC=other/i);
  expect(everything(elsewhere)).toContain('DC=other,DC=test');
  expect(everything(elsewhere)).not.toMatch(/DC=lab/i);
  expect(serverOf(elsewhere).forest).toBe('other.test');
  expect(serverOf(lab).invocationId).not.toBe(serverOf(elsewhere).invocationId);
  await expect(collect({ ...source(other), bind: source(first).bind })).rejects.toThrow(/wrong user name or password/);
}, 240_000);

// Last, since it ends the first controller.
test('the next controller takes over as a whole: the two are never mixed', async () => {
  await second.modify(`dn: CN=group12,${OU}\nchangetype: modify\nadd: member\nmember: <GUID=${id(2)}>\n`);
  const [onFirst, onSecond] = [await collect(source(first)), await collect(source(second))];
  expect(rowsOf(onFirst, 'ad_member')).not.toEqual(rowsOf(onSecond, 'ad_member'));
  const urls = [first.ldaps, second.ldaps];
  let stopping: Promise<void> | undefined;
  const interrupted = await collect(source(first, urls), event => {
    if (event.facet === 'ad.groups') stopping ??= first.stop();
  });
  await stopping;
  expect(stopping).toBeDefined();
  expect(gaps(interrupted)).toEqual(gaps(onSecond));
  expect(serverOf(interrupted).invocationId).toBe(await invocationOf(second));
  for (const table of ['ad_group', 'ad_member', 'ad_user'] as const)
    expect(rowsOf(interrupted, table)).toEqual(rowsOf(onSecond, table));
  expect(serverOf(interrupted).domains).toMatchObject([
    {
      endpoint: second.ldaps,
      tried: [
        { url: first.ldaps, invocationId: serverOf(onFirst).invocationId, reason: expect.any(String) },
        { url: second.ldaps, reason: null },
      ],
    },
  ]);

  const afterwards = await collect(source(first, urls));
  expect(gaps(afterwards)).toEqual(gaps(onSecond));
  expect(serverOf(afterwards).invocationId).toBe(await invocationOf(second));
  for (const table of ['ad_group', 'ad_member', 'ad_user'] as const)
    expect(rowsOf(afterwards, table)).toEqual(rowsOf(onSecond, table));
}, 240_000);
