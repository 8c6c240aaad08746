import { isWithin } from '../../src/base/index.ts';
import type { Row, SchemaKind, TableName } from '../../src/snapshot/index.ts';
import { ownFacets, tables } from '../../src/snapshot/index.ts';
import { type Random, randomFrom } from '../lab/generator/random.ts';
import { addAuthority, declaredConverted } from './world-authority.ts';
import { addEvents } from './world-events.ts';
import { addPlaces } from './world-places.ts';
import { addRecipients } from './world-recipients.ts';

/** Rows of every table that a verdict can rest on; never rows with equal keys. */
export type World = { -readonly [N in TableName]: Row<N>[] };

/** The instant at which worlds are looked at. */
export const AS_OF = Date.parse('2026-08-01T12:00:00Z');

const MINUTE = 60_000;
const DOMAIN_SID = 'S-1-5-21-1-2-3';
const BASE = 'DC=ex,DC=com';
const SCHEMA = {
  member: 'bf9679c0-0de6-11d0-a285-00aa003049e2',
  Membership: 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf',
  group: 'bf967a9c-0de6-11d0-a285-00aa003049e2',
  adminDescription: 'bf967919-0de6-11d0-a285-00aa003049e2',
  'msDS-ExternalDirectoryObjectId': 'bd29bf90-66ad-40e1-887b-10df070419a6',
  'Personal-Information': '77b5b886-944a-11d1-aebd-0000f80367c1',
} as const;
const USER_CLASS = 'bf967aba-0de6-11d0-a285-00aa003049e2';

/** A GUID of a small space: the last twelve digits differ by `number` alone, so that suffixes collide across kinds. */
export function idOf(kind: string, island: number, number: number): string {
  const text = kind.charCodeAt(0).toString(16).padStart(8, 'a');
  return `${text}-0000-4000-8000-${island.toString(16).padStart(6, 'b')}${number.toString(16).padStart(6, '0')}`;
}

/** Ids of the cloud groups that are declared to be managed in the cloud. */
export const convertedByDeclaration = declaredConverted(idOf);

const sidOf = (island: number, number: number): string => `${DOMAIN_SID}-${2000 + island * 100 + number}`;

function emptyWorld(): World {
  return Object.fromEntries(Object.keys(tables).map(name => [name, []])) as unknown as World;
}

/**
 * A random world in which everything was read: a few islands with small id spaces, which share tenant, jobs, containers and flavours. Islands refer to
 * nothing outside themselves, so more of them mean more collisions per judgement without more of them per group.
 */
export function worldOf(seed: number, islands: number): World {
  const random = randomFrom(seed);
  const world = emptyWorld();
  addGround(world, random);
  for (let island = 0; island < islands; island += 1) addIsland(world, random, island);
  if (random.chance(0.5)) setSwitches(world, random);
  if (random.chance(0.25)) migrate(world);
  if (random.chance(0.7)) followTypes(world, random);
  if (random.chance(0.1)) world.ad_member = [];
  addAccess(world, random);
  addAuthority(world, random, { id: idOf, asOf: AS_OF, domainSid: DOMAIN_SID, base: BASE });
  for (const facet of ownFacets()) world.coverage.push(coverageRow(facet, '', true));
  // Each with draws of its own, so that one more does not change all others.
  addRecipients(world, randomFrom(seed + 7_000_000));
  addEvents(world, randomFrom(seed + 8_000_000));
  addPlaces(world, randomFrom(seed + 9_000_000));
  return world;
}

/** Says of every group that v2 could write whether it does: islands by themselves never agree on that. */
function setSwitches(world: World, { pick }: Random): void {
  for (const { id } of world.cloud_group) {
    const row = world.cloud_writeback.find(each => each.group_id === id);
    const enabled = row?.enabled ?? pick([true, false]);
    world.cloud_writeback = world.cloud_writeback.filter(each => each !== row);
    world.cloud_writeback.push({ group_id: id, on_premises_group_type: row?.on_premises_group_type ?? null, enabled });
  }
}

/** Makes of some groups what v2 is told to make. */
function followTypes(world: World, { chance }: Random): void {
  world.ad_group = world.ad_group.map(row => {
    const marker = (row.external_id ?? row.admin_description ?? '').toLowerCase();
    const told = world.cloud_writeback.find(each => marker === `group_${each.group_id}`)?.on_premises_group_type;
    if (told !== 'universalMailEnabledSecurityGroup' || chance(0.3)) return row;
    return { ...row, group_type: -2147483640, mail: row.mail ?? `m${marker}@ex.com` };
  });
}

