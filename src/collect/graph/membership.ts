import { guidSet } from '../../base/index.ts';
import type { MemberMode } from '../../config/index.ts';
import type { DeltaSlice, Row } from '../../snapshot/index.ts';
import type { Claims } from './claims.ts';
import type { KnownGroup } from './directory.ts';
import type { GraphFailure } from './failure.ts';
import { type Ending, gapReason, rowSink } from './ledger.ts';
import { type MemberSink, membersByBatch } from './members.ts';
import { type DeltaBase, membersContinued } from './members-continued.ts';
import { membersByDelta } from './members-delta.ts';
import type { Desk } from './reading.ts';

const SYNCED = 'members of synced groups are not read';

const requests: Readonly<Record<MemberMode, string>> = {
  batch: 'POST /v1.0/$batch of GET /groups/{id}/members?$top=999&$select=id',
  delta: 'POST /v1.0/$batch of GET /groups/delta?$select=displayName,members',
};

/** A group of the lists, and whether it is managed in the cloud although it is synced. */
export type Listed = { readonly group: KnownGroup; readonly converted: boolean };

/** The groups of which more may have to be read, as the lists find them. */
export type Roster = {
  readonly add: (group: KnownGroup) => void;
  /** Says that a group is managed in the cloud although it is synced. */
  readonly convert: (id: string) => void;
  /** Hands on each group that is read whatever else is found: at once those known already, and all others as they come. */
  readonly watch: (onGroup: (group: KnownGroup) => void) => void;
  /** Synced groups, and whether each is managed in the cloud: known once the lists have ended. */
  readonly synced: () => readonly Listed[];
  /** Every group: known once the lists have ended. */
  readonly all: () => readonly Listed[];
};

/** Opens an empty roster. */
export function openRoster(): Roster {
  const synced: KnownGroup[] = [];
  const all: KnownGroup[] = [];
  const converted = new Set<string>();
  const early: KnownGroup[] = [];
  let onGroup = (group: KnownGroup): void => void early.push(group);
  const listed = (group: KnownGroup): Listed => ({ group, converted: converted.has(group.id) });
  return {
    add: group => {
      all.push(group);
      if (group.synced) synced.push(group);
      else onGroup(group);
    },
    convert: id => void converted.add(id),
    watch: then => {
      onGroup = then;
      for (const group of early.splice(0)) then(group);
    },
    synced: () => synced.map(listed),
    all: () => all.map(listed),
  };
}

/** How members are read: `continuing` is what an earlier collection by delta left, and takes members over from it. */
export type MembershipOptions = {
  readonly mode: MemberMode;
  readonly keepDelta: (slice: DeltaSlice) => void;
  readonly continuing: (DeltaBase & { readonly carry: (groups: readonly string[]) => void }) | undefined;
};

/**
 * Reads `cloud.members` while the roster fills: of every group except those synced from AD, whose members come from AD and are not written back.
 * `listed` resolves when the lists have ended, to whether all groups are known. The facet is complete when every group of the tenant was either read
 * or has a gap of its own: synced groups, hidden memberships that the token may not see, refusals.
 */
export function readMembers(
  desk: Desk,
  roster: Roster,
  listed: Promise<boolean>,
  { mode, keepDelta, continuing }: MembershipOptions,
): Promise<boolean> {
  return desk.ledger.settle('cloud.members', requests[mode], async tally => {
    const withheld = new Map<string, string>();
    const failed = new Map<string, GraphFailure>();
    const read = guidSet();
    const rows = rowSink(desk.recorder, 'cloud_member');
    let asked = 0;
    let edges = 0;
    const sink: MemberSink = {
      done: async (group, members) => {
        read.add(group);
        edges += members.size;
        const made: Row<'cloud_member'>[] = [];
        for (const [member, kind] of members) made.push({ group_id: group, member_id: member, kind });
        await rows.push(made);
        desk.progress({ source: 'graph', facet: 'cloud.members', done: read.size, expected: asked });
      },
      failed: (group, failure) => {
        failed.set(group, failure);
      },
    };
    const reader = { ...desk, root: desk.v1, tally };
    const ended = { ...sink, ended: keepDelta };
    const carried = (group: string, members: number) => {
      read.add(group);
      edges += members;
      continuing?.carry([group]);
      desk.progress({ source: 'graph', facet: 'cloud.members', done: read.size, expected: asked });
    };
    const byDelta = () =>
      continuing === undefined
        ? membersByDelta(reader, ended)
        : membersContinued(reader, continuing, { ...ended, carried });
    const reading = mode === 'delta' ? byDelta() : membersByBatch(reader, sink);
    const ask = (group: KnownGroup) => {
      const reason = hiddenReason(desk.claims, group);
      if (reason !== undefined) return void withheld.set(group.id, reason);
      asked++;
      reading.add(group);
    };
    roster.watch(ask);
    const listsComplete = await listed;
    for (const { group, converted } of roster.synced())
      if (converted) ask(group);
      else withheld.set(group.id, SYNCED);
    await reading.finish();
    await rows.flush();
    // A refusal of everything is one gap, not one for each group.
    const [first] = failed.values();
    if (first !== undefined && failed.size === asked)
      return { retrieved: 0, reason: gapReason('cloud.members', first) };
    for (const [group, reason] of withheld) desk.recorder.gap('cloud.members', reason, group);
    for (const [group, failure] of failed)
      desk.recorder.gap('cloud.members', gapReason('cloud.members', failure), group);
    if (!listsComplete)
      for (const group of read) if (!failed.has(group)) desk.recorder.complete('cloud.members', group);
    const reason = listsComplete
      ? undefined
      : 'the list of groups is not complete, so not every group was asked for its members';
    const hidden = [...withheld].filter(([, why]) => why !== SYNCED).map(([group]) => group);
    return { retrieved: edges, reason, objects: [...hidden, ...failed.keys()] } satisfies Ending;
  });
}

/** Why a group's members cannot be read: without the right Graph may answer with an empty list, which must never be taken for an empty group. */
export function hiddenReason({ permissions }: Claims, group: KnownGroup): string | undefined {
  if (!group.hiddenMembership || permissions?.includes('Member.Read.Hidden') === true) return undefined;
  return permissions === undefined
    ? 'the membership is hidden and the token does not tell whether it holds Member.Read.Hidden'
    : 'the membership is hidden and the token lacks Member.Read.Hidden';
}
