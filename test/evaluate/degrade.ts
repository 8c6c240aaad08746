import { isWithin } from '../../src/base/index.ts';
import type { FacetName, Row, TableName } from '../../src/snapshot/index.ts';
import { ownFacets } from '../../src/snapshot/index.ts';
import { type Random, randomFrom } from '../lab/generator/random.ts';
import { furtherTables, optionalColumns } from './further-tables.ts';
import { coverageRow, type World } from './world.ts';

/** What was not read: facets as a whole, and single objects as `facet object`. */
export type Loss = {
  readonly whole: ReadonlySet<FacetName>;
  readonly objects: readonly (readonly [FacetName, string])[];
};

/** A degraded world and what it lost. */
export type Degraded = { readonly world: World; readonly loss: Loss };

/** How many of the rows that a gap concerns are gone. */
type Share = 'none' | 'some' | 'all';

/**
 * Takes facets and objects away from a fully read world, as the collectors would have to report it. What a gap concerns may be gone in part, whole, or
 * not at all; rows of a whole gap may also lack single values, because an attribute that was refused or malformed makes the facet incomplete too.
 */
export function degrade(whole: World, seed: number): Degraded {
  const random = randomFrom(seed);
  const world: World = structuredClone(whole);
  const lost = new Set(random.sample(ownFacets(), random.pick([0, 1, 1, 1, 2, 3, 6])));
  const objects: (readonly [FacetName, string])[] = [];
  if (lost.has('ad.containers') && random.chance(0.6)) loseContainer(world, random, lost);
  if (lost.has('cloud.jobs')) lost.add('cloud.jobSchema');
  for (const facet of lost) loseFacet(world, whole, random, facet, lost);
  for (let count = random.pick([0, 0, 1, 3, 8]); count > 0; count -= 1) {
    const object = loseObject(world, random);
    if (object !== undefined) objects.push(object);
  }
  world.coverage = world.coverage.flatMap(row =>
    !lost.has(row.facet as FacetName)
      ? [row]
      : random.chance(0.3)
        ? []
        : [{ ...row, complete: false, reason: 'refused' }],
  );
  for (const key of new Set(objects.map(([facet, object]) => `${facet} ${object}`))) {
    const [facet = '', object = ''] = key.split(' ');
    world.coverage = world.coverage.filter(row => row.facet !== facet || row.object !== object);
    world.coverage.push(coverageRow(facet, object, false));
  }
  return { world, loss: { whole: lost, objects } };
}

// A writeback container that cannot be read is not searched: what lies in it is found by its markers only, and seems to lie outside.
function loseContainer(world: World, random: Random, lost: Set<FacetName>): void {
  const containers = world.ad_container.filter(each => each.kind === 'writeback');
  if (containers.length === 0) return;
  const gone = random.pick(containers);
  for (const facet of ['ad.groups', 'ad.members', 'ad.memberOf', 'ad.acl'] as const) lost.add(facet);
  world.ad_container = world.ad_container.filter(each => each !== gone);
  world.ad_group = world.ad_group.map(row => ({
    ...row,
    in_container: world.ad_container.some(each => each.kind === 'writeback' && each.found && isWithin(row.dn, each.dn)),
  }));
}

/** Keeps a subset. */
function keep<T>(rows: T[], random: Random, share: Share, concerned: (row: T) => boolean = () => true): T[] {
  return share === 'none' ? rows : rows.filter(row => !concerned(row) || (share === 'some' && random.chance(0.6)));
}

/** Empties some optional values and shortens some lists. */
function blur<T extends object>(rows: T[], random: Random, columns: readonly (keyof T & string)[]): T[] {
  if (random.chance(0.5)) return rows;
  return rows.map(row => {
    if (random.chance(0.7)) return row;
    const blank = random.sample(columns, random.between(1, 3));
    return {
      ...row,
      ...Object.fromEntries(
        blank.map(column => [column, Array.isArray(row[column]) ? (row[column] as unknown[]).slice(1) : null]),
      ),
    };
  });
}

