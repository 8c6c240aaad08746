import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditError } from '../../../src/base/index.ts';
import { collectGraph } from '../../../src/collect/graph/index.ts';
import type { GraphSource } from '../../../src/config/index.ts';
import { facetsFrom } from '../../../src/snapshot/index.ts';
import { type Call, type Fault, type FaultKind, faultKinds, type GraphDouble } from '../../lab/graph/server.ts';
import { type MemoryRecorder, memoryRecorder } from '../memory-recorder.ts';
import { NOW, smallTenant, sourceOf, startTenant } from './estate.ts';
import { gapsOf, liesOf, usualGaps } from './truth.ts';

const tenant = smallTenant();
let double: GraphDouble;
/** Gaps of the tenant when nothing goes wrong: what applications cannot read, and members that are not asked for. */
let unharmed: ReadonlySet<string>;
beforeAll(async () => {
  double = await startTenant(tenant);
  unharmed = new Set(gapNames(await collect()));
});
afterEach(() => double.faults.clear());
afterAll(() => double.close());

type Run = { readonly recorder: MemoryRecorder; readonly error: unknown };

async function collect(changes: Partial<GraphSource> = {}): Promise<Run> {
  const recorder = memoryRecorder();
  const context = {
    progress: () => {},
    now: () => NOW,
    signal: new AbortController().signal,
    backoffMs: 1,
    logWindowMs: 1,
  };
  const error: unknown = await collectGraph(
    await sourceOf(double, { attemptTimeoutMs: 1500, ...changes }),
    recorder,
    context,
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { recorder, error };
}

/** All gaps, as `facet` or `facet/object`. */
function gapNames({ recorder }: Run): string[] {
  return recorder.coverage
    .filter(line => !line.complete)
    .map(line => (line.object === '' ? line.facet : `${line.facet}/${line.object}`))
    .sort();
}

/** Gaps beyond those of the unharmed tenant, as `facet` or `facet/object`. */
function damage(run: Run): string[] {
  return gapNames(run).filter(name => !unharmed.has(name));
}

/** What one occurrence of a fault may lead to: nothing, because it was retried; a gap; or for a list read twice, either. */
type Outcome = 'healed' | 'gap';

/** The list of users, but not that of their errors. */
const onUsers = ({ path, search }: Call) => path === '/v1.0/users' && search.includes('userPrincipalName');
const gapKinds: ReadonlySet<FaultKind> = new Set([
  'status-501',
  'status-403',
  'status-404',
  'redirect',
  'redirect-relative',
]);
/** Answers that are fine in themselves: only the count, or nothing at all, is wrong with them. All others have to be noticed at once. */
const plausible: ReadonlySet<FaultKind> = new Set([
  'missing-nextlink',
  'empty-middle-page',
  'duplicate-item',
  'lost-item',
  'wrong-count',
]);
const deltaOnly: ReadonlySet<FaultKind> = new Set(['410-resync', 'delta-no-link']);
const singleKinds = (Object.keys(faultKinds) as FaultKind[]).filter(
  kind => faultKinds[kind].scope !== 'inner' && !deltaOnly.has(kind) && kind !== 'status-429-long-retry-after',
);

describe('one fault on a list', () => {
  test.each(singleKinds)('%s', async kind => {
    const retryAfter = 0;
    // Counts and page tokens are hit where they occur; everything else on the first page of users.
    const fault: Fault =
      kind === 'wrong-count' ? { kind, match: { path: '/v1.0/users/$count' } } : { kind, match: onUsers, retryAfter };
    const record = double.faults.add(fault);
    const run = await collect();
    expect(record.hits()).toBe(1);
    expect(run.error).toBeUndefined();
    expect(liesOf(run.recorder, tenant)).toEqual([]);
    const users = run.recorder.queries.find(({ facet }) => facet === 'cloud.users');
    if (!gapKinds.has(kind)) expect((users?.retries ?? 0) > 0).toBe(!plausible.has(kind));
    const outcome: Outcome = gapKinds.has(kind) ? 'gap' : 'healed';
    expect(damage(run)).toEqual(outcome === 'gap' ? ['cloud.users'] : []);
  });

  test('that never ends is a gap of that facet alone, and the run goes on', async () => {
    const persistent: readonly FaultKind[] = [
      'status-500',
      'html-200',
      'truncate-json',
      'invalid-utf8',
      'no-value',
      'item-without-id',
      'self-nextlink',
      'foreign-nextlink',
      'reset-mid-body',
      'missing-nextlink',
      'wrong-count',
      'close-delimited',
      'bad-gzip',
    ];
    for (const kind of persistent) {
      double.faults.clear();
      const match = kind === 'wrong-count' ? { path: '/v1.0/users/$count' } : onUsers;
      double.faults.add({ kind, match, times: 1000 });
      const run = await collect();
      expect({ kind, lies: liesOf(run.recorder, tenant) }).toEqual({ kind, lies: [] });
      const facets = kind === 'wrong-count' ? ['cloud.errors', 'cloud.users'] : ['cloud.users'];
      expect({ kind, damage: damage(run) }).toEqual({ kind, damage: facets });
    }
  });

  test('a wait longer than the time allowed is a gap at once, in words', async () => {
    double.faults.add({ kind: 'status-429-long-retry-after', match: onUsers });
    const run = await collect();
    expect(damage(run)).toEqual(['cloud.users']);
    expect(run.recorder.covered('cloud.users')?.reason).toMatch(/TooManyRequests.*due in 400 s/);
  });

  test('a short list of two identical reads is believed although it has no count', async () => {
    double.faults.add({ kind: 'lost-item', match: { path: '/v1.0/groupSettings' } });
    const run = await collect();
    expect(damage(run)).toEqual([]);
    expect(liesOf(run.recorder, tenant)).toEqual([]);
  });
});

describe('one fault on a batch of members', () => {
  const innerKinds = (Object.keys(faultKinds) as FaultKind[]).filter(kind => faultKinds[kind].scope === 'inner');
  const pageKinds: readonly FaultKind[] = [
    'missing-nextlink',
    'self-nextlink',
    'foreign-nextlink',
    'http-nextlink',
    'other-version-nextlink',
    'null-nextlink',
    'empty-middle-page',
    'duplicate-item',
    'item-without-id',
    'expired-page-token',
    'error-200',
    '204',
    'empty-object',
    'status-500',
  ];
  test.each([...innerKinds, ...pageKinds])('%s', async kind => {
    const record = double.faults.add({ kind, inner: true, match: { path: /\/members$/ }, retryAfter: 0, skip: 3 });
    const run = await collect();
    expect(record.hits()).toBe(1);
    expect(run.error).toBeUndefined();
    expect(liesOf(run.recorder, tenant)).toEqual([]);
    const refused = kind === 'inner-403' || kind === 'inner-404';
    expect(damage(run)).toEqual(refused ? [expect.stringMatching(/^cloud\.members\/[0-9a-f-]{36}$/)] : []);
  });

  // Refusals are not asked again; `close-delimited` cuts pages only.
  const isOfBatch = (kind: FaultKind) => faultKinds[kind].scope === 'wire' && kind !== 'close-delimited';
  test.each(singleKinds.filter(kind => isOfBatch(kind) || /^status-(408|50[02-9])|401/.test(kind)))(
    'the whole batch: %s',
    async kind => {
      const record = double.faults.add({ kind, match: { path: '/v1.0/$batch' } });
      const run = await collect();
      expect(record.hits()).toBe(1);
      expect(damage(run)).toEqual([]);
      expect(liesOf(run.recorder, tenant)).toEqual([]);
    },
  );

  test('a batch that is throttled is waited for, however often, and whatever its Retry-After says', async () => {
    const kinds = ['retry-after', 'no-retry-after', 'empty-retry-after', 'garbage-retry-after'] as const;
    for (const kind of kinds)
      double.faults.add({ kind: `status-429-${kind}`, match: { path: '/v1.0/$batch' }, times: 8, retryAfter: 0 });
    const run = await collect();
    expect(double.faults.hits()).toBeGreaterThanOrEqual(32);
    expect(damage(run)).toEqual([]);
    expect(liesOf(run.recorder, tenant)).toEqual([]);
  });

  test('a refusal of every group is one gap', async () => {
    double.faults.add({ kind: 'inner-403', times: 1000 });
    const run = await collect();
    expect(damage(run)).toEqual(['cloud.eligibility', 'cloud.mailSettings', 'cloud.members', 'cloud.owners']);
    expect(run.recorder.covered('cloud.members')?.reason).toMatch(/needs Group\.Read\.All/);
  });
});

describe('one fault on a delta of members', () => {
  const innerKinds = (Object.keys(faultKinds) as FaultKind[]).filter(kind => faultKinds[kind].scope === 'inner');
  const pageKinds: readonly FaultKind[] = [
    '410-resync',
    'delta-no-link',
    'missing-nextlink',
    'self-nextlink',
    'foreign-nextlink',
    'http-nextlink',
    'other-version-nextlink',
    'null-nextlink',
    'empty-middle-page',
    'duplicate-item',
    'lost-item',
    'item-without-id',
    'no-value',
    'expired-page-token',
    'error-200',
    '204',
    'empty-object',
    'status-500',
    'status-408',
  ];
  test.each([...innerKinds, ...pageKinds])('%s', async kind => {
    // On the second page, where there is something to lose.
    const record = double.faults.add({
      kind,
      inner: true,
      match: { path: /\/groups\/delta$/ },
      retryAfter: 0,
      skip: 1,
    });
    const run = await collect({ members: 'delta' });
    expect(record.hits()).toBe(1);
    expect(run.error).toBeUndefined();
    expect(liesOf(run.recorder, tenant)).toEqual([]);
    expect(damage(run)).toEqual(kind === 'inner-403' || kind === 'inner-404' ? ['cloud.members'] : []);
    const members = run.recorder.queries.find(({ facet }) => facet === 'cloud.members');
    const isQuiet = kind === 'empty-middle-page' || kind === 'duplicate-item' || kind === 'lost-item';
    if (!isQuiet) expect((members?.retries ?? 0) > 0).toBe(!/-40[34]/.test(kind));
  });

  test('a count that never agrees is a gap of that group alone; a delta that is always too old, of all', async () => {
    let counted: string | undefined;
    const isFirst = ({ path }: Call) => {
      if (path.endsWith('/members/$count')) counted ??= path;
      return path === counted;
    };
    double.faults.add({ kind: 'wrong-count', match: isFirst, times: 1000 });
    const doubtful = await collect({ members: 'delta' });
    expect(damage(doubtful)).toEqual([`cloud.members/${counted?.split('/')[3] ?? 'none'}`]);
    expect(liesOf(doubtful.recorder, tenant)).toEqual([]);
    double.faults.clear();
    double.faults.add({ kind: '410-resync', inner: true, times: 1000 });
    const old = await collect({ members: 'delta' });
    expect(damage(old)).toEqual(['cloud.members']);
    expect(old.recorder.covered('cloud.members')?.reason).toMatch(/resyncRequired/);
    expect(liesOf(old.recorder, tenant)).toEqual([]);
  });
});

test('an outage of a dozen refused or broken requests in a row is outlived', async () => {
  for (const kind of ['status-503', 'reset-before-headers'] as const) {
    double.faults.clear();
    const record = double.faults.add({ kind, match: { path: '/v1.0/$batch' }, times: 12 });
    const run = await collect();
    expect(record.hits()).toBe(12);
    expect(damage(run)).toEqual([]);
    expect(liesOf(run.recorder, tenant)).toEqual([]);
  }
});

test('a token that ends during a wait is replaced before the next attempt', async () => {
  let clock = NOW;
  const hourly = await startTenant(tenant, { now: () => clock });
  try {
    // Each throttled batch takes two hours to come back, as far as the clock can tell.
    hourly.faults.add({
      kind: 'status-429-retry-after',
      match: call => {
        const isBatch = call.path === '/v1.0/$batch';
        if (isBatch) clock += 2 * 3_600_000;
        return isBatch;
      },
      times: 3,
      retryAfter: 0,
    });
    const recorder = memoryRecorder();
    const signal = new AbortController().signal;
    const source = await sourceOf(hourly, { connections: 1 });
    await collectGraph(source, recorder, { progress: () => {}, now: () => clock, signal, backoffMs: 1 });
    expect(hourly.requests.filter(({ status }) => status === 401)).toEqual([]);
    expect(hourly.faults.hits()).toBe(3);
    expect(liesOf(recorder, tenant)).toEqual([]);
    expect(gapsOf(recorder)).toEqual(usualGaps);
  } finally {
    await hourly.close();
  }
});

test('every facet that is refused is a gap and the rest is read', async () => {
  const paths: readonly (readonly [string | RegExp, readonly string[]])[] = [
    ['/v1.0/organization', ['cloud.organization']],
    ['/beta/groups', ['cloud.writebackConfiguration']],
    ['/v1.0/directory/deletedItems/microsoft.graph.group', ['cloud.deletedGroups']],
    ['/v1.0/groupSettings', ['cloud.groupSettings']],
    [
      /\/servicePrincipals$/,
      [
        'cloud.appGrants',
        'cloud.jobAssignments',
        'cloud.jobSchema',
        'cloud.jobSettings',
        'cloud.jobs',
        'cloud.provisioningLog',
      ],
    ],
  ];
  for (const [path, facets] of paths) {
    for (const kind of ['status-403', 'status-404', 'status-501'] as const) {
      double.faults.clear();
      double.faults.add({ kind, match: { path }, times: 1000 });
      const run = await collect();
      expect(run.error).toBeUndefined();
      expect(damage(run)).toEqual(facets);
      expect(liesOf(run.recorder, tenant)).toEqual([]);
    }
  }
});

describe('nothing can be read', () => {
  const graphFacets = facetsFrom('graph').length;
  const expectAllGaps = ({ recorder }: Run) => {
    expect(liesOf(recorder, tenant)).toEqual([]);
    expect(gapsOf(recorder)).toHaveLength(graphFacets);
  };

  test.each([
    ['401-expired', /does not accept the token/],
    ['html-200', /does not answer like Microsoft Graph.*text\/html/],
    ['reset-before-headers', /cannot reach 127\.0\.0\.1/],
    ['status-403', /refused or failed every read/],
  ] as const)('%s on everything', async (kind, words) => {
    double.faults.add({ kind, times: 10_000 });
    const run = await collect();
    expect(run.error).toBeInstanceOf(AuditError);
    expect(run.error).toMatchObject({ kind: 'source', message: expect.stringMatching(words) });
    expectAllGaps(run);
  });

  test('an unknown authority, an unused port, another tenant, an end asked for', async () => {
    const untrusted = await collect({ ca: undefined });
    expect(untrusted.error).toMatchObject({ kind: 'source', message: expect.stringMatching(/certificate.*graph\.ca/) });
    expectAllGaps(untrusted);
    const junk = await collect({ ca: 'ca.pem' });
    expect(junk.error).toMatchObject({ kind: 'input', message: expect.stringMatching(/no certificate in PEM/) });
    const nobody = await collect({ endpoint: 'https://127.0.0.1:1' });
    expect(nobody.error).toMatchObject({ kind: 'source', message: expect.stringMatching(/ECONNREFUSED/) });
    const other = await collect({ tenant: '00000000-0000-4000-8000-00000000000f' });
    expect(other.error).toMatchObject({ kind: 'source', message: expect.stringMatching(/tenant/) });
    expectAllGaps(other);
  });
});
