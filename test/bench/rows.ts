import type { Row } from '../../src/snapshot/index.ts';
import { engineOf, type idsOf, mix, type Plant, plantOf, tieOf } from './world.ts';

/** The estate's constants that rows and expectations share. */
export const END = '2026-08-22T10:00:00Z';
export const OLD = Date.parse('2024-03-01T08:00:00Z');
export const RECENT = Date.parse('2026-08-22T09:40:00Z');
export const DOMAIN = 'DC=contoso,DC=com';
export const DOMAIN_SID = 'S-1-5-21-1004336348-1177238915-682003330';
export const SYNC_SID = `${DOMAIN_SID}-5001`;
export const ROGUE_LISTS = 10;
export const CLEAN_LISTS = 50;

type Ids = ReturnType<typeof idsOf>;

/** Everything a row depends on. */
export type World = {
  readonly seed: number;
  readonly ids: Ids;
  readonly users: number;
  readonly groups: number;
  readonly natives: number;
};

/** SIDs of accounts and groups of the domain, by what they are. */
export const sidOf = {
  user: (index: number) => `${DOMAIN_SID}-${10_000 + index}`,
  native: (index: number) => `${DOMAIN_SID}-${20_000_000 + index}`,
  group: (index: number) => `${DOMAIN_SID}-${30_000_000 + index}`,
  twin: (index: number) => `${DOMAIN_SID}-${40_000_000 + index}`,
  service: (index: number) => `${DOMAIN_SID}-${50_000_000 + index}`,
  orphan: (index: number) => `${DOMAIN_SID}-${60_000_000 + index}`,
  elsewhere: (index: number) => `${DOMAIN_SID}-${70_000_000 + index}`,
  rogue: (index: number) => `${DOMAIN_SID}-${6_000 + index}`,
};

/** The container of a written-back group; Cloud Sync has a job for each of its three. */
export function containerOf(group: number, plant: Plant): string {
  const engine = engineOf(group);
  if (plant === 'moved' || plant === 'takenOver') return `OU=Elsewhere,${DOMAIN}`;
  if (engine === 'v1') return `OU=Teams,OU=Writeback,${DOMAIN}`;
  if (engine === 'v2') return `OU=Security,OU=Writeback,${DOMAIN}`;
  return `OU=CloudSync${plant === 'emptyJob' ? 3 : 1 + (group % 2)},OU=Writeback,${DOMAIN}`;
}

/** A user as Graph tells of it. */
export function cloudUser({ seed, ids }: World, index: number): Row<'cloud_user'> {
  const tie = tieOf(seed, index);
  const synced = tie !== 'none' && tie !== 'anchor';
  const withSid = tie === 'guid' || tie === 'consistency' || tie === 'sid';
  const immutable =
    tie === 'guid' || tie === 'guidOnly'
      ? ids.text('adUser', index)
      : tie === 'consistency'
        ? ids.text('otherImmutable', index)
        : null;
  const upn = `u${index}@contoso.com`;
  return {
    id: ids.text('cloudUser', index),
    display_name: `Someone Somewhere ${index}`,
    upn,
    mail: upn,
    enabled: index % 7 !== 0,
    user_type: index % 11 === 0 ? 'Guest' : 'Member',
    on_premises_sync_enabled: synced ? true : null,
    immutable_id: immutable === null ? null : 'AAAAAAAAAAAAAAAAAAAAAA==',
    immutable_guid: immutable,
    on_premises_sid: withSid ? sidOf.user(index) : null,
    on_premises_sam_account_name: synced ? `u${index}` : null,
    on_premises_domain_name: synced ? 'contoso.com' : null,
    on_premises_dn: synced ? `CN=Someone Somewhere ${index},OU=People,${DOMAIN}` : null,
    on_premises_last_sync: synced ? RECENT : null,
  };
}

/** The AD account of a user that has one. */
export function adUser({ seed, ids }: World, index: number): Row<'ad_user'> {
  const tie = tieOf(seed, index);
  return {
    guid: ids.text('adUser', index),
    sid: sidOf.user(index),
    dn: `CN=Someone Somewhere ${index},OU=People,${DOMAIN}`,
    cn: `Someone Somewhere ${index}`,
    sam_account_name: `u${index}`,
    display_name: `Someone Somewhere ${index}`,
    object_class: 'user',
    upn: `u${index}@contoso.com`,
    mail: `u${index}@contoso.com`,
    enabled: index % 7 !== 0,
    consistency_guid: tie === 'consistency' ? ids.text('otherImmutable', index) : null,
    admin_description: null,
    external_id: tie === 'anchor' ? `User_${ids.text('cloudUser', index)}` : null,
    admin_count: null,
  };
}

