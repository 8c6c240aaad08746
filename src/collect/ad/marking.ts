import { sha256 } from '../../base/index.ts';
import { changesSince, type Delta } from './dirsync.ts';
import { isSourceFailure } from './failure.ts';
import type { Mark } from './incremental.ts';
import type { Viewer } from './listing.ts';
import { isSame, type Replica } from './replica.ts';
import type { Run } from './run.ts';

/**
 * Asks what has changed in a domain since its mark and leaves a new one; undefined when nothing is continued: then everything is read, and `because` is told
 * why. It goes before everything that may be carried over later.
 */
export async function beginDelta(run: Run, viewer: Viewer): Promise<Delta | undefined> {
  const { incremental } = run;
  if (incremental === undefined) return undefined;
  const { replica, continuing, because, mark } = incremental;
  const own = sha256([...(viewer ?? [])].sort().join(' '));
  const { dsServiceName, invocationId } = replica;
  const domain = run.domain.dn;
  const before = continuing?.marks.find(one => one.domain === domain);
  const odd = continuing === undefined ? undefined : misfit(before, replica, viewer === undefined ? undefined : own);
  if (odd !== undefined) because(odd);
  const keep = (delta: Delta) => mark({ domain, dsServiceName, invocationId, viewer: own, cookie: delta.cookie });
  try {
    const delta = await changesSince(run, odd === undefined ? before?.cookie : undefined);
    keep(delta);
    return odd === undefined && before !== undefined ? delta : undefined;
  } catch (thrown) {
    if (!isSourceFailure(thrown)) throw thrown;
    because(`the server did not tell what changed: ${thrown.message}`);
    return undefined;
  }
}

function misfit(before: Mark | undefined, replica: Replica, viewer: string | undefined): string | undefined {
  if (before === undefined) return 'the earlier snapshot has no DirSync cookie for it';
  if (replica.invocationId === null || !isSame({ ...before, domainDn: null }, replica))
    return 'another domain controller answers than then';
  if (viewer === undefined || viewer !== before.viewer) return 'the account that reads is in other groups than then';
  return undefined;
}
