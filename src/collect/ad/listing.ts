import { createHash } from 'node:crypto';
import { sidFromBytes } from '../../base/index.ts';
import { bytesOf, type Entry } from './entry.ts';
import type { Run } from './run.ts';
import { type Dacl, parseSecurityDescriptor } from './security-descriptor.ts';
import { resolveName } from './trustees.ts';

const LIST_CONTENTS = 0x4;
const LIST_OBJECT = 0x80;
/** Generic all, execute and read, which in a directory all mean List Contents too (MS-ADTS 5.1.3.2); generic execute does not mean List Object. */
const GENERIC_WITH_LIST = 0x10000000 | 0x20000000 | 0x80000000;
const EVERYONE = 'S-1-1-0';
const AUTHENTICATED_USERS = 'S-1-5-11';

/** The SIDs that an access check holds against us, or undefined when they could not be learnt. */
export type Viewer = ReadonlySet<string> | undefined;

/** Whether the children of an object are shown to us: all, not all, not known because its descriptor is not readable, or not known for another reason. */
export type Listing = 'whole' | 'hidden' | 'unreadable' | 'doubtful';

/** Learns who we are: from tokenGroups of the root DSE (MS-ADTS 3.1.1.3.2), else from those of the account that signed in. */
export async function readViewer(run: Run): Promise<Viewer> {
  const facet = 'ad.groups';
  const attributes = ['tokenGroups'];
  let sids: readonly string[] = [];
  // Best effort: what is not known afterwards is treated with doubt.
  await run.coverage.attempt([], async () => {
    const entry = await run.directory.readOne({ facet, base: '', attributes, absent: 'empty' });
    sids = entry === undefined ? [] : tokenOf(entry);
  });
  const { bind } = run.source;
  if (sids.length === 0 && 'user' in bind)
    await run.coverage.attempt([], async () => {
      const [own, ...more] = await resolveName(run, bind.user);
      if (own === undefined || more.length > 0) return;
      const entry = await run.directory.readOne({ facet, base: `<SID=${own}>`, attributes, absent: 'empty' });
      const groups = entry === undefined ? [] : tokenOf(entry);
      if (groups.length > 0) sids = [own, ...groups];
    });
  return sids.length === 0 ? undefined : new Set([...sids, EVERYONE, AUTHENTICATED_USERS]);
}

function tokenOf(entry: Entry): string[] {
  try {
    return bytesOf(entry, 'tokenGroups').map(sidFromBytes);
  } catch (thrown) {
    if (thrown instanceof RangeError) return [];
    throw thrown;
  }
}

/** A judge of the descriptors of containers, which looks at equal ones once. */
export function listingJudge(viewer: Viewer): (entry: Entry) => Listing {
  const known = new Map<string, Listing>();
  return entry => {
    const [bytes] = bytesOf(entry, 'nTSecurityDescriptor');
    if (bytes === undefined) return 'unreadable';
    const key = createHash('sha256').update(bytes).digest('base64');
    const answer = known.get(key) ?? judge(bytes, viewer);
    known.set(key, answer);
    return answer;
  };
}

function judge(bytes: Buffer, viewer: Viewer): Listing {
  try {
    return listingOf(parseSecurityDescriptor(bytes).dacl, viewer);
  } catch (thrown) {
    if (thrown instanceof RangeError) return 'unreadable';
    throw thrown;
  }
}

/**
 * What List Contents on a container comes to: the first entry in stored order that decides wins, and nothing granted is denied (MS-ADTS 5.1.3.3.2).
 * List Object mode (dSHeuristics) needs no asking: with List Contents everything is shown in either mode, and without it not everything for certain.
 */
export function listingOf(dacl: Dacl | null, viewer: Viewer): Listing {
  if (dacl === null) return 'whole';
  // Entries for single classes or properties do not count for the listing.
  const aces = dacl.aces.filter(ace => !ace.inheritOnly && ace.objectType === null);
  if (viewer === undefined) {
    const denies = aces.some(ace => !ace.allow && (ace.mask & (LIST_CONTENTS | LIST_OBJECT | GENERIC_WITH_LIST)) !== 0);
    return denies || dacl.unsupported.length > 0 ? 'doubtful' : 'whole';
  }
  // Nobody knows here whether the condition of a conditional entry holds, so it grants nothing.
  const decision = aces.find(
    ace => !ace.conditional && viewer.has(ace.trustee) && (ace.mask & (LIST_CONTENTS | GENERIC_WITH_LIST)) !== 0,
  );
  if (decision?.allow !== true) return 'hidden';
  const perhaps = aces.some(
    ace =>
      ace.conditional &&
      !ace.allow &&
      viewer.has(ace.trustee) &&
      (ace.mask & (LIST_CONTENTS | GENERIC_WITH_LIST)) !== 0,
  );
  return perhaps || dacl.unsupported.length > 0 ? 'doubtful' : 'whole';
}