/** Leaves nothing to Connect, as after a migration to Cloud Sync. */
function migrate(world: World): void {
  world.cloud_sync_feature = world.cloud_sync_feature.map(row => ({ ...row, enabled: false }));
  world.ad_group = world.ad_group.map(row => ({ ...row, external_id: row.external_id ?? row.admin_description }));
}

function kindOf(name: string): SchemaKind {
  if (name === 'group') return 'class';
  return /^(membership|personal-information)$/i.test(name) ? 'property-set' : 'attribute';
}

/** A row of coverage. */
export function coverageRow(facet: string, object: string, complete: boolean): Row<'coverage'> {
  return { facet, object, complete, reason: complete ? null : 'refused', expected: null, retrieved: null };
}

function addGround(world: World, random: Random): void {
  const { pick, chance, below } = random;
  for (const flavour of ['connect-v1', 'connect-v2', 'cloud-sync'])
    if (chance(flavour === 'cloud-sync' ? 0.65 : 0.5)) world.scope_flavour.push({ flavour });
  world.ad_domain.push({
    ...{ dn: BASE, dns_name: 'ex.com', sid: DOMAIN_SID, guid: idOf('d', 0, 0), forest_dns_name: 'ex.com' },
    ...{ domain_level: 7, schema_version: pick([87, null]), external_id_in_schema: pick([true, false, null]) },
    recycle_bin: pick([true, false]),
    ...{ object_soa_in_schema: pick([true, false, null]), registered_devices: pick([true, false]) },
    exchange_schema_version: pick([null, 15312, 15311, 17003]),
    exchange_org_version: pick([null, 15964, 15965, 16000]),
    exchange_domain_version: null,
  });
  if (chance(0.8))
    for (const [name, guid] of Object.entries(SCHEMA)) world.ad_schema.push({ name, kind: kindOf(name), guid });
  const flavour = () => pick([null, null, 'connect-v1', 'connect-v2', 'cloud-sync', 'cloud-sync']);
  const dns = random.sample(
    [`OU=A,${BASE}`, `OU=B,OU=A,${BASE}`, `ou=c   ,  ${BASE.toLowerCase()}`, `OU=Sales\\, x,${BASE}`],
    below(4),
  );
  dns.forEach((dn, at) => {
    const found = chance(0.9);
    world.ad_container.push({
      ...{ kind: 'writeback', dn, flavour: flavour(), found, guid: found ? idOf('c', 0, at) : null },
      ...{ object_class: found ? 'organizationalUnit' : null, well_known: found ? chance(0.25) : null },
    });
  });
  for (const [kind, dn, at] of [
    ['domain', BASE, 8],
    ['adminsdholder', `CN=AdminSDHolder,CN=System,${BASE}`, 9],
  ] as const)
    world.ad_container.push({
      ...{ kind, dn, flavour: null, found: true, guid: idOf('c', 0, at), object_class: 'container', well_known: false },
    });
  world.cloud_tenant.push({
    ...{
      id: idOf('t', 0, 0),
      display_name: pick([null, 'Tenant']),
      on_premises_sync_enabled: pick([null, true, false]),
    },
    ...{ last_sync: pick([null, AS_OF - MINUTE]), verified_domains: [] },
  });
  for (const name of ['unifiedGroupWritebackEnabled', 'groupWriteBackEnabled'])
    if (chance(0.8)) world.cloud_sync_feature.push({ name, enabled: pick([null, true, true, false]) });
  if (chance(0.5))
    world.cloud_setting.push({
      template: 'Group.Unified',
      name: 'NewUnifiedGroupWritebackDefault',
      value: pick(['true', 'false']),
    });
  for (let at = below(6) - 1; at > 0; at -= 1)
    world.cloud_job.push({
      ...{
        id: `job-${at}`,
        service_principal_id: idOf('p', 0, at),
        service_principal_name: pick([null, `Sync ${at}`]),
      },
      template_id: pick([
        'AAD2ADGroupProvisioning',
        'AAD2ADGroupProvisioning',
        'AAD2ADGroupProvisioningV2',
        'AD2AADProvisioning',
      ]),
      schedule_interval_seconds: pick([null, 1200, 7200]),
      ...{ schedule_state: pick([null, 'Active']), status_code: pick([null, 'Active', 'Quarantine']) },
      quarantine_reason: chance(0.2) ? 'TooManyDeletes' : null,
      ...{
        quarantine_began: null,
        quarantine_error: null,
        last_success: pick([null, AS_OF - MINUTE]),
        last_state: null,
      },
      ...{ complete_failures: pick([null, 0, 3]), escrowed: null, cn_expression: null },
      ...{ scope_filter: null, target_domain: null, sync_all: null, escrows_pruned: null },
      ...{ accidental_delete_enabled: null, accidental_delete_threshold: null },
      target_container: chance(0.3)
        ? null
        : pick([
            `OU=A,${BASE}`,
            `OU=a,${BASE}`,
            `OU=B,OU=A,${BASE}`,
            `OU=Else,${BASE}`,
            `CN=Users, ${BASE}`,
            `cn=users,${BASE}`,
            BASE,
          ]),
    });
}

