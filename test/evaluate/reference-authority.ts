import { isWithin, splitDn } from '../../src/base/index.ts';
import type { Row } from '../../src/snapshot/index.ts';
import type { SeenPair, View } from './reference-membership.ts';
import { AS_OF, convertedByDeclaration, type World } from './world.ts';

type Verdict = 'pass' | 'fail' | 'unknown';
type Book = Map<string, Verdict>;
type CloudGroup = Row<'cloud_group'>;

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const MARKER = /^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const markerOf = (text: string | null): string | undefined => MARKER.exec(text ?? '')?.[1]?.toLowerCase();
const verdict = (good: boolean): Verdict => (good ? 'pass' : 'fail');

/** Verdicts on the source of authority, what guards it in AD, and lifecycle, by the prose of the two policies. */
export function judgeAuthority(world: World, view: View): [string, Book][] {
  const cloudSync = world.scope_flavour.some(({ flavour }) => flavour === 'cloud-sync');
  const none = (books: [string, Book][]): [string, Book][] => books.map(([id]) => [id, new Map()]);
  const ofCloudSync = [...judgeOrigins(world, view), ...judgePolicies(world), ...judgeControllers(world)];
  return [
    ...(cloudSync ? ofCloudSync : none(ofCloudSync)),
    ...judgePairs(world, view),
    ...judgeTombstones(world, view),
    ['recycle-bin-enabled', new Map(world.ad_domain.map(each => [each.guid, verdict(each.recycle_bin === true)]))],
  ];
}

/** Who rolled back or converted a group last, and when. */
function lastChange(world: World, group: string, start: string): number | undefined {
  const times = world.cloud_audit_event
    .filter(each => each.group_id === group && each.activity.startsWith(start) && each.result !== 'failure')
    .map(each => each.at);
  return times.length === 0 ? undefined : Math.max(...times);
}

function judgeOrigins(world: World, { pairs }: View): [string, Book][] {
  const ids = [
    'state-consistent',
    'declared',
    'converted-group-is-provisioned',
    'duplicate-object',
    'original-deleted',
  ];
  const books = new Map(
    [...ids, 'scope-universal', 'unsupported-attributes', 'rollback-still-in-ad'].map(id => [id, new Map()]),
  );
  for (const group of world.cloud_group) {
    const { id, on_premises_sid: sid } = group;
    const say = (name: string, good: boolean) => void books.get(name)?.set(id, verdict(good));
    const managed = world.cloud_managed_group.some(each => each.group_id === id);
    const synced = group.on_premises_sync_enabled === true;
    if (!managed && !synced && sid === null) continue;
    const original = firstOf(world.ad_forest_group.filter(each => sid !== null && each.sid === sid));
    const undone = lastChange(world, id, 'Undo changes');
    const moving = !managed && undone !== undefined && AS_OF - undone <= 60 * MINUTE;
    say('state-consistent', managed !== synced || moving);
    const declared = convertedByDeclaration.includes(id);
    if (managed || declared) say('declared', managed && declared);
    if (managed) say('unsupported-attributes', isSupported(group, original));
    const dead = world.ad_deleted.some(each => sid !== null && each.sid === sid);
    if (managed && (original !== undefined || dead)) say('original-deleted', original !== undefined);
    if (original === undefined) continue;
    if (!managed) say('rollback-still-in-ad', markerOf(original.admin_description) === undefined);
    if (!managed) continue;
    const others = pairs.filter(each => each.anchored && each.group?.id === id && each.object?.guid !== original.guid);
    say('converted-group-is-provisioned', isSecurity(group) && markerOf(original.external_id) === id);
    say('duplicate-object', others.length === 0);
    say('scope-universal', original.group_type === 8 || original.group_type === -2147483640);
  }
  return [...books].map(([id, book]) => [`soa-${id}`, book]);
}

function firstOf<T extends { readonly guid: string }>(rows: readonly T[]): T | undefined {
  return [...rows].sort((a, b) => (a.guid < b.guid ? -1 : 1))[0];
}

