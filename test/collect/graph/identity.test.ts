import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type CollectContext, collectGraph } from '../../../src/collect/graph/index.ts';
import { type GraphDouble, readPermissions, type TokenRequest } from '../../lab/graph/server.ts';
import { type MemoryRecorder, memoryRecorder } from '../memory-recorder.ts';
import { NOW, objectGuid, smallTenant, sourceOf, startTenant } from './estate.ts';
import { gapsOf, liesOf, usualGaps } from './truth.ts';

const tenant = smallTenant();
const HIDDEN = objectGuid(2, 12);
const APP = '5a7e1a55-0000-4000-8000-0000000000aa';
const SECRET = 'tr0ub4dor-and-3';
let double: GraphDouble;
beforeAll(async () => {
  double = await startTenant(tenant, { clientSecret: SECRET });
});
afterEach(() => double.faults.clear());
afterAll(() => double.close());

const context: CollectContext = {
  progress: () => {},
  now: () => NOW,
  signal: new AbortController().signal,
  backoffMs: 1,
};

async function collectWith(request: TokenRequest): Promise<MemoryRecorder> {
  const recorder = memoryRecorder();
  const token = { reveal: () => double.token(request), from: 'the test' };
  await collectGraph(await sourceOf(double, { auth: { kind: 'token', token } }), recorder, context);
  return recorder;
}

const without = (...rights: string[]) => readPermissions.filter(right => !rights.includes(right));

describe('what the token may not see', () => {
  test.each([
    ['without Member.Read.Hidden', { roles: without('Member.Read.Hidden') }, /lacks Member\.Read\.Hidden/],
    ['with an opaque token', { opaque: true, roles: without('Member.Read.Hidden') }, /does not tell/],
  ] as const)('a hidden membership is a gap, never empty: %s', async (_, request, words) => {
    const recorder = await collectWith(request);
    expect(recorder.covered('cloud.members', HIDDEN)).toMatchObject({
      complete: false,
      reason: expect.stringMatching(words),
    });
    expect(recorder.rows('cloud_member').filter(row => row.group_id === HIDDEN)).toEqual([]);
    expect(liesOf(recorder, tenant)).toEqual([]);
  });

  test('a hidden membership is read with the right to', async () => {
    const recorder = await collectWith({});
    expect(recorder.covered('cloud.members', HIDDEN)).toBeUndefined();
    expect(recorder.rows('cloud_member').some(row => row.group_id === HIDDEN)).toBe(true);
  });

  test.each([
    ['User.Read.All', ['cloud.errors', 'cloud.users']],
    ['GroupSettings.Read.All', ['cloud.groupSettings']],
    [
      'Application.Read.All',
      [
        'cloud.appGrants',
        'cloud.jobAssignments',
        'cloud.jobSchema',
        'cloud.jobSettings',
        'cloud.jobs',
        'cloud.provisioningLog',
      ],
    ],
    ['Organization.Read.All', ['cloud.licences', 'cloud.organization']],
    [
      'Synchronization.Read.All',
      ['cloud.jobAssignments', 'cloud.jobSchema', 'cloud.jobSettings', 'cloud.jobs', 'cloud.provisioningLog'],
    ],
    ['AuditLog.Read.All', ['cloud.auditLog']],
    ['RoleManagement.Read.Directory', ['cloud.roles']],
    ['PrivilegedEligibilitySchedule.Read.AzureADGroup', ['cloud.eligibility']],
    ['Domain.Read.All', ['cloud.domains']],
  ])('without %s', async (right, facets) => {
    const recorder = await collectWith({ roles: without(right) });
    expect(gapsOf(recorder).filter(facet => !usualGaps.includes(facet))).toEqual(facets);
    expect(recorder.covered('cloud.users')?.reason ?? right).toContain(right === 'User.Read.All' ? right : '');
    expect(liesOf(recorder, tenant)).toEqual([]);
  });

  test('no right at all is a failure that says so', async () => {
    await expect(collectWith({ roles: [] })).rejects.toMatchObject({
      kind: 'source',
      message: expect.stringMatching(/Group\.Read\.All/),
    });
  });

  test('writeback features are read where they are given, and the identity is on record', async () => {
    const features = { unifiedGroupWritebackEnabled: true, groupWriteBackEnabled: false, odd: null };
    const configuration = {
      accidentalDeletionPrevention: { synchronizationPreventionType: 'disabled', alertThreshold: null },
    } as const;
    const open = { ...tenant, onPremisesSynchronization: { id: tenant.tenantId, configuration, features } };
    const other = await startTenant(open);
    try {
      const recorder = memoryRecorder();
      const roles = [...readPermissions, 'OnPremDirectorySynchronization.Read.All'];
      const token = { reveal: () => other.token({ roles, appId: objectGuid(8, 77) }), from: 'the test' };
      await collectGraph(await sourceOf(other, { auth: { kind: 'token', token } }), recorder, {
        ...context,
        now: () => NOW - 5000,
      });
      expect(gapsOf(recorder)).toEqual(['cloud.agents', 'cloud.lifecyclePolicies']);
      expect(liesOf(recorder, open)).toEqual([]);
      expect(recorder.sources).toEqual([
        expect.objectContaining({
          endpoint: other.endpoint,
          identity: objectGuid(8, 77),
          clockSkewMs: 5000,
          server: { tenant: tenant.tenantId, cloud: 'global', permissions: [...roles].sort() },
        }),
      ]);
    } finally {
      await other.close();
    }
  });
});

