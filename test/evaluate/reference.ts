import { isWithin } from '../../src/base/index.ts';
import type { Row } from '../../src/snapshot/index.ts';
import { judgeAuthority } from './reference-authority.ts';
import { judgeEvents } from './reference-events.ts';
import { judgeIdentity } from './reference-identity.ts';
import { judgeMail } from './reference-mail.ts';
import { judgeMembership, type View } from './reference-membership.ts';
import { judgePlaces } from './reference-places.ts';
import { judgeScope } from './reference-scope.ts';
import { AS_OF, type World } from './world.ts';

/** Verdicts by subject; subjects that are left out are out of scope. */
type Book = Map<string, 'pass' | 'fail' | 'unknown'>;

type AdGroup = Row<'ad_group'>;
type CloudGroup = Row<'cloud_group'>;

/** One AD object and one cloud group that belong together, or one of them alone. */
type Pair = {
  readonly object: AdGroup | undefined;
  readonly group: CloudGroup | undefined;
  readonly anchor: string | undefined;
  readonly match: 'external' | 'admin' | 'name' | 'sid' | undefined;
  readonly conflict: boolean;
};

const GUID = /^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const USER = /^user_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const HOUR = 3_600_000;
const idOf = (text: string | null, form: RegExp): string | undefined => form.exec(text ?? '')?.[1]?.toLowerCase();
const first = (ids: readonly string[]): string | undefined => [...ids].sort()[0];

/** Judges a fully read world by the prose of the policies, with nothing but maps and sets: verdicts by invariant and subject. */
export function referee(world: World): ReadonlyMap<string, Book> {
  const pairs = pairUp(world);
  const accounts = accountsOf(world, pairs);
  const view = viewOf(world, pairs, accounts);
  return new Map([
    ...judgeObjects(world, pairs),
    ...judgeMembers(world, pairs, accounts),
    ...judgeMembership(world, view),
    ...judgeMail(world, view),
    ...judgeEvents(world, view),
    ...judgeIdentity(world, view),
    ...judgeScope(world, view),
    ...judgePlaces(world, view),
    ...judgeRights(world, pairs),
    ...judgeAuthority(world, view),
    ...judgeGround(world),
  ]);
}

function viewOf(world: World, pairs: readonly Pair[], accounts: ReadonlyMap<string, string>): View {
  const objects = Map.groupBy(pairs, pair => pair.anchor);
  return {
    accounts,
    pairs: pairs.map(pair => {
      const { object, group, anchor, match, conflict } = pair;
      const flavour = flavourOf(world, pair);
      return {
        object,
        group,
        flavour,
        key: keyOf(pair),
        anchor,
        match,
        anchored: object !== undefined && anchor !== undefined,
        kind: group === undefined ? undefined : kindOf(group),
        inScope: isInScope(world, pair),
        young: isYoung(group?.created ?? null, graceOf(world, flavour)),
        comparable:
          object?.object_class === 'group' && !syncedOf(group) && !conflict && objects.get(anchor)?.length === 1,
      };
    }),
  };
}

function pairUp(world: World): readonly Pair[] {
  const active = new Map(world.cloud_group.map(group => [group.id, group]));
  const paired = world.ad_group.flatMap((object): Pair[] => {
    const external = idOf(object.external_id, GUID);
    const admin = idOf(object.admin_description, GUID);
    const name = idOf(object.cn, GUID);
    if (external === undefined && admin === undefined && !object.in_container) return [];
    const named = object.in_container ? name : undefined;
    const bySid = world.cloud_group.filter(
      group => object.sid !== null && group.on_premises_sid === object.sid && group.on_premises_sync_enabled !== true,
    );
    const marker = external ?? admin ?? named;
    const anchor = marker ?? first(bySid.map(group => group.id));
    const match = external ? 'external' : admin ? 'admin' : named ? 'name' : anchor ? 'sid' : undefined;
    const conflict = new Set([external, admin, name].filter(each => each !== undefined)).size > 1;
    return [{ object, group: anchor === undefined ? undefined : active.get(anchor), anchor, match, conflict }];
  });
  const taken = new Set(paired.map(pair => pair.anchor));
  const alone = world.cloud_group.filter(group => !taken.has(group.id));
  return [
    ...paired,
    ...alone.map(group => ({ object: undefined, group, anchor: group.id, match: undefined, conflict: false })),
  ];
}

