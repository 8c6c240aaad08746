import type { Row } from '../../snapshot/index.ts';
import type { KnownGroup } from './directory.ts';
import type { GraphFailure } from './failure.ts';
import { type Ending, gapReason, rowSink } from './ledger.ts';
import { type GroupToRead, membersByBatch } from './members.ts';
import type { Desk } from './reading.ts';

const SYNCED = 'members of synced groups are not read';

/**
 * Reads `cloud.members`: of every group except those synced from AD, whose members come from AD and are not written back. The facet is complete when
 * every group of the tenant was either read or has a gap of its own: synced groups, hidden memberships that the token may not see, refusals.
 */
export function readMembers(
  desk: Desk,
  groups: ReadonlyMap<string, KnownGroup>,
  cloudManaged: ReadonlySet<string>,
  listsComplete: boolean,
): Promise<boolean> {
  const request = 'POST /v1.0/$batch of GET /groups/{id}/members?$top=999&$select=id';
  return desk.ledger.settle('cloud.members', request, async tally => {
    const gaps = new Map<string, string>();
    const toRead = choose(desk, groups, cloudManaged, gaps);
    const withheld = gaps.size;
    const rows = rowSink(desk.recorder, 'cloud_member');
    const read = new Set<string>();
    let edges = 0;
    let firstFailure: GraphFailure | undefined;
    await membersByBatch(
      desk.port,
      desk.pace,
      desk.v1,
      toRead,
      desk.workers,
      {
        done: async (group, members) => {
          read.add(group);
          edges += members.size;
          const made: Row<'cloud_member'>[] = [];
          for (const [member, kind] of members) made.push({ group_id: group, member_id: member, kind });
          await rows.push(made);
          desk.progress({ source: 'graph', facet: 'cloud.members', done: read.size, expected: toRead.length });
        },
        failed: (group, failure) => {
          read.delete(group);
          firstFailure ??= failure;
          gaps.set(group, gapReason('cloud.members', failure));
        },
      },
      tally,
    );
    await rows.flush();
    const refused = gaps.size - withheld;
    // A refusal of everything is one gap, not one for each group.
    if (firstFailure !== undefined && refused === toRead.length)
      return { retrieved: 0, reason: gapReason('cloud.members', firstFailure) };
    for (const [group, reason] of gaps) desk.recorder.gap('cloud.members', reason, group);
    if (!listsComplete) for (const group of read) desk.recorder.complete('cloud.members', group);
    const reason = listsComplete
      ? undefined
      : 'the list of groups is not complete, so not every group was asked for its members';
    const objects = [...gaps].filter(([, why]) => why !== SYNCED).map(([group]) => group);
    return { retrieved: edges, reason, objects } satisfies Ending;
  });
}

function choose(
  desk: Desk,
  groups: ReadonlyMap<string, KnownGroup>,
  cloudManaged: ReadonlySet<string>,
  gaps: Map<string, string>,
): GroupToRead[] {
  const { permissions } = desk.claims;
  const seesHidden = permissions?.includes('Member.Read.Hidden') ?? false;
  const toRead: GroupToRead[] = [];
  for (const group of groups.values()) {
    if (group.synced && !cloudManaged.has(group.id)) gaps.set(group.id, SYNCED);
    else if (group.hiddenMembership && !seesHidden)
      // Without the right Graph may answer with an empty list, which must never be taken for an empty group.
      gaps.set(
        group.id,
        permissions === undefined
          ? 'the membership is hidden and the token does not tell whether it holds Member.Read.Hidden'
          : 'the membership is hidden and the token lacks Member.Read.Hidden',
      );
    else toRead.push({ id: group.id, unified: group.unified });
  }
  return toRead;
}
