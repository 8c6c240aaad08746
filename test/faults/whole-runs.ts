import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditError } from '../../src/base/index.ts';
import { readSources } from '../../src/cli/sources.ts';
import type { Config } from '../../src/config/index.ts';
import { noJournal } from '../../src/journal/index.ts';
import {
  createSnapshot,
  type Part,
  type SnapshotDraft,
  type TableName,
  type TableRows,
  verifySnapshot,
} from '../../src/snapshot/index.ts';
import { NOW } from '../collect/graph/estate.ts';
import { type MemoryRecorder, memoryRecorder } from '../collect/memory-recorder.ts';
import type { FaultKind, GraphDouble } from '../lab/graph/server.ts';
import type { AdFaultName } from './ad-faults.ts';
import type { AdLab, AdPlan } from './ad-lab.ts';
import { type Auditor, joined } from './auditing.ts';
import { arrange, type GraphPlan } from './graph-runs.ts';

/** What a run of both sources left: what was recorded, the failure if it failed, the faults that struck, and what an audit of the snapshot got wrong. */
export type WholeRun = {
  readonly recorder: MemoryRecorder;
  readonly failure: AuditError | undefined;
  readonly adStruck: readonly AdFaultName[];
  readonly graphStruck: readonly FaultKind[];
  readonly breaches: readonly string[];
};

const AS_OF = '2026-08-22T12:00:00Z';
const FLAVOURS = ['connect-v1', 'cloud-sync'] as const;

/** Collects from both sources as `collect` does, into a snapshot on disk, and judges it as `audit` does. */
export type Runner = {
  readonly run: (
    ad: AdPlan,
    graph: GraphPlan,
    truthOf: (recorder: MemoryRecorder) => TableRows | undefined,
  ) => Promise<WholeRun>;
  readonly close: () => Promise<void>;
};

/** Opens a runner on these servers. */
export async function openRunner(lab: AdLab, double: GraphDouble, auditor: Auditor): Promise<Runner> {
  const directory = await mkdtemp(join(tmpdir(), 'tallystick-faults-'));

  const collectInto = async (config: Config, recorder: MemoryRecorder): Promise<string | AuditError> => {
    const scope = { flavours: FLAVOURS, containers: [] };
    const draft = await createSnapshot({ directory, start: AS_OF, version: 'test', scope, threads: 1 });
    try {
      await draft.add(
        'scope_flavour',
        FLAVOURS.map(flavour => ({ flavour })),
      );
      // The pauses after failures are those of tests.
      const told = { progress: () => {}, onToken: () => {}, backoffMs: 0.5, logWindowMs: 1, now: () => NOW };
      await readSources(config, tee(draft, recorder), noJournal, new AbortController(), told);
      const { path } = await draft.finish(new Date().toISOString());
      return path;
    } catch (thrown) {
      if (thrown instanceof AuditError && thrown.kind === 'source') return thrown;
      throw thrown;
    } finally {
      await draft.abort();
    }
  };

  return {
    run: async (adPlan, graphPlan, truthOf) => {
      const { struck } = lab.begin(adPlan);
      const graph = await arrange(double, graphPlan);
      const recorder = memoryRecorder();
      const collected = await collectInto(configOf(lab.source(adPlan), graph.source, directory), recorder);
      const all = { recorder, adStruck: struck, graphStruck: graph.struck() };
      if (typeof collected !== 'string') return { ...all, failure: collected, breaches: [] };
      try {
        const truth = truthOf(recorder);
        const seen = joined(recorder, recorder);
        const breaches = truth === undefined ? [] : await auditor.breachesAt(collected, seen, truth);
        return { ...all, failure: undefined, breaches: [...breaches, ...(await lostRows(collected, recorder))] };
      } finally {
        await rm(collected, { recursive: true, force: true });
      }
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

function configOf(ad: Config['ad'], graph: Config['graph'], snapshots: string): Config {
  return {
    ...{
      file: undefined,
      facts: undefined,
      ad,
      graph,
      flavours: FLAVOURS,
      policies: [],
      populations: [],
      snapshots,
      reports: snapshots,
    },
    ...{ acceptUnknown: [], redact: undefined, proveEveryMs: undefined, failOn: undefined, maxUnknown: undefined },
  };
}

// The rows of a table of the snapshot are as many as were recorded.
async function lostRows(path: string, recorder: MemoryRecorder): Promise<readonly string[]> {
  const { manifest } = await verifySnapshot(path);
  return manifest.tables
    .filter(({ table }) => /^(ad|cloud)_/.test(table))
    .filter(({ table, rows }) => rows !== recorder.rows(table as TableName).length)
    .map(({ table, rows }) => `${table} has ${rows} rows on disk`);
}

/** A draft of which a recorder keeps a copy. */
function tee(draft: SnapshotDraft, copy: MemoryRecorder): SnapshotDraft {
  const part = (): Part => {
    const [one, other] = [draft.part(), copy.part()];
    return {
      add: async (table, rows) => {
        await other.add(table, rows);
        await one.add(table, rows);
      },
      keep: () => {
        other.keep();
        one.keep();
      },
      drop: async () => {
        await other.drop();
        await one.drop();
      },
    };
  };
  return {
    ...draft,
    part,
    add: async (table, rows) => {
      await copy.add(table, rows);
      await draft.add(table, rows);
    },
    complete: (...told) => {
      copy.complete(...told);
      draft.complete(...told);
    },
    gap: (...told) => {
      copy.gap(...told);
      draft.gap(...told);
    },
    query: record => {
      copy.query(record);
      draft.query(record);
    },
    source: record => {
      copy.source(record);
      draft.source(record);
    },
  };
}
