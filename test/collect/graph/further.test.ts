import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type CollectContext, collectGraph } from '../../../src/collect/graph/index.ts';
import type { Journal } from '../../../src/journal/index.ts';
import type { FacetName, TableName } from '../../../src/snapshot/index.ts';
import { type GraphDouble, readPermissions, type TokenRequest } from '../../lab/graph/server.ts';
import type { CloudTenant } from '../../lab/tenant.ts';
import { type MemoryRecorder, memoryRecorder } from '../memory-recorder.ts';
import { NOW, objectGuid, smallTenant, sourceOf, startTenant } from './estate.ts';
import { gapsOf, liesOf, truthOf, usualGaps } from './truth.ts';

const tenant = smallTenant();
let double: GraphDouble;
beforeAll(async () => {
  double = await startTenant(tenant);
});
afterEach(() => double.faults.clear());
afterAll(() => double.close());

const usual: CollectContext = {
  progress: () => {},
  now: () => NOW,
  signal: new AbortController().signal,
  backoffMs: 1,
  logWindowMs: 1,
};

type Setting = { readonly at?: GraphDouble; readonly token?: TokenRequest; readonly context?: Partial<CollectContext> };

async function collect({ at = double, token, context }: Setting = {}): Promise<MemoryRecorder> {
  const recorder = memoryRecorder();
  const secret = { reveal: () => at.token(token), from: 'the test' };
  await collectGraph(await sourceOf(at, { auth: { kind: 'token', token: secret } }), recorder, {
    ...usual,
    ...context,
  });
  return recorder;
}

/** Collects from a tenant that differs from the usual one. */
async function collectFrom(changed: Partial<CloudTenant>, setting: Omit<Setting, 'at'> = {}): Promise<MemoryRecorder> {
  const other = await startTenant({ ...tenant, ...changed });
  try {
    return await collect({ at: other, ...setting });
  } finally {
    await other.close();
  }
}

/** Gaps beside those of every tenant, as `facet` or `facet/object`. */
function gapNames(recorder: MemoryRecorder): readonly string[] {
  return recorder.coverage
    .filter(line => !line.complete && !usualGaps.includes(line.facet))
    .filter(line => !/synced|Exchange manages|Microsoft 365 groups only/.test(line.reason ?? ''))
    .map(({ facet, object }) => (object === '' ? facet : `${facet}/${object}`))
    .sort();
}

const reason = (recorder: MemoryRecorder, facet: FacetName, object?: string) =>
  recorder.covered(facet, object)?.reason ?? '';

test('every table gets rows, and all that is said of them is true', async () => {
  const recorder = await collect();
  const tables: readonly TableName[] = [
    ...(['cloud_owner', 'cloud_error', 'cloud_mail_setting', 'cloud_role_assignment', 'cloud_eligibility'] as const),
    ...(['cloud_pim_rule', 'cloud_app_grant', 'cloud_job_assignment', 'cloud_job_mapping', 'cloud_domain'] as const),
    ...(['cloud_provisioning_event', 'cloud_audit_event', 'cloud_log_window', 'cloud_licence'] as const),
  ];
  expect(tables.filter(table => recorder.rows(table).length === 0)).toEqual([]);
  expect(gapsOf(recorder)).toEqual(usualGaps);
  expect(liesOf(recorder, tenant)).toEqual([]);
});

test('groups and jobs have their new columns', async () => {
  const recorder = await collect();
  expect(recorder.rows('cloud_group').find(({ id }) => id === objectGuid(2, 6))).toMatchObject({
    expiration: Date.parse('2026-12-01T00:00:00Z'),
    renewed: Date.parse('2026-06-01T00:00:00Z'),
    extension_attributes: ['extensionAttribute10', 'extensionAttribute2'],
  });
  const [first, second] = recorder.rows('cloud_job');
  expect(first).toMatchObject({
    scope_filter: '{"categoryFilterGroups":[],"groups":[{"clauses":[],"name":"Security groups"}]}',
    target_domain: 'contoso.com',
    sync_all: false,
    accidental_delete_enabled: true,
    accidental_delete_threshold: 50,
    escrows_pruned: false,
  });
  expect(second).toMatchObject({ scope_filter: null, sync_all: true });
});