function isSecurity(group: CloudGroup): boolean {
  return group.security_enabled === true && group.mail_enabled !== true && !group.group_types.includes('Unified');
}

function isSupported(group: CloudGroup, original: Row<'ad_forest_group'> | undefined): boolean {
  const attributes = [...group.extension_attributes, ...(original?.extension_attributes ?? [])];
  return attributes.length === 0 && !(isSecurity(group) && original !== undefined && original.mail !== null);
}

/** What follows from parts of a conjunction, some of which nobody knows. */
function together(parts: readonly (boolean | undefined)[]): Verdict {
  if (parts.includes(false)) return 'fail';
  return parts.includes(undefined) ? 'unknown' : 'pass';
}

function judgePolicies(world: World): [string, Book][] {
  const [valid, claimed]: Book[] = [new Map(), new Map()];
  const agents = world.ad_identity.filter(each => each.role === 'sync' && /^provagentgmsa/i.test(each.name));
  const agentSids = agents.flatMap(each => each.sid ?? []);
  const statement = world.declared_statement.find(each => each.name === 'enforcementPrevents');
  const claims = (statement?.value ?? '').split(',').map(claim => claim.trim().toLowerCase());
  for (const policy of world.ad_soa_policy) {
    const domain = world.ad_domain.find(each => each.dn === policy.domain_dn);
    const key = `${domain?.guid}/${policy.guid}`;
    const sids = policy.sids.filter(each => /^S-1-\d+(-\d+)+$/.test(each));
    const named = sids.map(sid => world.ad_trustee.find(each => each.sid === sid));
    const stale = named.some(each => each !== undefined && each.name === null);
    valid?.set(
      key,
      together([
        policy.name === 'Cloud',
        policy.mode?.toLowerCase() === 'enforced',
        policy.sids.length <= 64,
        sids.length === policy.sids.length,
        stale ? false : named.includes(undefined) ? undefined : true,
        agentSids.length === 0 ? undefined : agentSids.every(sid => sids.includes(sid)),
      ]),
    );
    const fine = claims.every(claim => ['', 'modify', 'rename', 'move', 'restore'].includes(claim));
    claimed?.set(key, statement === undefined ? 'unknown' : verdict(fine));
  }
  return [
    ['enforcement-policy-valid', valid ?? new Map()],
    ['enforcement-not-overclaimed', claimed ?? new Map()],
  ];
}

function judgeControllers(world: World): [string, Book][] {
  const book: Book = new Map();
  const least: Readonly<Record<string, number>> = { '20348': 5257, '26100': 32995 };
  for (const {
    guid,
    dns_name: name,
    operating_system_version: version,
    read_only: reader,
  } of world.ad_domain_controller) {
    if (reader || world.ad_soa_policy.length === 0) continue;
    const build = /^10\.0 \((\d+)\)$/.exec(version ?? '')?.[1];
    const needed = least[build ?? ''];
    const declared = world.declared_dc_build.find(each => each.dns_name === name)?.build.split('.');
    if (needed === undefined) book.set(guid, 'fail');
    else book.set(guid, declared?.[2] === build ? verdict(Number(declared?.[3]) >= needed) : 'unknown');
  }
  return [['enforcement-all-dcs-capable', book]];
}

function judgePairs(world: World, { pairs }: View): [string, Book][] {
  const [above, marked, stale, lasting]: Book[] = [new Map(), new Map(), new Map(), new Map()];
  for (const pair of pairs) {
    const { key, object, group, flavour, kind, inScope } = pair;
    if (inScope && flavour !== 'cloud-sync' && kind === 'm365') lasting?.set(key, verdict(group?.expiration !== null));
    if (object === undefined || group === undefined || !pair.anchored) continue;
    if (flavour === 'cloud-sync') {
      above?.set(key, verdict(!hasSyncedParent(world, object.guid)));
      const isEnforced = world.ad_soa_policy.some(
        each => each.domain_dn.toLowerCase() === object.domain_dn.toLowerCase(),
      );
      if (isEnforced) marked?.set(key, verdict(object.object_soa === 'Cloud'));
    }
    const young = object.created !== null && AS_OF - object.created <= 90 * DAY;
    // An object of which no engine is known belongs to none of the flavours, which are all.
    if (object.object_class === 'group' && !young) stale?.set(key, verdict(isUsed(world, pair)));
  }
  return [
    ['soa-parent-references-cloud-child', above ?? new Map()],
    ['enforcement-marker-present', marked ?? new Map()],
    ['stale-empty-group', stale ?? new Map()],
    ['expired-group-policy', lasting ?? new Map()],
  ];
}