/** An AD account that is nobody's in the cloud; it bears the name of the user `like` when there is one. */
export function serviceUser({ ids }: World, index: number, like: number | undefined): Row<'ad_user'> {
  const name = `svc${index}`;
  return {
    guid: ids.text('service', index),
    sid: sidOf.service(index),
    dn: `CN=${name},OU=Services,${DOMAIN}`,
    cn: name,
    sam_account_name: name,
    display_name: `Service ${index}`,
    object_class: 'user',
    upn: `${like === undefined ? name : `U${like}`}@contoso.com`,
    mail: null,
    enabled: true,
    consistency_guid: null,
    admin_description: null,
    external_id: null,
    admin_count: null,
  };
}

const plainCloudGroup = {
  description: null,
  group_types: [] as readonly string[],
  security_enabled: true,
  mail_enabled: false,
  mail: null,
  mail_nickname: null,
  proxy_addresses: [] as readonly string[],
  visibility: null,
  membership_rule: null,
  membership_rule_state: null,
  assignable_to_role: false,
  created: OLD,
  security_identifier: null,
  on_premises_sync_enabled: null,
  on_premises_sid: null,
  on_premises_sam_account_name: null,
  on_premises_domain_name: null,
  on_premises_last_sync: null,
  expiration: null,
  renewed: null,
  extension_attributes: [],
};

/** A written-back group as Graph tells of it. */
export function cloudGroup({ ids }: World, index: number, plant: Plant): Row<'cloud_group'> {
  const unified = engineOf(index) === 'v1' && plant !== 'wrongKind';
  const distribution = engineOf(index) === 'cs' && plant === 'wrongKind';
  return {
    ...plainCloudGroup,
    id: ids.text('cloudGroup', index),
    display_name: `Team ${index} of the made-up estate`,
    description: index % 3 === 0 ? `What team ${index} works on, in a sentence` : null,
    group_types: unified ? ['Unified'] : [],
    security_enabled: !unified && !distribution,
    mail_enabled: unified || distribution,
    mail: unified ? `g${index}@contoso.com` : null,
    mail_nickname: unified ? `g${index}` : `n${index}`,
    proxy_addresses: unified ? [`SMTP:G${index}@contoso.com`, `smtp:g${index}@contoso.onmicrosoft.com`] : [],
    visibility: unified ? 'Private' : null,
    created: plant === 'recent' ? RECENT : OLD,
    on_premises_sync_enabled: plant === 'syncedTwin' ? true : null,
    on_premises_sid:
      plant === 'syncedTwin' ? sidOf.elsewhere(index) : plant === 'takenOver' ? sidOf.group(index) : null,
  };
}

/** A cloud group that stands beside the written-back ones. */
export function otherCloudGroup(
  id: string,
  name: string,
  kind: 'unified' | 'security' | 'distribution',
  sid: string | null,
): Row<'cloud_group'> {
  return {
    ...plainCloudGroup,
    id,
    display_name: name,
    group_types: kind === 'unified' ? ['Unified'] : [],
    security_enabled: kind === 'security',
    mail_enabled: kind !== 'security',
    on_premises_sync_enabled: sid === null ? null : true,
    on_premises_sid: sid,
  };
}

const plainAdGroup = {
  domain_dn: DOMAIN,
  object_class: 'group',
  in_container: true,
  group_type: -2147483640,
  description: null,
  admin_description: null as string | null,
  external_id: null as string | null,
  mail: null as string | null,
  mail_nickname: null,
  proxy_addresses: [] as readonly string[],
  show_in_address_book: [] as readonly string[],
  hidden_from_address_lists: null,
  admin_count: null,
  critical: null,
  object_soa: null,
  sid_history: [] as readonly string[],
  managed_by: null,
  hide_dl_membership: null,
  require_auth_to_send: null,
  extension_attributes: [] as readonly string[],
  created: OLD,
  changed: RECENT,
  usn_changed: 123_456,
};

