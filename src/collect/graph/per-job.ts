import type { FacetName } from '../../snapshot/index.ts';
import { GraphFailure } from './failure.ts';
import type { FoundJob, JobsRead } from './found-job.ts';
import { type Ending, gapReason } from './ledger.ts';
import type { Tally } from './port.ts';
import type { Desk } from './reading.ts';

/** A facet that is read of each job by itself. */
export type PerJob<T> = {
  readonly facet: FacetName;
  /** As the snapshot names the request. */
  readonly request: string;
  /** Reads one job; a GraphFailure is a gap of this job. */
  readonly read: (found: FoundJob, tally: Tally) => Promise<T>;
};

/** Reads a facet of every job that was found; resolves to what was read, by the id of the job. It is complete when each job was read or has a gap of its own. */
export async function readPerJob<T>(
  desk: Desk,
  { jobs, complete }: JobsRead,
  { facet, request, read }: PerJob<T>,
): Promise<ReadonlyMap<string, T>> {
  const results = new Map<string, T>();
  await desk.ledger.settle(facet, request, async tally => {
    const gaps: string[] = [];
    for (const found of jobs) {
      try {
        results.set(found.job.id, await read(found, tally));
      } catch (thrown) {
        if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
        desk.recorder.gap(facet, gapReason(facet, thrown), found.job.id);
        gaps.push(found.job.id);
      }
    }
    const reason = complete ? undefined : 'the list of jobs is not complete';
    return { retrieved: results.size, expected: jobs.length, reason, objects: gaps } satisfies Ending;
  });
  return results;
}