function kindOf(group: CloudGroup): string {
  if (group.group_types.includes('Unified')) return 'm365';
  if (group.security_enabled) return group.mail_enabled ? 'mail-security' : 'security';
  return group.mail_enabled ? 'list' : 'other';
}

const syncedOf = (group: CloudGroup | undefined): boolean => group?.on_premises_sync_enabled === true;
const keyOf = ({ anchor, object }: Pair): string => `${anchor ?? ''}/${object?.guid ?? ''}`;

function isTakenByV2(world: World, group: CloudGroup): boolean {
  const enabled = world.cloud_writeback.find(row => row.group_id === group.id)?.enabled ?? null;
  const kind = kindOf(group);
  return (kind === 'm365' || kind === 'security') && (enabled ?? kind === 'm365');
}

// Design: the flavour of its container; else Cloud Sync by its marker; else Connect; a group without an object is in scope where a configured flavour takes it.
function flavourOf(world: World, { object, group, anchor, match }: Pair): string | undefined {
  const on = new Set(world.scope_flavour.map(row => row.flavour));
  if (object === undefined) {
    if (group === undefined || syncedOf(group)) return undefined;
    if (on.has('cloud-sync') && kindOf(group) === 'security') return 'cloud-sync';
    if (on.has('connect-v1') && kindOf(group) === 'm365') return 'connect-v1';
    return on.has('connect-v2') && isTakenByV2(world, group) ? 'connect-v2' : undefined;
  }
  if (anchor === undefined) return undefined;
  const depth = (dn: string) => dn.split(',').length;
  const [container] = world.ad_container
    .filter(
      each => each.kind === 'writeback' && each.flavour !== null && object.in_container && isWithin(object.dn, each.dn),
    )
    .sort((a, b) => depth(b.dn) - depth(a.dn));
  if (container?.flavour) return container.flavour;
  if (match === 'external' || (match === 'sid' && on.has('cloud-sync'))) return 'cloud-sync';
  const kind = group === undefined ? 'm365' : kindOf(group);
  if (kind === 'm365') return on.has('connect-v2') && !on.has('connect-v1') ? 'connect-v2' : 'connect-v1';
  return on.has('connect-v2') ? 'connect-v2' : 'connect-v1';
}

const isGroupJob = (job: Row<'cloud_job'>): boolean => job.template_id.startsWith('AAD2ADGroupProvisioning');

function graceOf(world: World, flavour: string | undefined): number {
  const intervals = world.cloud_job.filter(isGroupJob).flatMap(job => job.schedule_interval_seconds ?? []);
  return flavour === 'cloud-sync' && intervals.length > 0 ? Math.max(...intervals) * 3000 : HOUR;
}

function isYoung(born: number | null, grace: number): boolean {
  return born !== null && AS_OF - born <= grace;
}

function nameFits({ object, group, anchor = '' }: Pair, flavour: string | undefined): boolean {
  const cn = object?.cn ?? '';
  if (cn.toLowerCase() === `group_${anchor}`) return true;
  if (group?.display_name == null || cn.slice(-13).toLowerCase() !== `_${anchor.slice(-12)}`) return false;
  const [shown, written] = [group.display_name.trim(), cn.slice(0, -13)];
  return flavour === 'cloud-sync' ? written === [...shown].slice(0, 51).join('') : shown.startsWith(written.trimEnd());
}

