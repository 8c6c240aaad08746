import { guidFromBytes } from '../../../src/base/index.ts';
import { type FacetName, facetsFrom, type Row, type TableName } from '../../../src/snapshot/index.ts';
import type { CloudTenant } from '../../lab/tenant.ts';
import type { MemoryRecorder } from '../memory-recorder.ts';
import { furtherTruthOf, isOfAdGroup, perObject } from './further-truth.ts';
import { NOW } from './now.ts';

type Truth = { readonly [N in TableName]?: readonly Row<N>[] };

const at = (text: string | null) => (text === null ? null : Date.parse(text));

/** What the tables must hold when everything can be read. */
export function truthOf(tenant: CloudTenant, now = NOW): Truth {
  return {
    ...furtherTruthOf(tenant, now),
    cloud_group: tenant.groups.map(group => ({
      id: group.id,
      display_name: group.displayName,
      description: group.description,
      group_types: group.groupTypes,
      security_enabled: group.securityEnabled,
      mail_enabled: group.mailEnabled,
      mail: group.mail,
      mail_nickname: group.mailNickname,
      proxy_addresses: group.proxyAddresses,
      visibility: group.visibility,
      membership_rule: group.membershipRule,
      membership_rule_state: group.membershipRuleProcessingState,
      assignable_to_role: group.isAssignableToRole,
      created: at(group.createdDateTime),
      security_identifier: group.securityIdentifier,
      on_premises_sync_enabled: group.onPremisesSyncEnabled,
      on_premises_sid: group.onPremisesSecurityIdentifier,
      on_premises_sam_account_name: group.onPremisesSamAccountName,
      on_premises_domain_name: group.onPremisesDomainName,
      on_premises_last_sync: at(group.onPremisesLastSyncDateTime),
      expiration: at(group.expirationDateTime ?? null),
      renewed: at(group.renewedDateTime ?? null),
      extension_attributes: Object.entries(group.onPremisesExtensionAttributes ?? {})
        .filter(([, value]) => value !== null)
        .map(([name]) => name)
        .sort(),
    })),
    cloud_writeback: tenant.groups.map(({ id, writebackConfiguration }) => ({
      group_id: id,
      enabled: writebackConfiguration?.isEnabled ?? null,
      on_premises_group_type: writebackConfiguration?.onPremisesGroupType ?? null,
    })),
    cloud_managed_group: tenant.groups.filter(group => group.isCloudManaged).map(({ id }) => ({ group_id: id })),
    cloud_member: tenant.groups
      .filter(group => group.onPremisesSyncEnabled !== true || group.isCloudManaged)
      .flatMap(group =>
        group.members
          .filter(member => member['@odata.type'] !== '#microsoft.graph.servicePrincipal')
          .map(member => ({
            group_id: group.id,
            member_id: member.id,
            kind: member['@odata.type'].replace('#microsoft.graph.', ''),
          })),
      ),
    cloud_user: tenant.users.map(user => ({
      id: user.id,
      display_name: user.displayName,
      upn: user.userPrincipalName,
      mail: user.mail,
      enabled: user.accountEnabled,
      user_type: user.userType,
      on_premises_sync_enabled: user.onPremisesSyncEnabled,
      immutable_id: user.onPremisesImmutableId,
      immutable_guid:
        user.onPremisesImmutableId === null ? null : guidFromBytes(Buffer.from(user.onPremisesImmutableId, 'base64')),
      on_premises_sid: user.onPremisesSecurityIdentifier,
      on_premises_sam_account_name: user.onPremisesSamAccountName,
      on_premises_domain_name: user.onPremisesDomainName,
      on_premises_dn: user.onPremisesDistinguishedName,
      on_premises_last_sync: at(user.onPremisesLastSyncDateTime),
    })),
    cloud_deleted_group: tenant.deletedGroups.map(group => ({
      id: group.id,
      display_name: group.displayName,
      deleted: at(group.deletedDateTime),
      group_types: group.groupTypes,
      security_enabled: group.securityEnabled,
      mail_enabled: group.mailEnabled,
    })),
    cloud_tenant: [
      {
        id: tenant.organization.id,
        display_name: tenant.organization.displayName,
        on_premises_sync_enabled: tenant.organization.onPremisesSyncEnabled,
        last_sync: at(tenant.organization.onPremisesLastSyncDateTime),
        verified_domains: tenant.organization.verifiedDomains.map(({ name }) => name),
      },
    ],
    cloud_sync_feature: Object.entries(tenant.onPremisesSynchronization?.features ?? {}).map(([name, enabled]) => ({
      name,
      enabled,
    })),
    cloud_setting: tenant.groupSettings.flatMap(({ displayName, values }) =>
      values.map(({ name, value }) => ({ template: displayName, name, value })),
    ),
  };
}