/** The AD object of a written-back group. */
export function adGroup(world: World, index: number, plant: Plant): Row<'ad_group'> {
  const { ids } = world;
  const engine = engineOf(index);
  const id = ids.text('cloudGroup', index);
  const marker = `Group_${id}`;
  const byGuid = index % 3 === 0;
  const cn =
    plant === 'renamed'
      ? `Renamed by hand ${index}`
      : byGuid
        ? marker
        : `Team ${index} of the made-up estate_${id.slice(-12)}`;
  const mail = engine === 'v1' && plant !== 'wrongKind';
  const universal = engine === 'v1' ? 8 : -2147483640;
  return {
    ...plainAdGroup,
    guid: ids.text('adGroup', index),
    sid: sidOf.group(index),
    dn: `CN=${cn},${containerOf(index, plant)}`,
    cn,
    sam_account_name: marker.slice(0, 20),
    display_name: `Team ${index} of the made-up estate`,
    in_container: plant !== 'moved' && plant !== 'takenOver',
    group_type: plant === 'wrongType' ? (universal === 8 ? -2147483640 : 8) : universal,
    admin_description: plant === 'conflict' ? `Group_${ids.text('foreign', index)}` : engine === 'cs' ? null : marker,
    external_id: engine === 'cs' || plant === 'conflict' ? marker : null,
    mail: mail ? `g${index}@contoso.com` : null,
    proxy_addresses: mail ? [`SMTP:G${index}@contoso.com`, `smtp:g${index}@contoso.onmicrosoft.com`] : [],
    show_in_address_book: mail && plant !== 'noBook' ? ['CN=All Groups', 'CN=Default Global Address List'] : [],
  };
}

/** A second AD object with the marker of a group: a copy, or the trace of another engine. */
export function twinGroup(world: World, index: number, plant: Plant): Row<'ad_group'> {
  const original = adGroup(world, index, plant);
  const other = plant === 'twoTwins';
  const container = other ? `OU=Security,OU=Writeback,${DOMAIN}` : `OU=Copies,${containerOf(index, plant)}`;
  return {
    ...original,
    guid: world.ids.text('twin', index),
    sid: sidOf.twin(index),
    dn: `CN=${original.cn ?? ''},${container}`,
    admin_description: other ? `Group_${world.ids.text('cloudGroup', index)}` : original.admin_description,
    external_id: other ? null : original.external_id,
    mail: null,
    proxy_addresses: [],
    show_in_address_book: [],
  };
}

/** An AD object whose cloud group is deleted (soft) or gone for good. */
export function orphanGroup({ ids }: World, space: 'deleted' | 'gone', index: number): Row<'ad_group'> {
  const cn = `Group_${ids.text(space, index)}`;
  return {
    ...plainAdGroup,
    guid: ids.text('staleAd', index + (space === 'gone' ? 1_000_000 : 0)),
    sid: sidOf.orphan(index + (space === 'gone' ? 1_000_000 : 0)),
    dn: `CN=${cn},OU=CloudSync1,OU=Writeback,${DOMAIN}`,
    cn,
    sam_account_name: cn.slice(0, 20),
    display_name: null,
    external_id: cn,
  };
}

/** A group that AD owns. */
export function nativeGroup(guid: string, sid: string, name: string): Row<'ad_group'> {
  const dn = `CN=${name},OU=Groups,${DOMAIN}`;
  return { ...plainAdGroup, guid, sid, dn, cn: name, sam_account_name: name, display_name: name, in_container: false };
}

/** A safe neighbour that a group can nest; undefined for most groups. */
export function nestedChild({ seed, groups }: World, group: number): number | undefined {
  if (group % 20 !== 3 && group % 20 !== 8) return undefined;
  const child = (group + 10) % groups;
  return plantOf(seed, child) === 'none' ? child : undefined;
}

/** Which shared access list guards a group: a clean one, or one that lets a stranger in. */
export function accessListOf(group: number, plant: Plant): { readonly list: number; readonly rogue: boolean } {
  return plant === 'rogueAcl'
    ? { list: CLEAN_LISTS + (group % ROGUE_LISTS), rogue: true }
    : { list: mix(group) % CLEAN_LISTS, rogue: false };
}