function judgeObjects(world: World, pairs: readonly Pair[]): [string, Book][] {
  const books = new Map<string, Book>();
  const say = (id: string, key: string, good: boolean) =>
    (books.get(id) ?? books.set(id, new Map()).get(id))?.set(key, good ? 'pass' : 'fail');
  for (const id of [
    'gal-entry-present',
    'group-type-universal-distribution',
    'group-type-universal-security',
    'synced-group-not-written-back',
    'soft-deleted-still-in-ad',
    'in-scope-group-exists-in-ad',
    'written-name-matches-format',
    'object-in-declared-container',
    'two-engines-one-group',
    'proxy-unique-forest',
    'anchor-attributes-agree',
    'not-nested-in-protected-group',
    'no-roundtrip-loop',
    'hard-deleted-still-in-ad',
    'out-of-scope-type-written-back',
  ])
    books.set(id, new Map());
  for (const pair of pairs) {
    const { object, group, anchor } = pair;
    const flavour = flavourOf(world, pair);
    const key = keyOf(pair);
    const grace = graceOf(world, flavour);
    const kind = group === undefined ? undefined : kindOf(group);
    if (group !== undefined && !isYoung(group.created, grace)) {
      const takes = {
        'connect-v1': kind === 'm365',
        'cloud-sync': kind === 'security',
        'connect-v2': isTakenByV2(world, group),
      };
      if (
        !syncedOf(group) &&
        flavour !== undefined &&
        Object.entries(takes).some(([name, taken]) => name === flavour && taken)
      )
        say('in-scope-group-exists-in-ad', key, object !== undefined);
    }
    if (object === undefined || anchor === undefined) continue;
    say('anchor-attributes-agree', key, !pair.conflict);
    say('not-nested-in-protected-group', key, !isBelowProtected(world, object.guid));
    say(
      'no-roundtrip-loop',
      key,
      !world.cloud_group.some(each => object.sid !== null && each.on_premises_sid === object.sid && each.id !== anchor),
    );
    const dead = group === undefined ? world.cloud_deleted_group.find(each => each.id === anchor) : undefined;
    const declared = world.ad_container.some(each => each.kind === 'writeback');
    if (!declared || object.in_container)
      say('hard-deleted-still-in-ad', key, group !== undefined || dead !== undefined);
    if (dead !== undefined && !isYoung(dead.deleted, 24 * HOUR))
      say('soft-deleted-still-in-ad', key, !world.ad_member.some(each => each.group_guid === object.guid));
    const managed = world.cloud_managed_group.some(each => each.group_id === group?.id);
    const original = managed && group?.on_premises_sid != null && group.on_premises_sid === object.sid;
    if (!original && declared) say('object-in-declared-container', key, object.in_container);
    if (group === undefined) continue;
    const tail = /_([0-9a-f]{12})$/i.exec(object.cn ?? '')?.[1]?.toLowerCase();
    if (object.object_class === 'group' && (tail === undefined || anchor.endsWith(tail)))
      say('written-name-matches-format', key, nameFits(pair, flavour));
    const told = world.cloud_writeback.find(each => each.group_id === group.id)?.on_premises_group_type ?? null;
    if (
      flavour === 'connect-v1' ||
      (flavour === 'connect-v2' && kind === 'm365' && (told === null || told === 'universalDistributionGroup'))
    )
      say('group-type-universal-distribution', key, object.group_type === 8);
    if (
      flavour === 'cloud-sync' ||
      (flavour === 'connect-v2' && (told === null ? kind === 'security' : told === 'universalSecurityGroup'))
    )
      say('group-type-universal-security', key, object.group_type === -2147483640);
    const allowed =
      flavour === 'connect-v1'
        ? kind === 'm365'
        : flavour === 'connect-v2'
          ? kind === 'm365' || kind === 'security'
          : kind === 'security' && !syncedOf(group);
    say('out-of-scope-type-written-back', key, allowed);
    if (syncedOf(group))
      say('synced-group-not-written-back', key, object.sid !== null && object.sid === group.on_premises_sid);
    if (
      flavour !== 'cloud-sync' &&
      object.mail !== null &&
      object.hidden_from_address_lists !== true &&
      !isYoung(object.created, grace)
    )
      say('gal-entry-present', key, object.show_in_address_book.length > 0);
  }
  const anchored = pairs.filter(pair => pair.object !== undefined && pair.anchor !== undefined);
  for (const [anchor = '', twins] of Map.groupBy(anchored, pair => pair.anchor)) {
    const cloudSync = twins.some(twin => idOf(twin.object?.external_id ?? null, GUID) !== undefined);
    const connect = twins.some(twin => twin.match === 'admin');
    const v2 = world.cloud_sync_feature.some(each => each.name === 'groupWriteBackEnabled' && each.enabled === true);
    const told =
      twins[0]?.group !== undefined &&
      world.cloud_writeback.some(each => each.group_id === anchor && each.enabled === true);
    say('two-engines-one-group', anchor, !(cloudSync && (connect || (v2 && told))));
  }
  const held = new Map<string, Set<string>>();
  const hold = (address: string, guid: string) => held.set(address, (held.get(address) ?? new Set()).add(guid));
  for (const each of world.ad_address) hold(each.address, each.object_guid);
  for (const { object } of anchored)
    for (const address of object === undefined ? [] : addressesOf(object)) {
      hold(address, object?.guid ?? '');
      say('proxy-unique-forest', address, held.get(address)?.size === 1);
    }
  return [...books];
}