type Island = {
  readonly world: World;
  readonly random: Random;
  readonly at: number;
  /** Ids of cloud groups: active, deleted and gone. */
  readonly active: string[];
  readonly absent: string[];
  readonly users: string[];
  /** Of AD users and AD groups. */
  readonly accounts: string[];
  readonly groups: string[];
};

function addIsland(world: World, random: Random, at: number): void {
  const island: Island = { world, random, at, active: [], absent: [], users: [], accounts: [], groups: [] };
  const { below, between, chance } = random;
  const ids = Array.from({ length: 6 }, (_, number) => idOf('g', at, number));
  for (const group of ids) (chance(0.6) ? island.active : island.absent).push(group);
  for (let number = between(1, 4); number > 0; number -= 1) addAccount(island, number);
  for (let number = between(1, 5); number > 0; number -= 1) addUser(island, number);
  const sids = Array.from({ length: 7 }, (_, number) => sidOf(at, 50 + number));
  for (const group of island.active) addCloudGroup(island, group, sids);
  for (const group of island.absent)
    if (chance(0.5)) {
      const deleted = random.pick([
        null,
        AS_OF - 60 * MINUTE,
        AS_OF - 1440 * MINUTE,
        AS_OF - 1441 * MINUTE,
        AS_OF - 9000 * MINUTE,
      ]);
      world.cloud_deleted_group.push({
        ...{
          id: group,
          display_name: random.pick([null, 'Dead']),
          deleted,
          group_types: [],
          security_enabled: true,
          mail_enabled: false,
        },
      });
    }
  const count = between(2, 7);
  for (let number = 0; number < count; number += 1) addAdGroup(island, number, ids, sids);
  addEdges(island);
  addHolders(island, below(3));
}

function addAccount({ world, random, at, accounts }: Island, number: number): void {
  const { pick, chance } = random;
  const guid = idOf('a', at, number);
  const near = () => idOf('a', at, random.below(5));
  const anchor = () => `${pick(['User_', 'user_', 'User'])}${idOf('u', at, random.between(1, 5))}`;
  const name = () => `${pick(['ann', 'Bob'])}${at}`;
  accounts.push(guid);
  world.ad_user.push({
    ...{
      guid,
      sid: chance(0.9) ? sidOf(at, number) : null,
      dn: `CN=p${number}x${at},CN=Users,${BASE}`,
      cn: `p${number}`,
    },
    ...{ sam_account_name: pick([null, name()]), display_name: pick([null, 'Person']) },
    object_class: pick(['user', 'user', 'contact', 'foreignSecurityPrincipal', 'computer']),
    ...{ upn: chance(0.3) ? `${name()}@ex.com` : null, mail: chance(0.3) ? `${name()}@ex.com` : null },
    ...{ enabled: pick([null, true, false]), consistency_guid: chance(0.3) ? near() : null },
    ...{
      admin_description: chance(0.2) ? anchor() : null,
      external_id: chance(0.2) ? anchor() : null,
      admin_count: pick([null, 0, 1]),
    },
  });
}