describe('what applications do not get', () => {
  test('agents and the configuration of the synchronization: a gap that says so', async () => {
    const recorder = await collect();
    for (const facet of ['cloud.agents', 'cloud.syncConfiguration'] as const)
      expect(reason(recorder, facet)).toMatch(/does not let applications read/);
    expect(reason(recorder, 'cloud.lifecyclePolicies')).toMatch(/needs Directory\.Read\.All/);
  });

  test('they are read with the token of a person, and policies with Directory.Read.All', async () => {
    const configuration = {
      accidentalDeletionPrevention: { synchronizationPreventionType: 'enabledForCount', alertThreshold: 500 },
      writebackConfiguration: { unifiedGroupContainer: 'OU=Groups,DC=contoso,DC=com', userContainer: null },
      synchronizationClientVersion: '2.5.76.0',
      synchronizationInterval: 'PT30M',
      customerRequestedSynchronizationInterval: null,
      currentExportData: { pendingObjectsAddition: 3, pendingObjectsDeletion: 1, pendingLinksDeletion: 7 },
    } as const;
    const machine = { machineName: 'sync1.contoso.com', externalIp: '192.0.2.1', supportedPublishingTypes: [] };
    const changed = {
      agents: [{ id: objectGuid(13, 1), status: 'active', ...machine } as const],
      onPremisesSynchronization: { id: tenant.tenantId, configuration, features: {} },
    };
    const scp = [...readPermissions, 'Directory.Read.All', 'Policy.Read.HybridAuthentication'];
    const token = { scp: [...scp, 'OnPremDirectorySynchronization.Read.All'].join(' ') };
    const recorder = await collectFrom(changed, { token });
    expect(gapsOf(recorder)).toEqual([]);
    expect(recorder.rows('cloud_agent')).toEqual([
      { id: objectGuid(13, 1), machine_name: 'sync1.contoso.com', status: 'active', version: null },
    ]);
    expect(recorder.rows('cloud_sync_configuration')).toEqual([
      {
        id: tenant.tenantId,
        client_version: '2.5.76.0',
        interval_seconds: 1800,
        requested_interval_seconds: null,
        writeback_container: 'OU=Groups,DC=contoso,DC=com',
        user_container: null,
        prevention_type: 'enabledForCount',
        alert_threshold: 500,
        pending_adds: 3,
        pending_updates: null,
        pending_deletes: 1,
        pending_link_adds: null,
        pending_link_deletes: 7,
      },
    ]);
    expect(recorder.rows('cloud_lifecycle_policy')).toEqual(truthOf(tenant).cloud_lifecycle_policy);
  });
});

const [one, two] = tenant.jobs.map(({ job }) => job.id);

/** Per path that is refused: what is lost, and nothing else. */
const refusals: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ['groups and their errors', /^\/v1\.0\/groups$/, ['cloud.errors', 'cloud.groups', 'cloud.sourceOfAuthority']],
  ['definitions of roles', /^\/beta\/roleManagement\/directory\/roleDefinitions$/, ['cloud.roles']],
  ['role assignments', /\/directory\/roleAssignments$/, ['cloud.roles']],
  ['role eligibilities', /\/directory\/roleEligibilityScheduleInstances$/, ['cloud.roles']],
  [
    'assignments of applications',
    /\/appRoleAssignedTo$/,
    ['cloud.appGrants', `cloud.jobAssignments/${one}`, `cloud.jobAssignments/${two}`],
  ],
  ['settings of jobs', /\/synchronization\/secrets$/, [`cloud.jobSettings/${one}`, `cloud.jobSettings/${two}`]],
  ['the provisioning log', /\/auditLogs\/provisioning$/, ['cloud.provisioningLog']],
  ['the audit log', /\/auditLogs\/directoryAudits$/, ['cloud.auditLog']],
  ['domains', /\/domains$/, ['cloud.domains']],
  ['licences', /\/subscribedSkus$/, ['cloud.licences']],
];