const tableOf: Partial<Record<FacetName, TableName>> = {
  'cloud.groups': 'cloud_group',
  'cloud.writebackConfiguration': 'cloud_writeback',
  'cloud.sourceOfAuthority': 'cloud_managed_group',
  'cloud.users': 'cloud_user',
  'cloud.deletedGroups': 'cloud_deleted_group',
  'cloud.organization': 'cloud_tenant',
  'cloud.onPremisesSynchronization': 'cloud_sync_feature',
  'cloud.groupSettings': 'cloud_setting',
  'cloud.errors': 'cloud_error',
  'cloud.roles': 'cloud_role_assignment',
  'cloud.appGrants': 'cloud_app_grant',
  'cloud.auditLog': 'cloud_audit_event',
  'cloud.provisioningLog': 'cloud_provisioning_event',
  'cloud.domains': 'cloud_domain',
  'cloud.licences': 'cloud_licence',
  'cloud.lifecyclePolicies': 'cloud_lifecycle_policy',
};

function sorted(rows: readonly object[]): readonly string[] {
  return rows.map(row => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}

/** Every way in which a recorded snapshot says something untrue: complete where rows differ from the tenant, or silent about a facet. Empty when honest. */
export function liesOf(recorder: MemoryRecorder, tenant: CloudTenant, now = NOW): string[] {
  const truth = truthOf(tenant, now);
  const lies: string[] = [];
  const since = (log: string) => recorder.rows('cloud_log_window').find(row => row.log === log)?.since ?? 0;
  for (const facet of facetsFrom('graph')) {
    const covered = recorder.covered(facet);
    if (covered === undefined) lies.push(`${facet} is neither complete nor a gap`);
    const table = tableOf[facet];
    if (covered?.complete !== true || table === undefined) continue;
    const log = table === 'cloud_audit_event' ? 'audit' : 'provisioning';
    const wanted = (truth[table] ?? []).filter(row => !('at' in row) || row.at >= since(log));
    // Where it is not known which groups are AD's, more events than needed are kept.
    const isOfAd = (row: object) => 'activity' in row && isOfAdGroup(tenant, row as Row<'cloud_audit_event'>);
    const kept = recorder.rows(table).filter(row => !isOfAd(row));
    const [got, want] = [sorted(kept), sorted(wanted)];
    if (JSON.stringify(got) !== JSON.stringify(want))
      lies.push(`${facet}: ${got.length} rows, ${want.length} expected`);
  }
  if (recorder.covered('cloud.jobs')?.complete === true) {
    const [got, want] = [recorder.rows('cloud_job').map(job => job.id), tenant.jobs.map(({ job }) => job.id)];
    if (JSON.stringify([...got].sort()) !== JSON.stringify(want.sort())) lies.push('cloud.jobs differ');
  }
  for (const [facet, table, column] of perObject) lies.push(...objectLies(recorder, truth, facet, table, column));
  return lies;
}

/** Objects that are said to be known and whose rows differ from the truth. */
function objectLies(
  recorder: MemoryRecorder,
  truth: Truth,
  facet: FacetName,
  table: TableName,
  column: string,
): string[] {
  const whole = recorder.covered(facet)?.complete === true;
  const known = (id: string) => recorder.covered(facet, id)?.complete ?? whole;
  const byObject = (rows: readonly object[]) =>
    Map.groupBy(rows, row => String((row as Readonly<Record<string, unknown>>)[column]));
  const [got, want] = [byObject(recorder.rows(table)), byObject(truth[table] ?? [])];
  return [...new Set([...got.keys(), ...want.keys()])]
    .filter(known)
    .filter(id => JSON.stringify(sorted(got.get(id) ?? [])) !== JSON.stringify(sorted(want.get(id) ?? [])))
    .map(id => `${table} of ${id} differs`);
}

/** Facets that no application reads, or only with Directory.Read.All: gaps of every tenant unless a test sees to it. */
export const usualGaps: readonly string[] = [
  'cloud.agents',
  'cloud.lifecyclePolicies',
  'cloud.onPremisesSynchronization',
  'cloud.syncConfiguration',
];

/** Facets that are gaps as a whole, in order of their names. */
export function gapsOf(recorder: MemoryRecorder): readonly string[] {
  return recorder.coverage
    .filter(line => !line.complete && line.object === '')
    .map(line => line.facet)
    .sort();
}
