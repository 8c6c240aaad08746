// One collection of the Graph benchmark, in a process of its own: gets a job through its IPC channel, sends what it measured.
import { cpuUsage, exit, resourceUsage } from 'node:process';
import { collectGraph } from '../../src/collect/graph/index.ts';
import type { MemberMode } from '../../src/config/index.ts';
import { createSnapshot, openSnapshot } from '../../src/snapshot/index.ts';
import type { Ready } from './graph-double.ts';
import { expectedOf, guidOf, type TenantSize } from './graph-tenant.ts';

/** What to collect, and where the snapshot goes. */
export type Job = Ready & {
  readonly mode: MemberMode;
  readonly connections: number;
  readonly size: TenantSize;
  readonly directory: string;
};

/** What a collection took; `wrong` is empty when every membership was read and nothing else. */
export type Measured = {
  readonly collectSeconds: number;
  readonly sealSeconds: number;
  readonly cpuSeconds: number;
  /** Peak until the snapshot is written, and in all. */
  readonly collectRssMb: number;
  readonly peakRssMb: number;
  readonly memberships: number;
  readonly wrong: readonly string[];
};

process.on('message', (job: Job) => {
  measure(job).then(
    measured => process.send?.(measured, () => exit()),
    (thrown: unknown) => {
      process.stderr.write(`${String(thrown)}\n`);
      exit(1);
    },
  );
});

async function measure(job: Job): Promise<Measured> {
  const draft = await createSnapshot({
    directory: job.directory,
    start: new Date().toISOString(),
    version: 'bench',
    scope: { flavours: [], containers: [] },
    memory: '400MB',
  });
  const begun = performance.now();
  await collectGraph(
    {
      tenant: job.tenant,
      cloud: 'global',
      endpoint: job.endpoint,
      authority: job.endpoint,
      ca: job.ca,
      auth: { kind: 'token', token: { reveal: () => job.token, from: 'the benchmark' } },
      deadlineMs: 3_600_000,
      attemptTimeoutMs: 100_000,
      connections: job.connections,
      tenantClass: undefined,
      members: job.mode,
    },
    draft,
    { progress: () => {}, now: Date.now, signal: new AbortController().signal },
  );
  const collected = performance.now();
  const collectRssMb = Math.round(resourceUsage().maxRSS / 1024);
  const { path } = await draft.finish(new Date().toISOString());
  const ended = performance.now();
  const peakRssMb = Math.round(resourceUsage().maxRSS / 1024);
  const { user, system } = cpuUsage();
  return {
    collectSeconds: Math.round((collected - begun) / 100) / 10,
    sealSeconds: Math.round((ended - collected) / 100) / 10,
    cpuSeconds: Math.round((user + system) / 1e6),
    collectRssMb,
    peakRssMb,
    ...(await judge(path, job.size)),
  };
}

/** Of these every collection by an application has a gap; the last needs Directory.Read.All. */
const NOT_FOR_APPLICATIONS = new Set(
  ['onPremisesSynchronization', 'syncConfiguration', 'agents', 'lifecyclePolicies'].map(name => `cloud.${name}`),
);

/** Holds the snapshot against the arithmetic of the tenant, outside what is measured. */
async function judge(path: string, size: TenantSize): Promise<Pick<Measured, 'memberships' | 'wrong'>> {
  const snapshot = await openSnapshot(path);
  try {
    const wrong: string[] = [];
    const gaps = await snapshot.rows('SELECT facet, object FROM coverage WHERE NOT complete LIMIT 20');
    for (const { facet, object } of gaps)
      if (String(facet).startsWith('cloud.') && !NOT_FOR_APPLICATIONS.has(String(facet)))
        wrong.push(`gap: ${String(facet)} ${String(object)}`);
    const rows = await snapshot.rows(
      `SELECT group_id::VARCHAR AS id, count(*)::DOUBLE AS size, sum(('0x' || right(member_id::VARCHAR, 12))::BIGINT)::DOUBLE AS sum
       FROM cloud_member WHERE kind = 'user' GROUP BY 1`,
    );
    const found = new Map(rows.map(row => [String(row.id), row]));
    let memberships = 0;
    for (let group = 0; group < size.groups; group++) {
      const want = expectedOf(group, size);
      const got = found.get(guidOf('group', group));
      memberships += Number(got?.size ?? 0);
      if (Number(got?.size ?? 0) !== want.size || Number(got?.sum ?? 0) !== want.sum)
        wrong.push(`group ${group}: ${String(got?.size ?? 0)} of ${want.size} members`);
    }
    const total = (await snapshot.rows('SELECT count(*)::DOUBLE AS n FROM cloud_member'))[0]?.n;
    if (Number(total) !== memberships)
      wrong.push(`${String(total)} memberships in all, ${memberships} of known groups`);
    return { memberships, wrong: wrong.slice(0, 10) };
  } finally {
    await snapshot.close();
  }
}
