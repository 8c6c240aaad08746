import type { Engine, LabelIds } from '../estate.ts';
import type { Entry, Group, World } from '../world.ts';
import { sure } from '../world.ts';

/** Groups in which nothing is wrong yet. */
export type Pool = {
  /** Takes a random one out of the pool; throws RangeError when no group of that kind is left. */
  readonly take: (engine: Engine, suits?: (group: Group) => boolean) => Group;
};

/** Opens the pool of ordinary groups. */
export function openPool(world: World): Pool {
  return {
    take: (engine, suits) => {
      const left = world.groups.filter(group => group.free && group.engine === engine && (suits?.(group) ?? true));
      if (left.length === 0)
        throw new RangeError(`the estate has too few ${engine} groups for every drift; ask for more groups`);
      const group = world.random.pick(suits === undefined ? plentiful(left) : left);
      group.free = false;
      return group;
    },
  };
}

/** Those of the kind of which more are left, because other drifts are particular about the kind. */
function plentiful(groups: readonly Group[]): readonly Group[] {
  const teams = groups.filter(isTeam);
  return teams.length * 2 >= groups.length ? teams : groups.filter(group => !isTeam(group));
}

/** The one AD object of a group. */
export function twinOf(group: Group): Entry {
  return sure(group.twins[0], `the object of ${group.id}`);
}

/** The cloud half of a group. */
export function cloudOf(group: Group): NonNullable<Group['cloud']> {
  return sure(group.cloud, `the cloud group ${group.id}`);
}

/** What a finding on a pair points at. */
export function pairIds(group: Group, twin: Entry = twinOf(group)): LabelIds {
  return { cloudGroup: group.id, adGroup: twin.guid };
}

/** Whether the group is a Microsoft 365 group. */
export function isTeam(group: Group): boolean {
  return group.cloud?.groupTypes.includes('Unified') ?? false;
}

/** Removes an AD object together with all references to it. */
export function removeTwin(world: World, group: Group): void {
  for (const twin of group.twins) {
    for (const other of world.groups) for (const { members } of other.twins) members.delete(twin.guid);
    for (const entry of world.entries) entry.members.delete(twin.guid);
  }
  group.twins = [];
}
