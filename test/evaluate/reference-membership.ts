import type { Row } from '../../src/snapshot/index.ts';
import { smallLimits } from './judging.ts';
import type { World } from './world.ts';

type Verdict = 'pass' | 'fail' | 'unknown';
type Book = Map<string, Verdict>;
type CloudGroup = Row<'cloud_group'>;

/** A cloud group and an AD object that belong together, or one of them alone, with what the reference made out about them. */
export type SeenPair = {
  readonly key: string;
  readonly object: Row<'ad_group'> | undefined;
  readonly group: CloudGroup | undefined;
  readonly anchor: string | undefined;
  readonly match: 'external' | 'admin' | 'name' | 'sid' | undefined;
  readonly anchored: boolean;
  readonly flavour: string | undefined;
  readonly kind: string | undefined;
  readonly inScope: boolean;
  readonly young: boolean;
  /** Whether membership verdicts are drawn from it. */
  readonly comparable: boolean;
};

/** What the reference has made out of a world. */
export type View = {
  readonly pairs: readonly SeenPair[];
  /** The AD object that each cloud user or group is. */
  readonly accounts: ReadonlyMap<string, string>;
};

const verdict = (good: boolean): Verdict => (good ? 'pass' : 'fail');

/** The verdicts on nesting, strangers, numbers and states of members. */
export function judgeMembership(world: World, view: View): [string, Book][] {
  return [
    ['cloud-only-member-ineligible', judgeShares(world, view)],
    ['member-count-limit', judgeNumbers(world, view)],
    ['nested-child-members-present', judgeChildren(world, view)],
    ['effective-members-equal', judgeReach(world, view)],
    ...judgeOutsiders(world, view),
    ['no-membership-cycle', judgeCircles(world, view)],
    ['disabled-member-still-present', judgeStates(world, view)],
  ];
}

const membersOf = (world: World, group: string | undefined) => world.cloud_member.filter(row => row.group_id === group);
const isSynced = (group: CloudGroup | undefined): boolean => group?.on_premises_sync_enabled === true;

function judgeShares(world: World, { pairs, accounts }: View): Book {
  const book: Book = new Map();
  for (const { key, group, inScope } of pairs) {
    if (!inScope) continue;
    const users = membersOf(world, group?.id).filter(row => row.kind === 'user');
    const strangers = users.filter(({ member_id: id }) => {
      const user = world.cloud_user.find(row => row.id === id);
      const traces = [user?.on_premises_sid, user?.immutable_id, user?.immutable_guid];
      return !accounts.has(id) && traces.every(trace => trace == null);
    });
    book.set(key, verdict(strangers.length <= users.length / 2));
  }
  return book;
}

function judgeNumbers(world: World, { pairs }: View): Book {
  const book: Book = new Map();
  for (const { key, group, inScope, flavour, kind } of pairs) {
    if (!inScope) continue;
    const limit = {
      'connect-v1': smallLimits.memberLimitConnectV1,
      'connect-v2': smallLimits[kind === 'm365' ? 'memberLimitConnectV2Microsoft365' : 'memberLimitConnectV2Security'],
      'cloud-sync': smallLimits.memberLimitCloudSync,
    }[flavour ?? ''];
    book.set(key, verdict(limit !== undefined && membersOf(world, group?.id).length < limit * 0.8));
  }
  return book;
}

/** The cloud groups reached from one through groups that the cloud owns, itself included. */
function groupsBelow(world: World, start: string): Set<string> {
  const found = new Set([start]);
  for (const node of found)
    for (const { member_id: id, kind } of membersOf(world, node)) {
      const child = world.cloud_group.find(group => group.id === id);
      if (kind === 'group' && child !== undefined && !isSynced(child)) found.add(id);
    }
  return found;
}

function usersBelow(world: World, { accounts }: View, start: string): Set<string> {
  return new Set(
    [...groupsBelow(world, start)].flatMap(node =>
      membersOf(world, node).flatMap(({ member_id: id, kind }) => (kind === 'user' ? (accounts.get(id) ?? []) : [])),
    ),
  );
}

function judgeChildren(world: World, view: View): Book {
  const book: Book = new Map();
  const taken = new Set(view.pairs.filter(pair => pair.inScope).map(pair => pair.group?.id));
  for (const { group, comparable, inScope, flavour } of view.pairs) {
    if (group === undefined || !comparable || !inScope || flavour === 'connect-v1') continue;
    for (const { member_id: id, kind } of membersOf(world, group.id)) {
      const child = world.cloud_group.find(each => each.id === id);
      if (kind !== 'group' || child === undefined || isSynced(child)) continue;
      book.set(`${group.id}/${id}`, verdict(taken.has(id) || usersBelow(world, view, id).size === 0));
    }
  }
  return book;
}

