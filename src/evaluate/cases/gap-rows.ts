import {
  earlierFacets,
  earlierOf,
  type FacetName,
  facets,
  facetsFrom,
  isFacet,
  isOwnFacet,
  ownFacets,
  type Row,
  type TableName,
  type TableRows,
} from '../../snapshot/index.ts';
import type { UnreadDraft } from './case-draft.ts';
import { type Place, suggest, within } from './naming.ts';
import type { World } from './world.ts';

/** The rows of a case after its gaps, with `coverage`. */
export function withGaps(world: World, rows: TableRows): TableRows {
  const gaps = gapsOf(world, world.draft.unread ?? [], within(world.place, 'unread'));
  const seen = withoutFacets(rows, gaps);
  return { ...seen, coverage: [...coverageOf([...gaps, ...undeclared(world)]), ...countedRows(world, gaps)] };
}

/** The rows of an earlier snapshot after what it did not read, with its `coverage`. */
export function withEarlierGaps(world: World, rows: TableRows, unread: readonly (string | UnreadDraft)[]): TableRows {
  const place = within(world.place, 'before', 'unread');
  const known = earlierFacets().map(({ of }) => of);
  for (const [index, each] of unread.entries()) {
    const [name, at] = typeof each === 'string' ? [each, []] : [each.facet, ['facet']];
    if (isOwnFacet(name) && !known.includes(name))
      world.notes.note(
        within(place, index, ...at),
        'whole-facet',
        `of an earlier snapshot nobody asks ${name}`,
        `facets: ${known.join(', ')}`,
      );
  }
  const gaps = gapsOf(world, unread, place);
  return { ...withoutFacets(rows, gaps), coverage: coverageOf(gaps) };
}

function gapsOf(world: World, unread: readonly (string | UnreadDraft)[], place: Place): readonly Gap[] {
  return unread.flatMap((each, index) => gapOf(world, each, within(place, index)));
}

function withoutFacets(rows: TableRows, gaps: readonly Gap[]): TableRows {
  return gaps.reduce((left, gap) => (gap.partly ? left : withoutFacet(left, gap)), rows);
}

/** Lists of members of which the case says how long they should be, or were. */
function countedRows(world: World, gaps: readonly Gap[]): Row<'coverage'>[] {
  const lists = [
    ...[...world.cloudThings.entries()].map(([, { id, group }]) => ({ facet: 'cloud.members', object: id, group })),
    ...[...world.adThings.entries()].map(([, { guid, group }]) => ({ facet: 'ad.members', object: guid, group })),
  ];
  return lists.flatMap(({ facet, object, group }) => {
    if (group?.announced === undefined && group?.retrieved === undefined) return [];
    if (gaps.some(gap => gap.facet === facet && gap.object === object)) return [];
    const { announced = null, retrieved = group.members?.length ?? 0 } = group;
    return [{ facet, object, complete: true, reason: null, expected: announced, retrieved }];
  });
}

/** A case that declares nothing of a kind leaves it unknown, as in life. */
function undeclared({ draft }: World): Gap[] {
  const declared = new Set(Object.keys(draft.declared ?? {}));
  return facetsFrom('import')
    .filter(facet => !declared.has(facet.replace('import.', '')))
    .map(facet => ({ facet, object: '', partly: false, reason: REFUSED }));
}

/** What was not read: a facet, or that of one object ('' for the whole). */
type Gap = { readonly facet: FacetName; readonly object: string; readonly partly: boolean; readonly reason: string };

const REFUSED = 'refused in this case';

function gapOf(world: World, unread: string | UnreadDraft, place: Place): Gap[] {
  const draft = typeof unread === 'string' ? { facet: unread } : unread;
  const { facet, object, partly = false, reason = REFUSED }: UnreadDraft = draft;
  const at = typeof unread === 'string' ? place : within(place, 'facet');
  if (!isFacet(facet)) {
    world.notes.note(at, 'unknown-facet', `there is no facet \`${facet}\``, suggest(facet, ownFacets()));
    return [];
  }
  const before = earlierOf(facet);
  if (before !== undefined) {
    const hint = `write it as \`before: { unread: [${before}] }\``;
    world.notes.note(at, 'earlier-facet', `${facet} is read from the earlier snapshot`, hint);
    return [];
  }
  if (object === undefined) return [{ facet, object: '', partly, reason }];
  if (!facets[facet].perObject) {
    const hint = 'leave `object` out';
    world.notes.note(
      within(place, 'object'),
      'whole-facet',
      `${facet} is read as a whole, not per object`,
      hint,
      'key',
    );
    return [];
  }
  const id = objectId(world, facet, object, within(place, 'object'));
  return id === undefined ? [] : [{ facet, object: id, partly, reason }];
}

function objectId(world: World, facet: FacetName, name: string, place: string): string | undefined {
  if (facet === 'cloud.jobSchema' || facet === 'cloud.jobAssignments' || facet === 'cloud.jobSettings') return name;
  return facets[facet].source === 'ad'
    ? world.adThings.find(name, place)?.guid
    : world.cloudThings.find(name, place)?.id;
}

/** By table, the facets without which rows of it are missing. */
export function fillersOf(table: string): readonly FacetName[] {
  return Object.keys(sources).filter(
    (facet): facet is FacetName => isFacet(facet) && sources[facet].some(([name]) => name === table),
  );
}