// AD does not say that it hides an attribute. The collector notices by those that every group has; where one is gone, any other may be. Lists that come in
// ranges can break off anywhere.
function hide(rows: Row<'ad_group'>[], random: Random): Row<'ad_group'>[] {
  const sign = random.pick(['sid', 'group_type'] as const);
  const hiding = random.chance(0.3) ? rows.filter(() => random.chance(0.3)) : [];
  const others = [
    'cn',
    'admin_description',
    'external_id',
    'mail',
    'hidden_from_address_lists',
    'created',
    'display_name',
    'critical',
  ] as const;
  const hidden = blur(hiding, random, others);
  const at = new Map(hiding.map((row, index) => [row.guid, { ...(hidden[index] ?? row), [sign]: null }]));
  return blur(
    rows.map(row => at.get(row.guid) ?? row),
    random,
    ['proxy_addresses', 'show_in_address_book'],
  );
}

// The same for the groups of the forest: where a group hides what every group has, it may hide anything.
function hideOf(rows: Row<'ad_forest_group'>[], random: Random): Row<'ad_forest_group'>[] {
  if (random.chance(0.5)) return rows;
  return rows.map(row => {
    if (random.chance(0.7)) return row;
    const [hidden = row] = blur([row], random, ['admin_description', 'external_id', 'mail', 'extension_attributes']);
    return { ...hidden, group_type: null };
  });
}

/** Why a group is in the snapshot at all, which decides whose gap can lose it. */
function originsOf(world: World, row: Row<'ad_group'>): readonly FacetName[] {
  const core =
    row.in_container ||
    /^(TakenOver_)?Group_/i.test(row.admin_description ?? '') ||
    /^Group_/i.test(row.external_id ?? '');
  const isProtected =
    /^S-1-5-32-5(44|48|49|50|51)$|^S-1-5-21-.*-(512|516|518|519|520|521|526|527)$/.test(row.sid ?? '') ||
    /^dnsadmins$/i.test(row.sam_account_name ?? '');
  if (core || isProtected) return ['ad.groups'];
  const parent = world.ad_parent.some(each => each.parent_guid === row.guid);
  const member = world.ad_member.some(each => each.member_guid === row.guid);
  return [...(parent ? (['ad.memberOf'] as const) : []), ...(member ? (['ad.users'] as const) : [])];
}