function addUser({ world, random, at, users }: Island, number: number): void {
  const { pick, chance, below } = random;
  const user = idOf('u', at, number);
  const name = () => `${pick(['ANN', 'bob'])}${at}@ex.com`;
  users.push(user);
  world.cloud_user.push({
    ...{
      id: user,
      display_name: pick([null, 'User']),
      upn: chance(0.6) ? name() : null,
      mail: chance(0.4) ? name() : null,
    },
    ...{
      enabled: pick([null, true, false]),
      user_type: pick([null, 'Member', 'Guest']),
      on_premises_sync_enabled: pick([null, true]),
    },
    ...{ immutable_id: null, immutable_guid: chance(0.4) ? idOf('a', at, below(6)) : null },
    on_premises_sid: chance(0.5) ? sidOf(at, below(6)) : null,
    ...{
      on_premises_sam_account_name: null,
      on_premises_domain_name: null,
      on_premises_dn: null,
      on_premises_last_sync: null,
    },
  });
}

const NAMES = ['Sales', ' Sales team ', 'Ümläut, Inc.', `${'long '.repeat(10)}tail of a name`];

function addCloudGroup({ world, random, at }: Island, group: string, sids: readonly string[]): void {
  const { pick, chance } = random;
  const kind = pick(['m365', 'm365', 'security', 'security', 'security', 'mesg', 'dl', 'other']);
  const origin = pick(['cloud', 'cloud', 'cloud', 'synced', 'converted', 'sid']);
  const unified = kind === 'm365' ? ['Unified'] : [];
  world.cloud_group.push({
    ...{ id: group, display_name: pick([null, ...NAMES]), description: pick([null, 'd']) },
    group_types: chance(0.2) ? [...unified, 'DynamicMembership'] : unified,
    security_enabled:
      kind === 'm365' ? pick([null, true, false]) : kind === 'security' || kind === 'mesg' ? true : pick([null, false]),
    mail_enabled: kind === 'm365' || kind === 'mesg' || kind === 'dl' ? true : pick([null, false]),
    ...{
      mail: chance(0.3) ? `g${at}@ex.com` : null,
      mail_nickname: null,
      proxy_addresses: [],
      visibility: pick([null, 'Public', 'HiddenMembership']),
    },
    membership_rule: pick([null, 'user.companyName -eq "C"', 'user.City -eq "B"', 'device.x and USER.STATE -eq "s"']),
    membership_rule_state: pick([null, 'On', 'On', 'Paused']),
    assignable_to_role: pick([null, true, false]),
    created: pick([
      null,
      AS_OF - 10 * MINUTE,
      AS_OF - 60 * MINUTE,
      AS_OF - 61 * MINUTE,
      AS_OF - 200 * MINUTE,
      AS_OF - 90000 * MINUTE,
    ]),
    security_identifier: null,
    on_premises_sync_enabled: origin === 'synced' ? true : pick([null, false]),
    on_premises_sid: origin === 'cloud' ? null : pick(sids),
    ...{ on_premises_sam_account_name: null, on_premises_domain_name: null, on_premises_last_sync: null },
    ...{ expiration: null, renewed: null, extension_attributes: [] },
  });
  if (chance(0.7))
    world.cloud_writeback.push({
      ...{ group_id: group, enabled: pick([null, true, false]) },
      on_premises_group_type: pick([
        null,
        'universalDistributionGroup',
        'universalSecurityGroup',
        'universalMailEnabledSecurityGroup',
      ]),
    });
  if (origin === 'converted' || chance(0.05)) world.cloud_managed_group.push({ group_id: group });
}