function addressesOf(object: AdGroup): readonly string[] {
  const proxies = object.proxy_addresses.filter(each => /^smtp:/i.test(each)).map(each => each.slice(5));
  return [...proxies, ...(object.mail === null ? [] : [object.mail])]
    .map(each => each.trim().toLowerCase())
    .filter(each => each !== '');
}

function isBelowProtected(world: World, guid: string): boolean {
  const above = new Set<string>();
  const climb = (child: string): void => {
    for (const { parent_guid: parent } of world.ad_parent.filter(each => each.child_guid === child))
      if (!above.has(parent)) {
        above.add(parent);
        climb(parent);
      }
  };
  climb(guid);
  above.delete(guid);
  return world.ad_group.some(
    ({ guid: node, sid, sam_account_name: sam }) =>
      above.has(node) &&
      (/^S-1-5-32-(544|548|549|550|551|552)$/.test(sid ?? '') ||
        /^S-1-5-21-\d+-\d+-\d+-(512|516|518|519|520|521|526|527)$/.test(sid ?? '') ||
        sam?.toLowerCase() === 'dnsadmins'),
  );
}

/** The AD object that each cloud user or group is. */
function accountsOf(world: World, pairs: readonly Pair[]): ReadonlyMap<string, string> {
  const accounts = new Map<string, string>();
  for (const user of world.cloud_user) {
    const guids = (fits: (account: Row<'ad_user'>) => boolean) =>
      first(world.ad_user.filter(fits).map(each => each.guid));
    const account =
      guids(each => each.sid !== null && each.sid === user.on_premises_sid) ??
      guids(each => (each.consistency_guid ?? each.guid) === user.immutable_guid) ??
      guids(each => (idOf(each.external_id, USER) ?? idOf(each.admin_description, USER)) === user.id);
    if (account !== undefined) accounts.set(user.id, account);
  }
  for (const group of world.cloud_group) {
    const twins = pairs.filter(pair => pair.object !== undefined && pair.anchor === group.id && !pair.conflict);
    const source = syncedOf(group)
      ? world.ad_group.find(each => each.sid !== null && each.sid === group.on_premises_sid)?.guid
      : undefined;
    const account = (twins.length === 1 ? twins[0]?.object?.guid : undefined) ?? source;
    if (account !== undefined) accounts.set(group.id, account);
  }
  return accounts;
}

