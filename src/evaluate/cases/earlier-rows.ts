import type { MemoryFacts, Row, TableRows } from '../../snapshot/index.ts';
import { escapeRdn, wellKnownRow } from './ad-group.ts';
import { withEarlierGaps } from './gap-rows.ts';
import { within } from './naming.ts';
import { type AdThing, bare, domainDn, spelled, type World } from './world.ts';

/** The earlier snapshot that a case states, given the rows of the later one; undefined when it states none. Mistakes in names go to the notes of its world. */
export function earlierRows(world: World, { ad_group: later = [] }: TableRows): TableRows | undefined {
  const { before } = world.draft;
  if (before === undefined) return undefined;
  const groups = (before.groups ?? []).map((named, index) => {
    const { id, members = [] } = spelled<{ id: string; members?: readonly string[] }>(named, bare);
    const place = within(world.place, 'before', 'groups', index);
    const found = members.flatMap((name, at) => world.adThings.find(name, within(place, 'members', at)) ?? []);
    return { thing: world.adThings.find(id, place), members: found };
  });
  const rows = {
    ad_group: groups.flatMap(({ thing }) =>
      thing === undefined ? [] : [later.find(({ guid }) => guid === thing.guid) ?? goneRow(world, thing)],
    ),
    ad_member: groups.flatMap(({ thing, members }) =>
      thing === undefined ? [] : members.map(({ guid }) => ({ group_guid: thing.guid, member_guid: guid })),
    ),
  };
  return withEarlierGaps(world, rows, before.unread ?? []);
}

/** The manifest of the earlier snapshot, given that of the case. */
export function earlierFacts(world: World, facts: MemoryFacts): MemoryFacts {
  const end = new Date(world.instant(world.draft.before?.at ?? '1d ago')).toISOString();
  return { ...facts, start: end, end };
}

/** A group that is gone lay in the first container; nobody knows of which cloud group. */
function goneRow(world: World, thing: AdThing): Row<'ad_group'> {
  const container = world.containers.find(({ kind }) => kind === 'writeback')?.dn ?? domainDn;
  return {
    ...wellKnownRow(thing),
    dn: `CN=${escapeRdn(thing.name)},${container}`,
    sid: thing.sid,
    in_container: true,
    group_type: -2147483640,
    admin_count: null,
    critical: null,
  };
}