function addAdGroup(island: Island, number: number, ids: readonly string[], sids: readonly string[]): void {
  const { world, random, at, groups } = island;
  const { pick, chance } = random;
  const guid = idOf('o', at, number);
  const [first, second] = [pick(ids), pick(ids)];
  const containers = world.ad_container
    .filter(each => each.kind === 'writeback' && each.found)
    .map(each => each.dn.replace(/\s*,\s*/g, ',').toUpperCase());
  const marker = (group: string) => pick([`Group_${group}`, `Group_${group}`, `GROUP_${group.toUpperCase()}`]);
  const broken = (group: string) =>
    pick([
      `Group_${group} `,
      `Group_${group.slice(1)}`,
      `TakenOver_Group_${group}`,
      'Group_x',
      `Group_{${group}}`,
      `xGroup_${group}`,
    ]);
  const style = pick([
    'external',
    'external',
    'admin',
    'admin',
    'both',
    'both',
    'conflict',
    'cn',
    'bare',
    'broken',
    'plain',
    'protected',
  ]);
  const outside = style === 'plain' || style === 'protected' || chance(0.25);
  const parent =
    outside || containers.length === 0 ? `OU=Else,${BASE}` : pick([...containers, `OU=Sub,${containers[0]}`]);
  const shown = world.cloud_group.find(each => each.id === first)?.display_name ?? 'Nobody';
  const cn = pick(
    style === 'cn' || style === 'both'
      ? [marker(first), marker(first), marker(second)]
      : [
          `Free ${number} x${at}`,
          `Free ${number} x${at}`,
          marker(first),
          `${shown.trim().slice(0, 51)}_${first.slice(-12)}`,
          `Sal_${first.slice(-12).toUpperCase()}`,
          `${shown}_${first.slice(-12)}`,
        ],
  );
  const dn = `CN=${cn.replace(/[\\,+"<>;=#]/g, one => `\\${one}`)},${parent}`;
  const used = new Set(world.ad_group.map(each => each.dn.toLowerCase()));
  const at1 = `g${at}@ex.com`;
  groups.push(guid);
  world.ad_group.push({
    ...{ guid, domain_dn: BASE, dn: used.has(dn.toLowerCase()) ? dn.replace(/,/, ` ${number},`) : dn },
    sid:
      style === 'protected'
        ? pick(['S-1-5-32-544', `${DOMAIN_SID}-512`, `${DOMAIN_SID}-513`, 'S-1-5-32-545', sids[number] ?? null])
        : chance(0.9)
          ? (sids[number] ?? null)
          : null,
    cn:
      style === 'plain' || style === 'protected'
        ? `Plain ${number}`
        : used.has(dn.toLowerCase())
          ? `${cn} ${number}`
          : cn,
    sam_account_name: style === 'protected' ? pick(['DnsAdmins', 'Other', null]) : pick([null, 'sam']),
    ...{ display_name: pick([null, 'Twin']), description: pick([null, 'text']) },
    object_class: style !== 'plain' && style !== 'protected' && outside && chance(0.15) ? 'contact' : 'group',
    in_container: world.ad_container.some(each => each.kind === 'writeback' && each.found && isWithin(dn, each.dn)),
    group_type: pick([8, -2147483640, 2, null]),
    admin_description: ['admin', 'both', 'conflict'].includes(style)
      ? marker(first)
      : style === 'broken'
        ? broken(first)
        : chance(0.1)
          ? 'User_1'
          : null,
    external_id: ['external', 'both'].includes(style)
      ? marker(first)
      : style === 'conflict'
        ? marker(second)
        : style === 'broken' && chance(0.3)
          ? broken(second)
          : null,
    ...{ mail: pick([null, null, at1.toUpperCase(), ` h${at}@ex.com`]), mail_nickname: null },
    proxy_addresses: random.sample(
      [`SMTP:${at1}`, `smtp:H${at}@ex.com`, `X500:/o=${at}`, `smtp:k${at}${number}@ex.com`],
      random.below(3),
    ),
    show_in_address_book: chance(0.5) ? ['CN=GAL'] : [],
    ...{
      hidden_from_address_lists: pick([null, true, false]),
      admin_count: pick([null, 0, 1]),
      critical: pick([null, true, false]),
    },
    ...{
      sid_history: [],
      managed_by: null,
      hide_dl_membership: null,
      require_auth_to_send: null,
      extension_attributes: [],
    },
    ...{
      object_soa: null,
      created: pick([null, AS_OF - 5 * MINUTE, AS_OF - 9000 * MINUTE]),
      changed: pick([null, AS_OF - MINUTE]),
      usn_changed: null,
    },
  });
}

function addEdges({ world, random, active, users, accounts, groups, at }: Island): void {
  const { chance, pick } = random;
  const density = pick([0.15, 0.35, 0.6]);
  for (const group of active) {
    const synced = world.cloud_group.some(each => each.id === group && each.on_premises_sync_enabled === true);
    for (const member of users)
      if (chance(density)) world.cloud_member.push({ group_id: group, member_id: member, kind: 'user' });
    for (const member of active)
      if (chance(density / 2)) world.cloud_member.push({ group_id: group, member_id: member, kind: 'group' });
    for (const kind of ['device', 'orgContact'])
      if (chance(0.1)) world.cloud_member.push({ group_id: group, member_id: idOf(kind, at, 1), kind });
    if (synced && chance(0.3))
      for (const row of world.cloud_member.filter(each => each.group_id === group))
        world.cloud_member.splice(world.cloud_member.indexOf(row), 1);
  }
  const empty = chance(0.25);
  for (const group of groups) {
    if (empty || chance(0.2)) continue;
    for (const member of [...accounts, ...groups])
      if (chance(accounts.includes(member) ? density : density / 3))
        world.ad_member.push({ group_guid: group, member_guid: member });
  }
  for (const child of groups)
    for (const parent of groups) if (chance(0.15)) world.ad_parent.push({ child_guid: child, parent_guid: parent });
}