function judgeMembers(world: World, pairs: readonly Pair[], accounts: ReadonlyMap<string, string>): [string, Book][] {
  const [missing, extra, leaked, nested, empty]: Book[] = [new Map(), new Map(), new Map(), new Map(), new Map()];
  const objects = Map.groupBy(pairs, pair => pair.anchor);
  const somebody = new Set(accounts.values());
  const inScope = new Set(
    pairs.filter(pair => pair.group !== undefined && isInScope(world, pair)).map(pair => pair.group?.id),
  );
  const judged = pairs.filter(
    pair =>
      pair.object?.object_class === 'group' &&
      pair.group !== undefined &&
      !syncedOf(pair.group) &&
      !pair.conflict &&
      objects.get(pair.anchor)?.length === 1,
  );
  const reached = judged.map(pair => {
    const [group, object] = [pair.group?.id ?? '', pair.object?.guid ?? ''];
    const members = world.cloud_member.filter(each => each.group_id === group);
    const inAd = new Set(world.ad_member.filter(each => each.group_guid === object).map(each => each.member_guid));
    const flavour = flavourOf(world, pair);
    const young = isYoung(pair.group?.created ?? null, graceOf(world, flavour));
    const named = new Set<string>();
    let eligible = false;
    for (const { member_id: member, kind } of members) {
      const child = kind === 'group' ? world.cloud_group.find(each => each.id === member) : undefined;
      const account = kind === 'user' || kind === 'group' ? accounts.get(member) : undefined;
      if (account !== undefined) named.add(account);
      const key = `${group}/${member}`;
      const has = account !== undefined && inAd.has(account);
      if (has) extra?.set(key, 'pass');
      const reachable = account !== undefined || syncedOf(child);
      const dropped = syncedOf(child) && flavour === 'cloud-sync';
      if (reachable && !dropped && !young) missing?.set(key, has ? 'pass' : 'fail');
      if (account !== undefined && !syncedOf(child)) eligible = true;
      if (child !== undefined && (inScope.has(child.id) || syncedOf(child)))
        nested?.set(key, reachable && !dropped ? 'pass' : 'fail');
    }
    const doubles = new Set(
      members.flatMap(({ member_id: member }) => {
        const twins = (objects.get(member) ?? []).filter(twin => twin.object !== undefined && twin.group !== undefined);
        return twins.filter(twin => twin.conflict || twins.length > 1).map(twin => twin.object?.guid);
      }),
    );
    for (const guid of inAd) {
      if (named.has(guid)) continue;
      const key = `${group}/ad:${guid}`;
      // One of two objects of a member: which one the engine means is another invariant's matter.
      extra?.set(key, doubles.has(guid) ? 'pass' : 'fail');
      if (doubles.has(guid) && !young) missing?.set(key, 'pass');
      if (!doubles.has(guid))
        leaked?.set(key, !somebody.has(guid) && isLookalike(world, guid, members, accounts) ? 'fail' : 'pass');
    }
    return { pair, flavour, eligible, empty: inAd.size === 0 };
  });
  const jobs = world.cloud_job.filter(isGroupJob);
  const on = world.scope_flavour.some(each => each.flavour === 'cloud-sync');
  for (const job of on ? (jobs.length > 0 ? jobs : [undefined]) : []) {
    const own = reached.filter(
      ({ pair, flavour }) =>
        flavour === 'cloud-sync' &&
        (jobs.length < 2 || (job?.target_container != null && isWithin(pair.object?.dn ?? '', job.target_container))),
    );
    const eligible = own.filter(each => each.eligible);
    const empties = eligible.filter(each => each.empty).length;
    if (jobs.length > 1 && job?.target_container === null) empty?.set(job.id, 'unknown');
    else if (eligible.length > 0)
      empty?.set(job?.id ?? 'flavour:cloud-sync', empties * 100 > eligible.length * 80 ? 'fail' : 'pass');
  }
  return [
    ['member-missing-in-ad', missing ?? new Map()],
    ['member-extra-in-ad', extra ?? new Map()],
    ['cloud-only-member-leaked', leaked ?? new Map()],
    ['nested-cloud-group-expressed', nested ?? new Map()],
    ['groups-only-empty-membership', empty ?? new Map()],
  ];
}

function isInScope(world: World, pair: Pair): boolean {
  const { group } = pair;
  if (group === undefined || syncedOf(group)) return false;
  const flavour = flavourOf(world, pair);
  const kind = kindOf(group);
  return (
    (flavour === 'connect-v1' && kind === 'm365') ||
    (flavour === 'cloud-sync' && kind === 'security') ||
    (flavour === 'connect-v2' && isTakenByV2(world, group))
  );
}