function loseFacet(world: World, whole: World, random: Random, facet: FacetName, lost: ReadonlySet<FacetName>): void {
  const share = random.pick<Share>(['none', 'some', 'some', 'all']);
  const drop = <T>(rows: T[], concerned?: (row: T) => boolean): T[] => keep(rows, random, share, concerned);
  switch (facet) {
    case 'ad.domain':
      world.ad_schema = drop(world.ad_schema);
      world.ad_domain = random.chance(0.5)
        ? drop(world.ad_domain)
        : blur(world.ad_domain, random, ['domain_level', 'schema_version', 'external_id_in_schema', 'recycle_bin']);
      break;
    case 'ad.exchange':
      world.ad_domain = world.ad_domain.map(row => ({
        ...row,
        exchange_schema_version: null,
        exchange_org_version: random.chance(0.5) ? null : row.exchange_org_version,
      }));
      break;
    case 'ad.containers':
      world.ad_container = world.ad_container.map(row => ({
        ...row,
        well_known: row.well_known === null ? null : false,
      }));
      // The collector says so too: whoever loses AdminSDHolder or the domain root loses their access lists.
      if (lost.has('ad.acl')) world.ad_container = drop(world.ad_container, row => row.kind !== 'writeback');
      break;
    case 'ad.groups':
      world.ad_group = drop(world.ad_group, row => originsOf(whole, row).includes('ad.groups'));
      world.ad_group = hide(world.ad_group, random);
      break;
    case 'ad.members':
      world.ad_member = drop(world.ad_member);
      break;
    case 'ad.memberOf':
    case 'ad.users':
      if (facet === 'ad.users') {
        world.ad_user = blur(drop(world.ad_user), random, [
          'sid',
          'upn',
          'mail',
          'consistency_guid',
          'external_id',
          'admin_description',
          'enabled',
          'admin_count',
        ]);
      } else world.ad_parent = drop(world.ad_parent);
      world.ad_group = drop(world.ad_group, row => {
        const origins = originsOf(whole, row);
        return origins.length > 0 && origins.every(each => each !== 'ad.groups' && lost.has(each));
      });
      break;
    case 'ad.addresses':
      world.ad_address = drop(world.ad_address);
      break;
    case 'ad.acl':
      world.ad_security = drop(world.ad_security);
      world.ad_ace = drop(world.ad_ace);
      break;
    case 'ad.trustees':
      world.ad_trustee = drop(world.ad_trustee);
      world.ad_identity = drop(world.ad_identity);
      break;
    case 'ad.deleted':
      world.ad_deleted = blur(drop(world.ad_deleted), random, ['sid', 'cn', 'changed', 'created', 'last_known_parent']);
      break;
    case 'ad.forestGroups':
      world.ad_forest_group = hideOf(drop(world.ad_forest_group), random);
      break;
    case 'ad.soaPolicy':
      world.ad_soa_policy = blur(drop(world.ad_soa_policy), random, ['mode', 'sids']);
      break;
    case 'ad.domainControllers':
      world.ad_domain_controller = blur(drop(world.ad_domain_controller), random, ['operating_system_version']);
      break;
    case 'ad.replication':
      world.ad_member_change = drop(world.ad_member_change);
      break;
    case 'cloud.auditLog':
      world.cloud_audit_event = drop(world.cloud_audit_event);
      world.cloud_log_window = [];
      break;
    case 'import.domainControllerBuilds':
      world.declared_dc_build = drop(world.declared_dc_build);
      break;
    case 'import.statements':
      world.declared_statement = drop(world.declared_statement);
      break;
    case 'cloud.groups':
      world.cloud_group = blur(drop(world.cloud_group), random, [
        'display_name',
        'group_types',
        'security_enabled',
        'mail_enabled',
        'created',
        'on_premises_sync_enabled',
        'on_premises_sid',
        'mail',
        'assignable_to_role',
      ]);
      break;
    case 'cloud.members':
      world.cloud_member = drop(world.cloud_member);
      break;
    case 'cloud.users':
      world.cloud_user = blur(drop(world.cloud_user), random, [
        'upn',
        'mail',
        'immutable_guid',
        'on_premises_sid',
        'user_type',
        'enabled',
        'on_premises_sync_enabled',
      ]);
      break;
    case 'cloud.writebackConfiguration':
      world.cloud_writeback = blur(drop(world.cloud_writeback), random, ['enabled', 'on_premises_group_type']);
      break;
    case 'cloud.sourceOfAuthority':
      world.cloud_managed_group = drop(world.cloud_managed_group);
      break;
    case 'cloud.deletedGroups':
      world.cloud_deleted_group = blur(drop(world.cloud_deleted_group), random, ['deleted', 'display_name']);
      break;
    case 'cloud.organization':
      world.cloud_tenant = random.chance(0.5)
        ? []
        : blur(world.cloud_tenant, random, ['display_name', 'on_premises_sync_enabled', 'last_sync']);
      break;
    case 'cloud.onPremisesSynchronization':
      world.cloud_sync_feature = drop(blur(world.cloud_sync_feature, random, ['enabled']));
      break;
    case 'cloud.groupSettings':
      world.cloud_setting = drop(world.cloud_setting);
      break;
    case 'cloud.jobs':
      world.cloud_job = blur(drop(world.cloud_job), random, [
        'schedule_interval_seconds',
        'schedule_state',
        'status_code',
        'quarantine_reason',
        'last_success',
        'complete_failures',
      ]);
      break;
    case 'cloud.jobSchema':
      world.cloud_job = world.cloud_job.map(row => (random.chance(0.5) ? row : withoutSchema(row)));
      world.cloud_job_mapping = drop(world.cloud_job_mapping);
      break;
    case 'cloud.jobSettings':
      world.cloud_job = world.cloud_job.map(row => (random.chance(0.5) ? row : withoutSettings(row)));
      break;
    default:
      for (const table of furtherTables[facet] ?? []) loseTable(world, random, table, share);
  }
}

