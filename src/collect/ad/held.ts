import { reasonOf } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { Journal } from '../../journal/index.ts';
import type { OwnedTable, QueryRecord, Recorder } from '../../snapshot/index.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { daclStore } from './dacl-store.ts';
import { type Directory, directoryOf, ServerChanged } from './directory.ts';
import { isSourceFailure, sourceError } from './failure.ts';
import type { Reading } from './forest.ts';
import type { Continuing, Mark } from './incremental.ts';
import { readByItself } from './reading.ts';
import type { Progress, RootDse, Run } from './run.ts';
import { readDomain, readFirstUsn, readRootDse } from './server.ts';
import { type Connection, nextOf } from './servers.ts';
import type { Plan } from './survey.ts';

/** What the reading of a domain needs from outside; `now` is in milliseconds since 1970. */
export type World = {
  readonly source: AdSource;
  readonly recorder: Pick<Recorder, 'part' | 'query'>;
  readonly journal?: Journal;
  readonly progress: (event: Progress) => void;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly backoffMs?: number;
  readonly asks: Run['asks'];
  /** True when the forest has no other domain. */
  readonly alone: boolean;
  readonly elsewhere: (guid: string) => boolean;
  readonly incremental?: IncrementalContext | undefined;
  /** What is read of the domain; default everything. */
  readonly read?: (run: Run) => Promise<Reading>;
};

/** What an incremental collection needs, and leaves. */
export type IncrementalContext = {
  readonly continuing?: Continuing;
  readonly keepMark: (mark: Mark) => void;
  /** Told what is read in full, and why. */
  readonly because: (reason: string) => void;
};

/** A domain as one server shows it, which can still be taken back. */
export type Held = {
  readonly reading: Reading;
  readonly connection: Connection;
  readonly directory: Directory;
  readonly coverage: Coverage;
  /** Clock of the server minus ours, in whole seconds of milliseconds; null when it told none. */
  readonly clockSkewMs: number | null;
  readonly keep: () => void;
  /** Takes back all rows; the queries stay on record as given up for this reason. */
  readonly drop: (why: string) => Promise<void>;
};

/**
 * Reads one domain by itself, from one server alone: whenever that is lost for good and another one is ready, everything is taken back and begun again.
 * Rejects with AuditError when the domain cannot be read at all.
 */
export async function hold(plan: Plan, world: World): Promise<Held> {
  for (;;) {
    const connection = plan.connection ?? (await plan.servers.next());
    plan.connection = undefined;
    try {
      return await holdFrom(connection, plan, world);
    } catch (thrown) {
      if (!(thrown instanceof ServerChanged)) throw thrown;
    }
  }
}

async function holdFrom(connection: Connection, plan: Plan, world: World): Promise<Held> {
  const part = world.recorder.part();
  const queries: QueryRecord[] = [];
  const directory = directoryOf(connection, {
    ...world,
    recorder: { query: record => void queries.push(record) },
    replace: async reason => {
      plan.connection = await nextOf(plan.servers, reason);
      return plan.connection !== undefined;
    },
  });
  const drop = async (why: string) => {
    for (const query of queries) world.recorder.query({ ...query, complete: false, reason: query.reason ?? why });
    await part.drop();
    await directory.close();
  };
  try {
    const coverage = coverageOf();
    const asked = world.now();
    const now = await readRootDse(directory);
    const answered = world.now();
    const rootDse: RootDse = { ...now, highestCommittedUsn: await readFirstUsn(directory) };
    const { dnsName, netbiosName } = plan.domain;
    const run: Run = {
      source: world.source,
      recorder: part,
      directory,
      coverage,
      rootDse,
      domain: await readDomain(directory, plan.domain.dn),
      netbiosName,
      containers: plan.containers,
      dacls: daclStore(world.asks('ad.acl') ? part : { add: async () => undefined }, coverage),
      asks: world.asks,
      alone: world.alone,
      elsewhere: world.elsewhere,
      progress: (facet, done, more) => {
        const note = more ?? (world.alone ? undefined : dnsName);
        world.progress({ source: 'ad', facet, done, ...(note === undefined ? {} : { note }) });
      },
    };
    const { continuing, keepMark, because } = world.incremental ?? {};
    const carried: [OwnedTable, string[]][] = [];
    let mark: Mark | undefined;
    const reading = await (world.read ?? readByItself)({
      ...run,
      incremental: world.incremental && {
        replica: connection.replica,
        continuing,
        carry: (table, ids) => void carried.push([table, [...ids]]),
        mark: one => {
          mark = one;
        },
        because: reason => because?.(`${dnsName}: ${reason}`),
      },
    });
    return {
      reading,
      connection,
      directory,
      coverage,
      // AD tells whole seconds.
      clockSkewMs:
        rootDse.currentTime === null ? null : Math.round((rootDse.currentTime - (asked + answered) / 2) / 1000) * 1000,
      keep: () => {
        for (const query of queries) world.recorder.query(query);
        for (const [table, ids] of carried) continuing?.carry(table, ids);
        if (mark !== undefined) keepMark?.(mark);
        part.keep();
      },
      drop,
    };
  } catch (thrown) {
    await drop(
      thrown instanceof ServerChanged
        ? `taken back: ${directory.url} was lost, and the domain was read again`
        : `given up: ${reasonOf(thrown)}`,
    );
    if (!isSourceFailure(thrown)) throw thrown;
    throw sourceError(`Cannot read Active Directory from ${directory.url}. ${reasonOf(thrown)}`, thrown);
  }
}