function hasSyncedParent(world: World, guid: string): boolean {
  const parents = world.ad_parent.filter(each => each.child_guid === guid).map(each => each.parent_guid);
  const sids = world.ad_group.filter(each => parents.includes(each.guid)).flatMap(each => each.sid ?? []);
  return world.cloud_group.some(
    each =>
      each.on_premises_sync_enabled === true && each.on_premises_sid !== null && sids.includes(each.on_premises_sid),
  );
}

function isUsed(world: World, { object, group }: SeenPair): boolean {
  const recent = (at: number | null | undefined) => at != null && AS_OF - at <= 90 * DAY;
  return (
    world.ad_member.some(each => each.group_guid === object?.guid) ||
    world.cloud_member.some(each => each.group_id === group?.id) ||
    world.ad_member_change.some(each => each.group_guid === object?.guid && recent(each.changed)) ||
    recent(group?.renewed)
  );
}

function judgeTombstones(world: World, { pairs }: View): [string, Book][] {
  const [rejoined, visible]: Book[] = [new Map(), new Map()];
  const on = world.scope_flavour.map(({ flavour }) => flavour);
  let stripped = false;
  for (const dead of world.ad_deleted) {
    const places = world.ad_container.filter(
      ({ kind, dn }) => kind === 'writeback' && isWithin(dead.last_known_parent ?? '', dn),
    );
    const external = markerOf(dead.external_id);
    const named = places.length > 0 ? markerOf(dead.cn) : undefined;
    const anchor = external ?? markerOf(dead.admin_description) ?? named;
    if (anchor === undefined) {
      const kept = world.ad_domain.every(each => each.recycle_bin === true);
      if (dead.object_class === 'group' && places.length > 0 && !kept) stripped = true;
      continue;
    }
    const cloud = pairs.filter(each => each.group?.id === anchor);
    if (cloud.length === 0) continue;
    const living = pairs.filter(each => each.anchored && each.group?.id === anchor).flatMap(each => each.object ?? []);
    const recent = dead.changed === null || AS_OF - dead.changed <= 30 * DAY;
    if (recent && cloud.some(each => each.inScope)) visible?.set(dead.guid, verdict(living.length > 0));
    const depth = (dn: string) => splitDn(dn).length;
    const longest = [...places].sort((a, b) => depth(b.dn) - depth(a.dn));
    const declared = longest.find(each => each.flavour !== null)?.flavour;
    const guessed = external === undefined ? connectOf(on, cloud[0]?.kind) : 'cloud-sync';
    if ((declared ?? guessed) === 'cloud-sync') continue;
    const after = living.some(
      each => each.sid !== null && each.sid !== dead.sid && (each.created ?? 0) > (dead.created ?? 0),
    );
    const doubtful = living.some(
      each => each.sid === null || each.created === null || dead.sid === null || dead.created === null,
    );
    rejoined?.set(dead.guid, after ? 'fail' : doubtful ? 'unknown' : 'pass');
  }
  if (stripped) {
    for (const book of [rejoined, visible]) book?.set('', 'unknown');
  }
  return [
    ['restored-group-rejoined', rejoined ?? new Map()],
    ['tombstone-anchor-visible', visible ?? new Map()],
  ];
}

/** The version of Connect that writes groups of this kind. */
function connectOf(on: readonly string[], kind: string | undefined): string {
  if (kind === 'm365') return on.includes('connect-v2') && !on.includes('connect-v1') ? 'connect-v2' : 'connect-v1';
  return on.includes('connect-v2') ? 'connect-v2' : 'connect-v1';
}