describe('a refusal', () => {
  test.each(refusals)('of %s', async (_, path, facets) => {
    double.faults.add({ kind: 'status-403', match: { path }, times: 1000 });
    const recorder = await collect();
    const without = new Set(tenant.groups.map(({ id }) => id));
    const lost = gapNames(recorder).filter(name => !without.has(name.split('/')[1] ?? ''));
    const dependent = new Set(
      path.test('/v1.0/groups') ? ['cloud.members', 'cloud.owners', 'cloud.mailSettings', 'cloud.eligibility'] : [],
    );
    expect(lost.filter(name => !dependent.has(name))).toEqual(facets);
    for (const name of facets)
      expect(reason(recorder, name.split('/')[0] as FacetName, name.split('/')[1])).toMatch(/403/);
    expect(liesOf(recorder, tenant)).toEqual([]);
  });

  test.each([
    ['cloud.owners', /\/owners$/],
    ['cloud.mailSettings', /^\/v1\.0\/groups\/[^/]+$/],
    ['cloud.eligibility', /eligibilityScheduleInstances$/],
    ['cloud.eligibility', /roleManagementPolicyAssignments$/],
  ] as const)('of one group is a gap of that group alone: %s', async (facet, path) => {
    double.faults.add({ kind: 'inner-403', inner: true, match: { path } });
    const recorder = await collect();
    expect(gapNames(recorder)).toEqual([expect.stringMatching(new RegExp(`^${facet}/[0-9a-f-]{36}$`))]);
    expect(liesOf(recorder, tenant)).toEqual([]);
  });
});

describe('a list that was cut short', () => {
  const lists = [
    ['cloud.errors', /^\/v1\.0\/users$/, /onPremisesProvisioningErrors/],
    ['cloud.roles', /\/roleAssignments$/, /./],
    ['cloud.appGrants', /\/appRoleAssignedTo$/, /./],
  ] as const;

  test.each(lists)('once is read again: %s', async (_, path, query) => {
    const record = double.faults.add({ kind: 'missing-nextlink', match: { path, query } });
    const recorder = await collect();
    expect(record.hits()).toBe(1);
    expect(gapNames(recorder)).toEqual([]);
    expect(liesOf(recorder, tenant)).toEqual([]);
  });

  test('owners that end too early are held against their count', async () => {
    const group = objectGuid(2, 4);
    const path = `/beta/groups/${group}/owners`;
    double.faults.add({ kind: 'missing-nextlink', inner: true, match: { path }, times: 1000 });
    const recorder = await collect();
    expect(gapNames(recorder)).toEqual([`cloud.owners/${group}`]);
    expect(reason(recorder, 'cloud.owners', group)).toMatch(/list of owners ended at 7, where 8 are counted/);
    expect(liesOf(recorder, tenant)).toEqual([]);
  });

  test('those eligible are read until two readings agree', async () => {
    const path = /eligibilityScheduleInstances$/;
    const record = double.faults.add({ kind: 'missing-nextlink', inner: true, match: { path } });
    const recorder = await collect();
    expect(record.hits()).toBe(1);
    expect(liesOf(recorder, tenant)).toEqual([]);
    expect(gapNames(recorder)).toEqual([]);
  });
});

