import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { extendedDnControl } from '../../../src/collect/ad/controls.ts';
import { type Directory, directoryOf } from '../../../src/collect/ad/directory.ts';
import { bytesOf, type Entry, textsOf } from '../../../src/collect/ad/entry.ts';
import { completeRanges } from '../../../src/collect/ad/ranges.ts';
import { serversOf } from '../../../src/collect/ad/servers.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { type Authority, createAuthority, issue } from '../../lab/certificates.ts';
import { type FakeEntry, type FakeSearch, type FakeServer, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { backbone, group, OU } from './forest.ts';

const TEAM = `CN=Team,${OU}`;

let authority: Authority;
let server: FakeServer;
let directory: Directory;
let world: World;

/** A group that changes under the reader, and every state that it has had. */
type World = {
  members: string[];
  usn: number;
  rangeSize: number;
  attribute: string;
  before: (search: FakeSearch) => void;
  readonly states: Set<string>;
};

const stateOf = (members: readonly string[]) => [...members].sort().join(' ');

function begin(members: number, more: Partial<World> = {}): World {
  const names = Array.from({ length: members }, (_, at) => `CN=m${at},${OU}`);
  world = {
    members: names,
    usn: 100,
    rangeSize: 3,
    attribute: 'member',
    before: () => undefined,
    states: new Set(),
    ...more,
  };
  world.states.add(stateOf(names));
  return world;
}

/** One change of the group; what is deleted elsewhere goes from the list without a word on the group. */
function change(kind: 'add' | 'remove' | 'vanish', at: number): void {
  const place = at % (world.members.length + (kind === 'add' ? 1 : 0) || 1);
  if (kind === 'add') world.members.splice(place, 0, `CN=n${world.usn},${OU}`);
  else world.members.splice(place, 1);
  if (kind !== 'vanish') world.usn += 1;
  world.states.add(stateOf(world.members));
}

const entries = (): FakeEntry[] => [
  ...backbone(),
  group(30, TEAM, { [world.attribute]: world.members, ...(world.usn < 0 ? {} : { uSNChanged: [String(world.usn)] }) }),
];

beforeAll(async () => {
  authority = await createAuthority();
  const tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
  begin(1);
  server = await startFakeLdap({
    tls,
    entries,
    get rangeSize() {
      return world.rangeSize;
    },
    fault: search => {
      world.before(search);
      return undefined;
    },
  });
  const source: AdSource = {
    urls: [server.ldaps],
    startTls: false,
    ca: authority.ca,
    serverName: undefined,
    bind: { user: 'audit@corp.test', password: { reveal: () => 'secret', from: 'env X' } },
    base: undefined,
    domains: [],
    globalCatalog: [],
    containers: [],
    replicationMetadata: true,
    syncIdentities: [],
    trustedWriters: [],
    timeoutMs: 5000,
  };
  const signal = new AbortController().signal;
  directory = directoryOf(await serversOf(source, [{ url: server.ldaps, serverName: undefined }], signal).next(), {
    source,
    recorder: memoryRecorder(),
    now: () => 0,
    signal,
    replace: async () => false,
  });
});
afterAll(async () => {
  await directory?.close();
  await server?.stop();
});

async function read() {
  const first: Entry | undefined = await directory.readOne({
    facet: 'ad.members',
    base: TEAM,
    attributes: ['objectGUID', 'uSNChanged', world.attribute],
    controls: () => [extendedDnControl()],
  });
  if (first === undefined) throw new Error('no group');
  const { entry, broken } = await completeRanges(directory, 'ad.members', first);
  return { members: textsOf(entry, world.attribute), raw: bytesOf(entry, world.attribute), broken };
}

test('what does not change is read once, in ranges that overlap by one value', async () => {
  begin(10);
  const from = server.searches.length;
  expect(stateOf((await read()).members)).toBe(stateOf(world.members));
  expect(server.searches.slice(from).map(search => search.attributes.at(-1))).toEqual([
    'member',
    'member;range=2-*',
    'member;range=4-*',
    'member;range=6-*',
    'member;range=8-*',
  ]);
});

test.each(['add', 'remove', 'vanish'] as const)(
  'a member that is %s-ed between two ranges makes it read again',
  async kind => {
    begin(10);
    let reads = 0;
    world.before = () => {
      if (++reads === 3) change(kind, 0);
    };
    const { members, broken } = await read();
    expect(broken.size).toBe(0);
    expect(stateOf(members)).toBe(stateOf(world.members));
    expect(reads).toBeGreaterThan(5);
  },
);

test('a group that never rests is a gap that names it and both numbers', async () => {
  begin(12);
  world.before = () => change('add', 0);
  const { members, broken } = await read();
  expect(members).toEqual([]);
  expect(broken.get('member')).toMatch(/member of CN=Team,.* is unstable: .*uSNChanged \d+, then \d+/);
});

test('a back link, and an object that hides uSNChanged, are read until two readings are equal', async () => {
  for (const more of [{ attribute: 'memberOf' }, { usn: -1 }]) {
    begin(10, more);
    let reads = 0;
    // Added at the end of the list and taken from its head: every place holds something else, and nothing says so.
    world.before = () => {
      if (++reads !== 3) return;
      world.members = [...world.members.slice(1), `CN=late,${OU}`];
    };
    expect(stateOf((await read()).members)).toBe(stateOf(world.members));
  }
});

test('whatever changes between the ranges, the result is the truth of an instant or a gap', async () => {
  // A linear congruential generator: the same changes on every run.
  let seed = 20_260_822;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const kinds = ['add', 'remove', 'vanish'] as const;
  let gaps = 0;
  let changed = 0;
  for (let run = 0; run < 250; run++) {
    const restless = 1 + random(10);
    begin(4 + random(25), { rangeSize: 2 + random(6), usn: random(8) === 0 ? -1_000_000 : 100 });
    let before = 0;
    world.before = () => {
      if (++before === 1 || random(restless) > 0) return;
      change(kinds[random(3)] ?? 'add', random(100));
    };
    const { members, broken } = await read();
    if (broken.size > 0) gaps += 1;
    else expect(world.states).toContain(stateOf(members));
    if (world.states.size > 1) changed += 1;
  }
  expect(changed).toBeGreaterThan(120);
  expect(gaps).toBeGreaterThan(5);
  expect(gaps).toBeLessThan(changed / 2);
});

test('a server with a hole between two ranges is refused', async () => {
  begin(10, { rangeSize: 1 });
  expect((await read()).broken.get('member')).toMatch(/hole/);
});