function judgeReach(world: World, view: View): Book {
  const book: Book = new Map();
  const isGroup = (guid: string) => world.ad_group.some(row => row.guid === guid && row.object_class === 'group');
  const held = (guid: string) => world.ad_member.flatMap(row => (row.group_guid === guid ? [row.member_guid] : []));
  for (const { key, group, object, comparable, flavour, young } of view.pairs) {
    if (group === undefined || object === undefined || !comparable || young || flavour === 'connect-v1') continue;
    const nested = membersOf(world, group.id).some(row => row.kind === 'group') || held(object.guid).some(isGroup);
    if (!nested) continue;
    const ownedByAd = new Set(
      [...groupsBelow(world, group.id)]
        .flatMap(node => membersOf(world, node))
        .flatMap(({ member_id: id }) =>
          isSynced(world.cloud_group.find(each => each.id === id)) ? (view.accounts.get(id) ?? []) : [],
        ),
    );
    const reached = new Set<string>();
    const walked = new Set([object.guid]);
    for (const node of walked)
      for (const guid of held(node)) {
        reached.add(guid);
        if (isGroup(guid) && !ownedByAd.has(guid)) walked.add(guid);
      }
    const expected = usersBelow(world, view, group.id);
    const users = world.ad_user.filter(row => reached.has(row.guid) && /^(user|inetOrgPerson)$/.test(row.object_class));
    book.set(
      key,
      verdict([...expected].every(guid => reached.has(guid)) && users.every(({ guid }) => expected.has(guid))),
    );
  }
  return book;
}

function judgeOutsiders(world: World, { pairs, accounts }: View): [string, Book][] {
  const natives: Book = new Map();
  const foreigners: Book = new Map();
  const marked = new Set(pairs.flatMap(pair => (pair.anchored ? (pair.object?.guid ?? []) : [])));
  for (const { group, object, comparable, flavour } of pairs) {
    if (group === undefined || object === undefined || !comparable) continue;
    const known = new Set(
      membersOf(world, group.id).flatMap(({ member_id: id }) => [
        ...(accounts.has(id) ? [accounts.get(id)] : []),
        ...pairs.flatMap(pair => (pair.group?.id === id && pair.anchored ? (pair.object?.guid ?? []) : [])),
      ]),
    );
    for (const { group_guid: holder, member_guid: guid } of world.ad_member) {
      if (holder !== object.guid) continue;
      const is = world.ad_user.find(row => row.guid === guid) ?? world.ad_group.find(row => row.guid === guid);
      if (is === undefined || ['user', 'inetOrgPerson'].includes(is.object_class)) continue;
      const key = `${group.id}/ad:${guid}`;
      const foreign = is.object_class === 'foreignSecurityPrincipal';
      if (flavour !== 'connect-v1') foreigners.set(key, verdict(!foreign));
      if (known.has(guid)) continue;
      const stranger =
        ['computer', 'contact'].includes(is.object_class) || (is.object_class === 'group' && !marked.has(guid));
      natives.set(key, verdict(!stranger));
    }
  }
  return [
    ['no-ad-native-group-nested-in', natives],
    ['no-foreign-security-principal', foreigners],
  ];
}

function judgeCircles(world: World, { pairs }: View): Book {
  const book: Book = new Map();
  for (const { key, group, object, anchored, flavour } of pairs) {
    if (group === undefined || object === undefined || !anchored || flavour === 'connect-v1') continue;
    const above = new Set(parentsOf(world, object.guid));
    for (const node of above) for (const parent of parentsOf(world, node)) above.add(parent);
    book.set(key, verdict(!above.has(object.guid)));
  }
  return book;
}

const parentsOf = (world: World, child: string) =>
  world.ad_parent.flatMap(row => (row.child_guid === child ? [row.parent_guid] : []));

function judgeStates(world: World, { pairs, accounts }: View): Book {
  const book: Book = new Map();
  const objects = new Set(
    pairs.flatMap(pair => (pair.anchored && pair.group !== undefined ? (pair.object?.guid ?? []) : [])),
  );
  for (const user of world.cloud_user) {
    const account = world.ad_user.find(row => row.guid === accounts.get(user.id));
    const member = world.ad_member.some(row => row.member_guid === account?.guid && objects.has(row.group_guid));
    if (account === undefined || !member || account.enabled === null || user.enabled === null) continue;
    book.set(user.id, verdict(account.enabled === user.enabled));
  }
  return book;
}