describe('values that are not as documented', () => {
  const odd = <T>(value: unknown) => value as T;
  const [assignment] = tenant.roleAssignments ?? [];
  const [audit] = tenant.directoryAudits ?? [];
  const [event] = tenant.provisioningEvents ?? [];
  const [grant] = tenant.appGrants ?? [];
  const cases: readonly (readonly [FacetName, string, Partial<CloudTenant>])[] = [
    ['cloud.roles', 'principalId of role-0', { roleAssignments: [odd({ ...assignment, principalId: 'me' })] }],
    [
      'cloud.roles',
      'definition of its role',
      { roleAssignments: [odd({ ...assignment, roleDefinitionId: objectGuid(9, 9) })] },
    ],
    [
      'cloud.auditLog',
      'targetResources of Directory_1 is missing',
      { directoryAudits: [odd({ ...audit, targetResources: [] })] },
    ],
    [
      'cloud.provisioningLog',
      'jobId',
      { provisioningEvents: [odd({ ...event, jobId: one, provisioningStatusInfo: 'fine' })] },
    ],
    ['cloud.appGrants', 'appRoleId of grant-0', { appGrants: [odd({ ...grant, appRoleId: 'Group.ReadWrite.All' })] }],
    ['cloud.domains', 'isVerified of odd.test', { domains: [odd({ id: 'odd.test', isVerified: 'yes' })] }],
    [
      'cloud.errors',
      'onPremisesProvisioningErrors',
      { groups: tenant.groups.map(group => odd({ ...group, onPremisesProvisioningErrors: 'none' })) },
    ],
  ];
  test.each(cases.map(each => [each[0], each[1], each[2]] as const))('%s: %s', async (facet, words, changed) => {
    const recorder = await collectFrom(changed);
    expect(gapNames(recorder)).toEqual([facet]);
    const expected = facet === 'cloud.provisioningLog' ? 'provisioningStatusInfo' : words;
    expect(reason(recorder, facet)).toContain(expected);
  });

  test('of one group or one job are gaps of that object', async () => {
    const groups = tenant.groups.map(group =>
      group.id === objectGuid(2, 2) ? odd<typeof group>({ ...group, hideFromAddressLists: 'no' }) : group,
    );
    const jobs = tenant.jobs.map((job, index) =>
      index === 0 ? { ...job, secrets: [{ key: 'SyncNotificationSettings', value: '{"DeleteThresholdValue":' }] } : job,
    );
    const groupEligibilities = (tenant.groupEligibilities ?? []).map(each =>
      odd<typeof each>({ ...each, principalId: null }),
    );
    const recorder = await collectFrom({ groups, jobs, groupEligibilities });
    expect(gapNames(recorder)).toEqual([
      `cloud.eligibility/${objectGuid(2, 4)}`,
      `cloud.eligibility/${objectGuid(2, 6)}`,
      `cloud.jobSettings/${one}`,
      `cloud.mailSettings/${objectGuid(2, 2)}`,
    ]);
    expect(recorder.rows('cloud_job').find(({ id }) => id === one)).toMatchObject({ accidental_delete_enabled: null });
  });

  test('an attribute that is mapped twice is a gap of its job', async () => {
    const twice = <T extends { readonly attributeMappings: readonly unknown[] }>(mapping: T) => ({
      ...mapping,
      attributeMappings: [...mapping.attributeMappings, ...mapping.attributeMappings.slice(0, 1)],
    });
    const jobs = tenant.jobs.map((job, index) => {
      const synchronizationRules = job.schema.synchronizationRules.map(rule => ({
        ...rule,
        objectMappings: rule.objectMappings.map(mapping => (index === 1 ? twice(mapping) : mapping)),
      }));
      return { ...job, schema: { ...job.schema, synchronizationRules } };
    });
    const recorder = await collectFrom({ jobs });
    expect(gapNames(recorder)).toEqual([`cloud.jobSchema/${two}`]);
  });
});

