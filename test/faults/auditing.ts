import { createHash } from 'node:crypto';
import { audit } from '../../src/audit.ts';
import { model } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import {
  type FacetName,
  facets,
  memorySnapshots,
  openSnapshot,
  type Snapshot,
  type TableRows,
} from '../../src/snapshot/index.ts';
import type { MemoryRecorder } from '../collect/memory-recorder.ts';
import { compare } from '../evaluate/comparing.ts';
import { judgesOf, loadInvariants, type Verdicts, verdictsOf } from '../evaluate/judging.ts';
import { coverageRow } from '../evaluate/world.ts';

/** Audits what was collected by the shipped policies, and holds the verdicts against those on the truth. */
export type Auditor = {
  /** Each violation that was invented, and each that went without a word. Equal worlds are judged once. */
  readonly breaches: (seen: TableRows, truth: TableRows) => Promise<readonly string[]>;
  /** The same for a snapshot on disk that holds what was seen, and each finding that an audit of it invents. */
  readonly breachesAt: (path: string, seen: TableRows, truth: TableRows) => Promise<readonly string[]>;
  /** How many different worlds were judged. */
  readonly judged: () => number;
  readonly close: () => Promise<void>;
};

const FLAVOURS = ['connect-v1', 'cloud-sync'] as const;
const AT = '2026-08-22T09:00:00Z';
const AS_OF = '2026-08-22T12:00:00Z';

// What is said of a reading is said of that reading, whatever became of another.
const ofReadings = new Set(['readings', 'domainReadings', 'snapshots']);
const isOfDirectories = (population: string) => !ofReadings.has(population);

/** Everything as one snapshot: AD from one recorder, the cloud from another or the same. */
export function joined(ad: MemoryRecorder, cloud: MemoryRecorder): TableRows {
  const tables = [
    ...[...ad.tables].filter(([name]) => name.startsWith('ad_')),
    ...[...cloud.tables].filter(([name]) => name.startsWith('cloud_')),
  ];
  const sourceOf = (facet: FacetName) => facets[facet].source;
  const told = [
    ...ad.coverage.filter(({ facet }) => sourceOf(facet) === 'ad'),
    ...cloud.coverage.filter(({ facet }) => sourceOf(facet) === 'graph'),
  ];
  const withheld = (Object.keys(facets) as FacetName[]).filter(name => 'withheld' in facets[name]);
  return {
    ...Object.fromEntries(tables),
    scope_flavour: FLAVOURS.map(flavour => ({ flavour })),
    coverage: [
      ...told.map(({ facet, object, complete }) => coverageRow(facet, object, complete)),
      ...withheld.map(facet => coverageRow(facet, '', true)),
    ],
  };
}

/** Loads the shipped policies and opens a database for snapshots in memory. */
export async function openAuditor(): Promise<Auditor> {
  const judges = judgesOf(loadInvariants(['policies']).filter(({ invariant }) => isOfDirectories(invariant.over)));
  const snapshots = await memorySnapshots();
  const known = new Map<string, Promise<Verdicts>>();
  const verdictsOn = (world: TableRows): Promise<Verdicts> => {
    const digest = digestOf(world);
    const verdicts = known.get(digest) ?? judge(world);
    known.set(digest, verdicts);
    return verdicts;
  };
  const opened = (world: TableRows): Promise<Snapshot> =>
    snapshots.open(world, { scope: { flavours: FLAVOURS, containers: [] }, start: AT, end: AT });
  const judge = async (world: TableRows): Promise<Verdicts> => verdictsOf(await opened(world), judges);
  const policies = loadPolicies({
    paths: ['policies'],
    cwd: process.cwd(),
    params: {},
    model,
    asOf: Date.parse(AS_OF),
  });
  const audited = new Set<string>();
  const real = new Map<TableRows, ReadonlySet<string>>();
  const failures = async (snapshot: Snapshot): Promise<ReadonlySet<string>> => {
    const { result } = await audit({
      ...{
        snapshot,
        policies,
        tool: { name: 'tallystick', version: 'test' },
        asOf: AS_OF,
        failOn: 'high',
        maxUnknown: 0,
      },
      acceptUnknown: [],
    });
    const overOf = (id: string) => policies.compiled.get(id)?.invariant.over ?? '';
    const failed = result.findings.filter(
      ({ verdict, invariant }) => verdict === 'fail' && isOfDirectories(overOf(invariant)),
    );
    return new Set(failed.map(({ invariant, subject }) => `${invariant} of ${subject.key}`));
  };
  const breaches = async (seen: TableRows, truth: TableRows) =>
    compare(judges, await verdictsOn(truth), await verdictsOn(seen)).map(
      ({ rule, invariant, subject, what }) => `${invariant} of ${subject}: ${what} (rule ${rule})`,
    );
  return {
    breaches,
    breachesAt: async (path, seen, truth) => {
      const told = await breaches(seen, truth);
      const digest = digestOf(seen);
      if (audited.has(digest)) return told;
      audited.add(digest);
      const known = real.get(truth) ?? (await failures(await opened(truth)));
      real.set(truth, known);
      const snapshot = await openSnapshot(path, { threads: 1 });
      const invented = [...(await failures(snapshot).finally(() => snapshot.close()))].filter(name => !known.has(name));
      return [...told, ...invented.map(name => `${name} is a finding that is not so`)];
    },
    judged: () => known.size,
    close: snapshots.close,
  };
}

function digestOf(world: TableRows): string {
  const hash = createHash('sha256');
  for (const [name, rows] of Object.entries(world).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(
      `${name}\n${rows
        .map(row => JSON.stringify(row))
        .sort()
        .join('\n')}\n`,
    );
  return hash.digest('base64');
}