function isLookalike(
  world: World,
  guid: string,
  members: readonly Row<'cloud_member'>[],
  accounts: ReadonlyMap<string, string>,
): boolean {
  const account = world.ad_user.find(each => each.guid === guid);
  if (account === undefined) return false;
  const same = (a: string | null | undefined, b: string | null | undefined) =>
    a != null && b != null && a.toLowerCase() === b.toLowerCase();
  return world.cloud_user.some(
    user =>
      members.some(each => each.member_id === user.id) &&
      !accounts.has(user.id) &&
      (same(user.upn, account.upn) ||
        same(user.mail, account.mail) ||
        same(user.upn?.split('@')[0], account.sam_account_name)),
  );
}

const OWNER_RIGHTS = 'S-1-3-4';
const GROUP_CLASS = 'bf967a9c-0de6-11d0-a285-00aa003049e2';
const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2';
const MEMBERSHIP = 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf';
const MARKERS = [
  'bf967919-0de6-11d0-a285-00aa003049e2',
  'bd29bf90-66ad-40e1-887b-10df070419a6',
  '77b5b886-944a-11d1-aebd-0000f80367c1',
];

/** Whether bit `at` of an access mask is set; masks are unsigned. */
const bit = (mask: number, at: number): boolean => Math.floor(mask / 2 ** at) % 2 === 1;

function powersOf({ mask, object_type: type, inherited_object_type: heirs, inherit_only: below }: Row<'ad_ace'>) {
  const [createChild, self, writeProperty] = [bit(mask, 0), bit(mask, 3), bit(mask, 5)];
  const [writeDac, writeOwner, all, write] = [bit(mask, 18), bit(mask, 19), bit(mask, 28), bit(mask, 30)];
  const takes = writeDac || writeOwner || (all && type === null);
  const writes = writeProperty || write || all;
  const member =
    (writes && (type === null || type === MEMBER || type === MEMBERSHIP)) ||
    (self && (type === null || type === MEMBER));
  const marks = writes && type !== null && MARKERS.includes(type);
  const creates = createChild && (type === null || type === GROUP_CLASS);
  const reachesGroups = heirs === null || heirs === GROUP_CLASS;
  return {
    member: !below && (takes || member),
    container: (!below && (takes || creates)) || (reachesGroups && (takes || creates || member || marks)),
    marks: !below && marks,
  };
}

type Powers = { readonly member: boolean; readonly container: boolean; readonly marks: boolean };

/** What each trustee may do with an object; `marksItself` when a right on its markers was granted on the object. */
function powersOn(world: World, guid: string): ReadonlyMap<string, Powers & { readonly marksItself: boolean }> {
  const security = world.ad_security.find(each => each.object_guid === guid);
  const entries = world.ad_ace.filter(each => each.acl === security?.acl);
  const powers = new Map<string, Powers & { readonly marksItself: boolean }>();
  const grant = (sid: string, more: Powers, itself: boolean) =>
    powers.set(sid, {
      member: more.member || (powers.get(sid)?.member ?? false),
      container: more.container || (powers.get(sid)?.container ?? false),
      marks: more.marks || (powers.get(sid)?.marks ?? false),
      marksItself: (more.marks && itself) || (powers.get(sid)?.marksItself ?? false),
    });
  const all = { member: true, container: true, marks: true };
  const owner = security?.owner_sid ?? null;
  const open = security?.acl === null;
  if (open) grant('S-1-1-0', all, true);
  for (const entry of entries)
    if (entry.allow)
      grant(
        entry.trustee_sid === OWNER_RIGHTS ? (owner ?? OWNER_RIGHTS) : entry.trustee_sid,
        powersOf(entry),
        !entry.inherited,
      );
  if (!open && owner !== null && !entries.some(each => each.trustee_sid === OWNER_RIGHTS && !each.inherit_only))
    grant(owner, all, true);
  return powers;
}