describe('logs', () => {
  const days = (recorder: MemoryRecorder) =>
    recorder.rows('cloud_log_window').map(({ log, since, until }) => [log, (until - since) / 86_400_000]);

  test('speak for as long as the licence keeps them, and for no longer', async () => {
    expect(days(await collect())).toEqual(
      expect.arrayContaining([
        ['audit', 29],
        ['provisioning', 29],
      ]),
    );
    const free = await collectFrom({ subscribedSkus: [] });
    expect(days(free)).toEqual(
      expect.arrayContaining([
        ['audit', 6],
        ['provisioning', 6],
      ]),
    );
    expect(free.rows('cloud_audit_event').every(({ at }) => at >= NOW - 7 * 86_400_000)).toBe(true);
    const unknown = await collect({
      token: { roles: readPermissions.filter(name => name !== 'Organization.Read.All') },
    });
    expect(days(unknown)).toEqual(
      expect.arrayContaining([
        ['audit', 6],
        ['provisioning', 6],
      ]),
    );
  });

  test('are asked no oftener than they answer, retries included', async () => {
    const window = 1500;
    const busy = await startTenant(tenant, { now: Date.now, logLimit: { most: 5, windowMs: window } });
    try {
      const path = /^\/v1\.0\/auditLogs\//;
      const broken = busy.faults.add({ kind: 'status-500', match: { path }, times: 4 });
      await collect({ at: busy, context: { now: Date.now, logWindowMs: window + 20 } });
      expect(broken.hits()).toBe(4);
      const asked = busy.requests.filter(request => path.test(request.path));
      expect(asked.length).toBeGreaterThanOrEqual(8);
      expect(asked.filter(({ status }) => status === 429)).toEqual([]);
    } finally {
      await busy.close();
    }
  });

  test('are asked for what matters only: one filter for all activities, one for all jobs', async () => {
    const before = double.requests.length;
    await collect();
    const asked = double.requests
      .slice(before)
      .filter(({ path }) => path.startsWith('/v1.0/auditLogs/'))
      .map(({ path, search }) => `${path} ${new URLSearchParams(search).get('$filter') ?? 'all'}`);
    expect(new Set(asked).size).toBe(2);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(asked.find(text => text.includes('directoryAudits'))).toMatch(
      /activityDateTime ge \S+Z and activityDateTime le \S+Z and \(/,
    );
    expect(asked.find(text => text.includes('provisioning'))).toContain(`(jobId eq '${one}' or jobId eq '${two}')`);
  });

  test('what members do in groups of AD is left out, what changes the authority of any group is not', async () => {
    const recorder = await collect();
    const events = recorder.rows('cloud_audit_event');
    expect(events.map(({ id }) => id).sort()).toEqual([
      'Authority_6',
      'Authority_7',
      'Directory_1',
      'Directory_2',
      'Directory_3',
    ]);
    expect(events.find(({ id }) => id === 'Directory_3')).toMatchObject({
      group_id: objectGuid(2, 6),
      member_id: objectGuid(2, 3),
      actor_kind: 'app',
      actor_name: 'Robot',
    });
  });
});

test('in groups synced from AD nobody can be eligible, and that is known without asking', async () => {
  const recorder = await collect();
  const synced = tenant.groups.filter(group => group.onPremisesSyncEnabled === true && group.isCloudManaged !== true);
  expect(synced.length).toBeGreaterThan(0);
  const withheld = recorder.coverage.filter(({ facet, complete }) => facet === 'cloud.eligibility' && !complete);
  expect(withheld).toEqual([]);
  expect(recorder.covered('cloud.owners', synced[0]?.id)?.complete).toBe(false);
});

test('without a licence for Privileged Identity Management nobody is eligible, and that is known', async () => {
  const changed = { pimLicensed: false, groupEligibilities: [] };
  const recorder = await collectFrom(changed);
  expect(gapNames(recorder)).toEqual([]);
  expect(recorder.rows('cloud_role_assignment').map(({ assignment }) => assignment)).not.toContain('eligible');
  expect(recorder.rows('cloud_eligibility')).toEqual([]);
  expect(liesOf(recorder, { ...tenant, ...changed })).toEqual([]);
});

test('secrets that lie beside the settings of a job are kept nowhere', async () => {
  const kept: string[] = [];
  const journal: Journal = {
    resuming: false,
    ask: question => ({
      recall: async () => undefined,
      keep: async content => void kept.push(question, Buffer.from(content).toString()),
    }),
  };
  const recorder = await collect({ context: { journal } });
  expect(kept.length).toBeGreaterThan(20);
  expect(JSON.stringify([kept, [...recorder.tables], recorder.coverage, recorder.queries])).not.toContain('hunter2');
});

test('an interrupted run is not asked again for what it was given, and says the same', async () => {
  const kept = new Map<string, Buffer>();
  const journal = (resuming: boolean): Journal => {
    const times = new Map<string, number>();
    return {
      resuming,
      ask: question => {
        const time = (times.get(question) ?? 0) + 1;
        times.set(question, time);
        const key = `${time} ${question}`;
        return {
          recall: async () => {
            const content = resuming ? kept.get(key) : undefined;
            return content && { at: NOW, content };
          },
          keep: async content => void kept.set(key, Buffer.from(content)),
        };
      },
    };
  };
  const first = await collect({ context: { journal: journal(false) } });
  const before = double.requests.length;
  const second = await collect({ context: { journal: journal(true) } });
  const paths = new Set(double.requests.slice(before).map(({ path }) => path));
  // The first contact, secrets, and what was refused.
  const anew = /\/(organization|secrets|agents|onPremisesSynchronization|groupLifecyclePolicies)$/;
  expect([...paths].filter(path => !anew.test(path))).toEqual([]);
  for (const [table, rows] of first.tables) expect(second.tables.get(table)?.length).toBe(rows.length);
  expect(liesOf(second, tenant)).toEqual([]);
});

test('a collection for few facets asks for nothing else', async () => {
  const before = double.requests.length;
  const asked = new Set<FacetName>(['cloud.organization', 'cloud.domains']);
  const recorder = await collect({ context: { asked } });
  expect([...new Set(double.requests.slice(before).map(({ path }) => path))].sort()).toEqual([
    '/v1.0/domains',
    '/v1.0/organization',
  ]);
  expect(recorder.rows('cloud_domain')).toHaveLength(2);
  expect(reason(recorder, 'cloud.auditLog')).toMatch(/not asked for/);
});