describe('sign-in', () => {
  test('a token that ends during the run is replaced once for all, and none shows up anywhere', async () => {
    const recorder = memoryRecorder();
    const shown: string[] = [];
    const token = {
      reveal: () => {
        shown.push(double.token({ appId: objectGuid(8, shown.length) }));
        return shown.at(-1) ?? '';
      },
      from: 'the test',
    };
    let revoked = false;
    await collectGraph(await sourceOf(double, { auth: { kind: 'token', token } }), recorder, {
      ...context,
      progress: () => {
        if (!revoked) double.revokeTokens();
        revoked = true;
      },
    });
    expect(revoked).toBe(true);
    expect(shown).toHaveLength(2);
    expect(liesOf(recorder, tenant)).toEqual([]);
    expect(gapsOf(recorder)).toEqual(usualGaps);
    const record = JSON.stringify([recorder.coverage, recorder.queries, recorder.sources]);
    for (const secret of shown) expect(record).not.toContain(secret.slice(0, 20));
  });

  async function signIn(secretText: string): Promise<MemoryRecorder> {
    const recorder = memoryRecorder();
    const secret = { reveal: () => secretText, from: 'the test' };
    const auth = { kind: 'client-secret', clientId: APP, secret } as const;
    await collectGraph(await sourceOf(double, { auth }), recorder, context);
    return recorder;
  }

  test('with a client secret, through the token endpoint', async () => {
    const recorder = await signIn(SECRET);
    expect(liesOf(recorder, tenant)).toEqual([]);
    expect(recorder.sources).toEqual([expect.objectContaining({ identity: APP })]);
    expect(JSON.stringify([recorder.coverage, recorder.queries, recorder.sources])).not.toContain(SECRET);
  });

  test('with a wrong one: one sentence, no secret', async () => {
    const words =
      /^cannot sign in at 127\.0\.0\.1:\d+ with client-secret: the client secret is wrong: [^\n]* \(AADSTS7000215\)$/;
    await expect(signIn('wrong-0123456789')).rejects.toMatchObject({
      kind: 'source',
      message: expect.stringMatching(words),
    });
  });
});

describe('the end of a run', () => {
  test('a stop ends it soon, with every facet closed', async () => {
    const recorder = memoryRecorder();
    const stop = new AbortController();
    double.faults.add({ kind: 'hang', match: { path: '/v1.0/users' }, times: 100 });
    const source = await sourceOf(double, { attemptTimeoutMs: 20_000 });
    const begun = performance.now();
    const progress = () => setTimeout(() => stop.abort(), 50);
    await expect(collectGraph(source, recorder, { ...context, progress, signal: stop.signal })).rejects.toMatchObject({
      kind: 'source',
      message: expect.stringMatching(/stopped/),
    });
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(recorder.covered('cloud.users')).toMatchObject({ complete: false });
    expect(liesOf(recorder, tenant)).toEqual([]);
  });

  test('a recorder that fails ends it with its own error', async () => {
    const recorder = memoryRecorder();
    const full = new RangeError('no space left');
    const failing = {
      ...recorder,
      add: async () => {
        throw full;
      },
    };
    await expect(collectGraph(await sourceOf(double), failing, context)).rejects.toBe(full);
    expect(gapsOf(recorder).length).toBeGreaterThan(5);
  });

  test('a throttled tenant is read whole, slower', async () => {
    const throttled = await startTenant(tenant, { quota: 300, now: Date.now });
    try {
      const recorder = memoryRecorder();
      await collectGraph(await sourceOf(throttled), recorder, { ...context, now: Date.now });
      expect(throttled.requests.some(request => request.status === 429)).toBe(true);
      expect(liesOf(recorder, tenant, Date.now())).toEqual([]);
      expect(gapsOf(recorder)).toEqual(usualGaps);
    } finally {
      await throttled.close();
    }
  });
});