/** Whether a right on the markers of a group comes from above, and its trustee controls the container in which the group lies. */
function isToldOfContainer(world: World, guid: string, sid: string, itself: boolean): boolean {
  const dn = world.ad_group.find(each => each.guid === guid)?.dn ?? '';
  return (
    !itself &&
    world.ad_container.some(
      each =>
        each.kind === 'writeback' &&
        each.found &&
        each.guid !== null &&
        isWithin(dn, each.dn) &&
        powersOn(world, each.guid).get(sid)?.container === true,
    )
  );
}

function judgeRights(world: World, pairs: readonly Pair[]): [string, Book][] {
  const [writers, containers, holder, markers]: Book[] = [new Map(), new Map(), new Map(), new Map()];
  const trusted = new Set([...world.ad_identity.flatMap(each => each.sid ?? []), 'S-1-5-18', 'S-1-5-32-544']);
  const engines = new Set(world.ad_identity.filter(each => each.role === 'sync').flatMap(each => each.sid ?? []));
  const guarded = [
    ...pairs.flatMap(({ object, anchor }) =>
      object !== undefined && anchor !== undefined ? [{ kind: 'group', guid: object.guid }] : [],
    ),
    ...world.ad_container.flatMap(({ kind, guid, found }) => (found && guid !== null ? [{ kind, guid }] : [])),
  ];
  for (const { kind, guid } of guarded) {
    const security = world.ad_security.find(each => each.object_guid === guid);
    const powers = powersOn(world, guid);
    const open = security?.acl === null;
    for (const [sid, power] of powers) {
      const key = `${guid}/${sid}`;
      if (kind === 'group' && power.member) writers?.set(key, trusted.has(sid) ? 'pass' : 'fail');
      if (kind === 'group' && !power.member && power.marks && !isToldOfContainer(world, guid, sid, power.marksItself))
        markers?.set(key, trusted.has(sid) ? 'pass' : 'fail');
      if (kind === 'writeback' && power.container) containers?.set(key, trusted.has(sid) ? 'pass' : 'fail');
      if (kind === 'adminsdholder')
        holder?.set(
          key,
          engines.has(sid) || open || bearsEngineName(world, sid) ? 'fail' : engines.size === 0 ? 'unknown' : 'pass',
        );
    }
  }
  return [
    ['no-extra-writer-on-group', writers ?? new Map()],
    ['container-acl-as-declared', containers ?? new Map()],
    ['adminsdholder-clean', holder ?? new Map()],
    ['anchor-writable-only-by-engine', markers ?? new Map()],
  ];
}

/** Whether an account is called as the engines call theirs. */
function bearsEngineName(world: World, sid: string): boolean {
  const name = world.ad_trustee.find(each => each.sid === sid)?.name?.toLowerCase() ?? '';
  return /^(msol|aad)_[0-9a-f]+$/.test(name) || name.startsWith('provagentgmsa');
}

function judgeGround(world: World): [string, Book][] {
  const on = new Set(world.scope_flavour.map(each => each.flavour));
  const book = (entries: readonly (readonly [string, boolean])[]): Book =>
    new Map(entries.map(([key, good]) => [key, good ? 'pass' : 'fail']));
  const v2 = world.cloud_sync_feature.some(each => each.name === 'groupWriteBackEnabled' && each.enabled === true);
  const jobs = on.has('cloud-sync') ? world.cloud_job.filter(isGroupJob) : [];
  const exchange = on.has('connect-v1') || on.has('connect-v2') ? world.ad_domain : [];
  const declared = world.ad_container.filter(each => each.kind === 'writeback');
  return [
    ['v2-disabled', book([['tenant', !v2]])],
    [
      'cloudsync-job-not-quarantined',
      book(jobs.map(job => [job.id, job.quarantine_reason === null && job.status_code !== 'Quarantine'])),
    ],
    ['exchange-schema-present', book(exchange.map(each => [each.guid, (each.exchange_schema_version ?? 0) >= 15312]))],
    [
      'exchange-org-version-min',
      book(
        (on.has('connect-v1') ? world.ad_domain : []).map(each => [
          each.guid,
          (each.exchange_org_version ?? 0) >= 15965,
        ]),
      ),
    ],
    ['container-exists', book(declared.map(each => [each.guid ?? each.dn.toLowerCase(), each.found]))],
  ];
}