/** Every SMTP address of the forest: those of the groups, and of others. */
function addHolders({ world, random, at, groups }: Island, others: number): void {
  const seen = new Set<string>();
  const add = (address: string, guid: string, attribute: string, dn: string) => {
    const key = `${address} ${guid} ${attribute}`;
    if (seen.has(key)) return;
    seen.add(key);
    world.ad_address.push({ address, object_guid: guid, attribute, object_class: 'group', dn });
  };
  for (const group of world.ad_group.filter(each => groups.includes(each.guid))) {
    for (const proxy of group.proxy_addresses)
      if (/^smtp:/i.test(proxy)) add(proxy.slice(5).trim().toLowerCase(), group.guid, 'proxyAddresses', group.dn);
    if (group.mail !== null) add(group.mail.trim().toLowerCase(), group.guid, 'mail', group.dn);
  }
  for (let number = 0; number < others; number += 1)
    add(`${random.pick(['g', 'h'])}${at}@ex.com`, idOf('h', at, random.below(3)), 'mail', `CN=h${number}`);
}

function addAccess(world: World, random: Random): void {
  const { pick, chance, below } = random;
  const sync = `${DOMAIN_SID}-1103`;
  const trusted = `${DOMAIN_SID}-1104`;
  const trustees = [
    'S-1-5-18',
    'S-1-5-32-544',
    `${DOMAIN_SID}-512`,
    `${DOMAIN_SID}-519`,
    'S-1-5-32-548',
    'S-1-1-0',
    sync,
    trusted,
    `${DOMAIN_SID}-1999`,
    'S-1-3-4',
  ];
  const types = [null, null, ...Object.values(SCHEMA), USER_CLASS];
  const masks = [1, 8, 16, 32, 40, 262144, 524288, 268435456, 1073741824, 0x80000000, 983551, 131220];
  for (let acl = 0; acl < 5; acl += 1)
    for (let ordinal = 0; ordinal < below(5); ordinal += 1)
      world.ad_ace.push({
        ...{
          acl: idOf('l', 0, acl),
          ordinal,
          allow: chance(0.85),
          conditional: false,
          trustee_sid: pick(trustees),
          mask: pick(masks),
        },
        ...{ object_type: pick(types), inherited_object_type: pick([null, null, SCHEMA.group, USER_CLASS]) },
        ...{ inherited: chance(0.5), inherit_only: chance(0.25), no_propagate: false, flags: 0 },
      });
  const guarded = [...world.ad_group, ...world.ad_container].flatMap(each => each.guid ?? []);
  for (const guid of guarded)
    world.ad_security.push({
      ...{
        object_guid: guid,
        owner_sid: chance(0.4) ? pick(trustees) : null,
        group_sid: null,
        control: 0x8004,
        acl: chance(0.1) ? null : idOf('l', 0, below(5)),
        protected: false,
      },
    });
  const identity = (role: string, name: string, sid: string | null) =>
    world.ad_identity.push({ role, name, sid, guessed: false });
  identity('trusted', 'Domain Admins', `${DOMAIN_SID}-512`);
  identity('trusted', 'Enterprise Admins', `${DOMAIN_SID}-519`);
  identity('trusted', 'Administrators', 'S-1-5-32-544');
  identity('trusted', 'SYSTEM', 'S-1-5-18');
  if (chance(0.8)) identity('sync', 'MSOL_1', chance(0.8) ? sync : null);
  if (chance(0.5)) identity('trusted', 'writer', chance(0.8) ? trusted : null);
  if (chance(0.2)) identity('trusted', 'both', sync);
  for (const sid of trustees)
    world.ad_trustee.push({ sid, name: chance(0.8) ? `name of ${sid}` : null, object_class: null, dn: null });
}
