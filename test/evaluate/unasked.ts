import { type FacetName, ownFacets } from '../../src/snapshot/index.ts';
import { furtherTables } from './further-tables.ts';
import type { World } from './world.ts';

/** A fully read world as a collection leaves it that was asked for these facets only: the other tables are empty, and coverage says why. */
export function askedOnly(whole: World, asked: ReadonlySet<FacetName>): World {
  const world: World = structuredClone(whole);
  const unless = <T>(facet: FacetName, rows: T[]): T[] => (asked.has(facet) ? rows : []);
  world.ad_member = unless('ad.members', world.ad_member);
  world.ad_parent = unless('ad.memberOf', world.ad_parent);
  world.ad_user = unless('ad.users', world.ad_user);
  world.ad_address = unless('ad.addresses', world.ad_address);
  world.ad_security = unless('ad.acl', world.ad_security);
  world.ad_ace = unless('ad.acl', world.ad_ace);
  world.ad_trustee = unless('ad.trustees', world.ad_trustee);
  world.ad_identity = unless('ad.trustees', world.ad_identity);
  world.ad_attribute_change = unless('ad.replication', world.ad_attribute_change);
  world.ad_member_change = unless('ad.replication', world.ad_member_change);
  world.ad_deleted = unless('ad.deleted', world.ad_deleted);
  world.ad_child = unless('ad.children', world.ad_child);
  world.ad_identity_group = unless('ad.identities', world.ad_identity_group);
  world.ad_identity_state = unless('ad.identities', world.ad_identity_state);
  world.ad_domain_controller = unless('ad.domainControllers', world.ad_domain_controller);
  world.ad_audit_ace = unless('ad.auditing', world.ad_audit_ace);
  world.ad_soa_policy = unless('ad.soaPolicy', world.ad_soa_policy);
  world.ad_exchange_server = unless('ad.exchangeServers', world.ad_exchange_server);
  world.ad_accepted_domain = unless('ad.acceptedDomains', world.ad_accepted_domain);
  world.ad_address_list = unless('ad.addressLists', world.ad_address_list);
  world.ad_container = unless('ad.containers', world.ad_container);
  world.ad_domain = unless('ad.domain', world.ad_domain);
  world.ad_schema = unless('ad.domain', world.ad_schema);
  if (!asked.has('ad.exchange'))
    world.ad_domain = world.ad_domain.map(row => ({
      ...row,
      exchange_schema_version: null,
      exchange_org_version: null,
      exchange_domain_version: null,
    }));
  world.ad_group = unless('ad.groups', world.ad_group).filter(
    row => asked.has('ad.memberOf') || asked.has('ad.users') || isWrittenBack(row),
  );
  world.cloud_group = unless('cloud.groups', world.cloud_group);
  world.cloud_member = unless('cloud.members', world.cloud_member);
  world.cloud_user = unless('cloud.users', world.cloud_user);
  world.cloud_writeback = unless('cloud.writebackConfiguration', world.cloud_writeback);
  world.cloud_managed_group = unless('cloud.sourceOfAuthority', world.cloud_managed_group);
  world.cloud_deleted_group = unless('cloud.deletedGroups', world.cloud_deleted_group);
  world.cloud_tenant = unless('cloud.organization', world.cloud_tenant);
  world.cloud_sync_feature = unless('cloud.onPremisesSynchronization', world.cloud_sync_feature);
  world.cloud_setting = unless('cloud.groupSettings', world.cloud_setting);
  world.cloud_job = unless('cloud.jobs', world.cloud_job).map(row =>
    asked.has('cloud.jobSchema') ? row : { ...row, target_container: null, cn_expression: null, scope_filter: null },
  );
  if (!asked.has('cloud.jobSchema')) world.cloud_job_mapping = [];
  world.ad_forest_group = unless('ad.forestGroups', world.ad_forest_group);
  world.cloud_audit_event = unless('cloud.auditLog', world.cloud_audit_event);
  world.cloud_log_window = unless('cloud.auditLog', world.cloud_log_window);
  world.declared_dc_build = unless('import.domainControllerBuilds', world.declared_dc_build);
  world.declared_statement = unless('import.statements', world.declared_statement);
  world.coverage = [
    ...ownFacets().map(facet => ({
      facet,
      object: '',
      complete: asked.has(facet),
      reason: asked.has(facet) ? null : 'not asked for',
      expected: null,
      retrieved: null,
    })),
    // What was read of single objects.
    ...whole.coverage.filter(row => row.object !== '' && asked.has(row.facet as FacetName)),
  ];
  for (const [facet, tables] of Object.entries(furtherTables))
    if (!asked.has(facet as FacetName)) for (const table of tables) Reflect.set(world, table, []);
  if (!asked.has('cloud.jobSettings'))
    world.cloud_job = world.cloud_job.map(row => ({ ...row, sync_all: null, target_domain: null }));
  return world;
}

function isWrittenBack(row: World['ad_group'][number]): boolean {
  return (
    row.in_container ||
    /^(TakenOver_)?Group_/i.test(row.admin_description ?? '') ||
    /^Group_/i.test(row.external_id ?? '')
  );
}