/** The tables whose rows come with a facet, and the column that says of which object. */
const sources: Readonly<Record<FacetName, readonly (readonly [TableName, string?])[]>> = {
  'ad.domain': [['ad_domain']],
  'ad.exchange': [],
  'ad.containers': [['ad_container']],
  'ad.groups': [['ad_group'], ['ad_member'], ['ad_parent']],
  'ad.members': [['ad_member', 'group_guid']],
  'ad.memberOf': [['ad_parent', 'child_guid']],
  'ad.replication': [
    ['ad_attribute_change', 'object_guid'],
    ['ad_member_change', 'group_guid'],
  ],
  'ad.users': [['ad_user']],
  'ad.identities': [['ad_identity_group'], ['ad_identity_state']],
  'ad.children': [['ad_child']],
  'ad.tier0': [],
  'ad.domainControllers': [['ad_domain_controller']],
  'ad.auditing': [['ad_audit_ace', 'object_guid']],
  'ad.soaPolicy': [['ad_soa_policy']],
  'ad.exchangeServers': [['ad_exchange_server']],
  'ad.acceptedDomains': [['ad_accepted_domain']],
  'ad.addressLists': [['ad_address_list']],
  'ad.addresses': [['ad_address']],
  'ad.acl': [['ad_security', 'object_guid']],
  'ad.trustees': [['ad_trustee'], ['ad_identity']],
  'ad.forestGroups': [['ad_forest_group']],
  'ad.deleted': [['ad_deleted']],
  'cloud.groups': [['cloud_group'], ['cloud_member']],
  'cloud.members': [['cloud_member', 'group_id']],
  'cloud.users': [['cloud_user']],
  'cloud.writebackConfiguration': [['cloud_writeback']],
  'cloud.sourceOfAuthority': [['cloud_managed_group']],
  'cloud.deletedGroups': [['cloud_deleted_group']],
  'cloud.organization': [['cloud_tenant']],
  'cloud.onPremisesSynchronization': [['cloud_sync_feature']],
  'cloud.groupSettings': [['cloud_setting']],
  'cloud.jobs': [['cloud_job']],
  'cloud.jobSchema': [['cloud_job_mapping', 'job_id']],
  'cloud.owners': [['cloud_owner', 'group_id']],
  'cloud.errors': [['cloud_error']],
  'cloud.mailSettings': [['cloud_mail_setting', 'group_id']],
  'cloud.roles': [['cloud_role_assignment']],
  'cloud.eligibility': [
    ['cloud_eligibility', 'group_id'],
    ['cloud_pim_rule', 'group_id'],
  ],
  'cloud.appGrants': [['cloud_app_grant']],
  'cloud.jobAssignments': [['cloud_job_assignment', 'job_id']],
  'cloud.jobSettings': [],
  'cloud.provisioningLog': [['cloud_provisioning_event']],
  'cloud.auditLog': [['cloud_audit_event']],
  'cloud.domains': [['cloud_domain']],
  'cloud.licences': [['cloud_licence']],
  'cloud.lifecyclePolicies': [['cloud_lifecycle_policy']],
  'cloud.syncConfiguration': [['cloud_sync_configuration']],
  'cloud.agents': [['cloud_agent']],
  'ad.earlierGroups': [],
  'ad.earlierMembers': [],
  'ad.names': [],
  'cloud.names': [],
  'import.connectScope': [['declared_connect_scope']],
  'import.cloudSyncScope': [['declared_cloud_sync_scope']],
  'import.approvedChanges': [['declared_change']],
  'import.recipients': [['declared_recipient']],
  'import.domainControllerBuilds': [['declared_dc_build']],
  'import.statements': [['declared_statement']],
};

/** A refusal shows nothing: the rows of the facet are gone. */
function withoutFacet(rows: TableRows, { facet, object }: Gap): TableRows {
  const kept: Record<string, unknown> = { ...rows };
  for (const [table, column] of sources[facet]) {
    const all: readonly Readonly<Record<string, unknown>>[] = rows[table] ?? [];
    kept[table] = object === '' ? [] : all.filter(row => column !== undefined && row[column] !== object);
  }
  if (facet === 'ad.exchange')
    kept.ad_domain = rows.ad_domain?.map(row => ({
      ...row,
      exchange_schema_version: null,
      exchange_org_version: null,
      exchange_domain_version: null,
    }));
  if (facet === 'cloud.jobSchema')
    kept.cloud_job = rows.cloud_job?.map(row =>
      object === '' || row.id === object
        ? { ...row, target_container: null, cn_expression: null, scope_filter: null }
        : row,
    );
  if (facet === 'cloud.jobSettings')
    kept.cloud_job = rows.cloud_job?.map(row =>
      object === '' || row.id === object
        ? {
            ...row,
            target_domain: null,
            sync_all: null,
            accidental_delete_enabled: null,
            accidental_delete_threshold: null,
          }
        : row,
    );
  if (facet === 'cloud.provisioningLog' || facet === 'cloud.auditLog')
    kept.cloud_log_window = rows.cloud_log_window?.filter(
      ({ log }) => log !== (facet === 'cloud.auditLog' ? 'audit' : 'provisioning'),
    );
  return kept;
}

function coverageOf(gaps: readonly Gap[]): Row<'coverage'>[] {
  const row = (facet: string, object: string, reason: string | null): Row<'coverage'> => ({
    facet,
    object,
    complete: reason === null,
    reason,
    expected: null,
    retrieved: null,
  });
  return [
    ...ownFacets().map(facet =>
      row(facet, '', gaps.find(gap => gap.facet === facet && gap.object === '')?.reason ?? null),
    ),
    ...gaps.filter(({ object }) => object !== '').map(({ facet, object, reason }) => row(facet, object, reason)),
  ];
}
