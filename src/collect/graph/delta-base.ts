import type { DeltaLinks, MemberKind, OwnedTable, Snapshot } from '../../snapshot/index.ts';
import { memberKinds } from '../../snapshot/index.ts';
import type { MembershipOptions } from './membership.ts';
import type { Place } from './place.ts';

/** An earlier snapshot, open, whose members were read by delta; `carry` takes rows of it over, `because` is told why nothing is. */
export type DeltaContinuing = {
  readonly base: Snapshot;
  readonly links: DeltaLinks;
  readonly carry: (table: OwnedTable, ids: Iterable<string>) => void;
  readonly because: (reason: string) => void;
};

/** What can be taken over of the members of an earlier snapshot; undefined when they have to be read anew. */
export async function continuingOf(
  continuing: DeltaContinuing | undefined,
  place: Place,
  tenant: string,
): Promise<MembershipOptions['continuing']> {
  if (continuing === undefined) return undefined;
  const { base, links, carry, because } = continuing;
  const [whole] = await base.rows("SELECT complete FROM coverage WHERE facet = 'cloud.members' AND object = ''");
  const odd =
    links.endpoint !== place.graph || links.tenant !== tenant
      ? 'the delta links are of another tenant or endpoint'
      : whole?.complete !== true
        ? 'the members of cloud groups were not read in full before'
        : undefined;
  if (odd !== undefined) {
    because(odd);
    return undefined;
  }
  return {
    slices: links.slices,
    ...(await sizesOf(base)),
    membersOf: groups => membersIn(base, groups),
    carry: groups => carry('cloud_member', groups),
  };
}

async function sizesOf(base: Snapshot): Promise<{ readonly sizeOf: (group: string) => number | undefined }> {
  const unread = new Set(
    (await base.rows("SELECT object FROM coverage WHERE facet = 'cloud.members' AND NOT complete")).map(
      row => row.object,
    ),
  );
  const sizes = new Map<string, number>();
  for await (const rows of base.stream(
    'SELECT g.id::VARCHAR AS id, count(m.member_id)::DOUBLE AS n FROM cloud_group g LEFT JOIN cloud_member m ON m.group_id = g.id GROUP BY g.id',
  ))
    for (const { id, n } of rows) if (!unread.has(String(id))) sizes.set(String(id), Number(n));
  return { sizeOf: group => sizes.get(group) };
}

async function membersIn(
  base: Snapshot,
  groups: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, MemberKind>>> {
  const found = new Map<string, Map<string, MemberKind>>();
  if (groups.length === 0) return found;
  const list = groups.map(group => `'${group}'`).join(', ');
  const rows = await base.rows(
    `SELECT group_id::VARCHAR AS id, member_id::VARCHAR AS member, kind FROM cloud_member WHERE group_id IN (${list})`,
  );
  for (const { id, member, kind } of rows) {
    const members = found.get(String(id)) ?? new Map<string, MemberKind>();
    found.set(String(id), members);
    members.set(String(member), memberKinds.find(one => one === kind) ?? 'other');
  }
  return found;
}