function loseTable(world: World, random: Random, table: TableName, share: Share): void {
  const rows: object[] = world[table];
  Reflect.set(world, table, blur(keep(rows, random, share), random, optionalColumns(table) as never[]));
}

function withoutSchema(row: Row<'cloud_job'>): Row<'cloud_job'> {
  return { ...row, target_container: null, cn_expression: null, scope_filter: null };
}

function withoutSettings(row: Row<'cloud_job'>): Row<'cloud_job'> {
  return {
    ...row,
    ...{ target_domain: null, sync_all: null, accidental_delete_enabled: null, accidental_delete_threshold: null },
  };
}

function loseObject(world: World, random: Random): readonly [FacetName, string] | undefined {
  const share = random.pick<Share>(['none', 'some', 'some', 'all']);
  const facet = random.pick([
    ...(['cloud.members', 'ad.members', 'ad.memberOf', 'ad.acl', 'cloud.jobSchema'] as const),
    ...(['cloud.owners', 'cloud.mailSettings', 'cloud.jobSettings', 'cloud.jobAssignments'] as const),
  ]);
  const candidates =
    facet === 'cloud.members' || facet === 'cloud.owners' || facet === 'cloud.mailSettings'
      ? world.cloud_group.map(each => each.id)
      : facet.startsWith('cloud.job')
        ? world.cloud_job.map(each => each.id)
        : [...world.ad_group, ...(facet === 'ad.acl' ? world.ad_container : [])].flatMap(each => each.guid ?? []);
  if (candidates.length === 0) return undefined;
  const object = random.pick(candidates);
  switch (facet) {
    case 'cloud.members':
      world.cloud_member = keep(world.cloud_member, random, share, row => row.group_id === object);
      break;
    case 'ad.members':
      world.ad_member = keep(world.ad_member, random, share, row => row.group_guid === object);
      break;
    case 'ad.memberOf':
      world.ad_parent = keep(world.ad_parent, random, share, row => row.child_guid === object);
      break;
    case 'ad.acl': {
      const acl = world.ad_security.find(each => each.object_guid === object)?.acl;
      world.ad_security = keep(world.ad_security, random, share, row => row.object_guid === object);
      if (!world.ad_security.some(each => each.acl === acl))
        world.ad_ace = keep(world.ad_ace, random, share, row => row.acl === acl);
      break;
    }
    case 'cloud.owners':
      world.cloud_owner = keep(world.cloud_owner, random, share, row => row.group_id === object);
      break;
    case 'cloud.mailSettings':
      world.cloud_mail_setting = keep(world.cloud_mail_setting, random, share, row => row.group_id === object);
      break;
    case 'cloud.jobAssignments':
      world.cloud_job_assignment = keep(world.cloud_job_assignment, random, share, row => row.job_id === object);
      break;
    case 'cloud.jobSettings':
      world.cloud_job = world.cloud_job.map(row => (row.id === object ? withoutSettings(row) : row));
      break;
    case 'cloud.jobSchema':
      world.cloud_job = world.cloud_job.map(row => (row.id === object ? withoutSchema(row) : row));
      world.cloud_job_mapping = keep(world.cloud_job_mapping, random, share, row => row.job_id === object);
      break;
  }
  return [facet, object];
}
