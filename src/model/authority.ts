import { attach, attachNames, fieldsOf, objectAt } from './build.ts';
import type { FieldType } from './field.ts';
import type { Population } from './population.ts';

const seen = fieldsOf('cloud.groups', 'r.seen');
const original = fieldsOf('ad.forestGroups', '(r.original_known AND r.original_whole)');
const deleted = fieldsOf('ad.deleted', 'r.deleted_known');
const changed = (path: string, type: FieldType, sql: string, about: string, more: { readonly names?: 'cloud' } = {}) =>
  fieldsOf('cloud.auditLog', '(r.seen AND nk.cloud_audit_log)')(path, type, sql, about, {
    nullable: true,
    from: 'auditLogs/directoryAudits',
    ...more,
  });
const label =
  "CASE WHEN r.seen THEN coalesce(rc.display_name, r.id::VARCHAR) ELSE '(groups from AD that were not read)' END";

/** Who has authority over the groups that came from AD. */
export const authorities: Population = {
  name: 'authorities',
  about:
    'Each cloud group that came from AD: still synced, converted to the cloud, or rolled back; with its original in AD',
  relation: 'authority',
  alias: 'r',
  keys: ['id'],
  carried: [],
  stands: 'NOT r.seen',
  rows: ['cloud.groups', 'cloud.sourceOfAuthority'],
  attachments: [
    attachNames,
    attach('rc', 'cloud_group', 'rc.id = r.id'),
    attach('ro', 'ad_forest_group', 'ro.guid = r.original_guid'),
    attach('rd', 'ad_deleted', 'rd.guid = r.deleted_guid'),
    attach('rt', 'authority_change', 'rt.group_id = r.id'),
  ],
  fields: [
    seen('group.id', 'string', 'r.id::VARCHAR', 'id of the cloud group', { nullable: true, from: 'id' }),
    seen('group.label', 'string', label, 'name for people', { names: 'cloud' }),
    fieldsOf('cloud.groups', '(r.seen AND r.kind_known)')('group.kind', 'string', 'r.kind', 'kind of the cloud group', {
      nullable: true,
      values: ['microsoft365', 'security', 'mail-enabled-security', 'distribution', 'other'],
      from: 'groupTypes, securityEnabled, mailEnabled',
    }),
    fieldsOf('cloud.groups', '(r.seen AND r.synced_known)')(
      'group.synced',
      'bool',
      'coalesce(r.synced, false)',
      'whether AD feeds it',
      { from: 'onPremisesSyncEnabled' },
    ),
    fieldsOf('cloud.sourceOfAuthority', '(r.seen AND r.managed_known)')(
      'group.managed',
      'bool',
      'coalesce(r.managed, false)',
      'whether its source of authority was converted to the cloud',
      { from: 'isCloudManaged' },
    ),
    fieldsOf('cloud.groups', '(r.seen AND r.sid_known)')(
      'group.onPremisesSid',
      'string',
      'r.sid',
      'SID of the AD group it came from',
      { nullable: true, from: 'onPremisesSecurityIdentifier' },
    ),
    fieldsOf('cloud.groups', '(r.seen AND nk.cloud_groups)')(
      'group.extensionAttributes',
      'string[]',
      'coalesce(rc.extension_attributes, [])',
      'those of extensionAttribute1 to 15 that are set in the cloud',
      { from: 'onPremisesExtensionAttributes' },
    ),
    changed(
      'group.convertedAt',
      'timestamp',
      'rt.converted',
      'when it was converted last, as far as the audit log goes back',
    ),
    changed('group.convertedBy', 'string', 'rt.converted_by', 'who did that', { names: 'cloud' }),
    changed(
      'group.rolledBackAt',
      'timestamp',
      'rt.rolled_back',
      'when it was rolled back last, as far as the audit log goes back',
    ),
    changed('group.rolledBackBy', 'string', 'rt.rolled_back_by', 'who did that', { names: 'cloud' }),
    fieldsOf('ad.forestGroups', '(r.seen AND r.others_known)')(
      'group.otherObjects',
      'string[]',
      'r.others',
      'AD objects that carry its anchor and are not the original, as far as they were read',
      { names: 'ad', also: ['ad.groups', 'cloud.groups'] },
    ),
    original('original.dn', 'string', 'ro.dn', 'distinguished name', { from: 'distinguishedName', names: 'ad' }),
    original(
      'original.scope',
      'string',
      "CASE WHEN (r.group_type & 8) <> 0 THEN 'universal' WHEN (r.group_type & 4) <> 0 THEN 'domain-local' WHEN (r.group_type & 2) <> 0 THEN 'global' END",
      'scope of the group',
      { nullable: true, values: ['universal', 'global', 'domain-local'], from: 'groupType' },
    ),
    original('original.externalAnchor', 'string', 'r.external_anchor::VARCHAR', "cloud id in Cloud Sync's marker", {
      nullable: true,
      from: 'msDS-ExternalDirectoryObjectId',
    }),
    original(
      'original.adminAnchor',
      'string',
      'r.admin_anchor::VARCHAR',
      'cloud id in the marker that keeps it from being synced',
      {
        nullable: true,
        from: 'adminDescription',
      },
    ),
    original('original.mail', 'string', 'ro.mail', 'mail address', { nullable: true, from: 'mail', names: 'ad' }),
    original(
      'original.extensionAttributes',
      'string[]',
      'coalesce(ro.extension_attributes, [])',
      'those of extensionAttribute1 to 15 that are set',
      { from: 'extensionAttribute1-15' },
    ),
    deleted('deletedOriginal.dn', 'string', 'rd.dn', 'distinguished name below Deleted Objects', {
      from: 'distinguishedName',
      names: 'ad',
    }),
    deleted('deletedOriginal.lastKnownParent', 'string', 'rd.last_known_parent', 'where it lay', {
      nullable: true,
      from: 'lastKnownParent',
      names: 'ad',
    }),
    deleted('deletedOriginal.guid', 'string', 'rd.guid::VARCHAR', 'objectGUID', { from: 'objectGUID' }),
  ],
  objects: [
    objectAt(
      'original',
      '(r.original_guid IS NOT NULL)',
      '(r.seen AND r.original_known)',
      'ad.forestGroups',
      'the AD group that it came from',
    ),
    objectAt(
      'deletedOriginal',
      '(r.deleted_guid IS NOT NULL)',
      '(r.seen AND r.deleted_known)',
      'ad.deleted',
      'the AD group that it came from, among the deleted objects',
    ),
  ],
  flavour: undefined,
  subject: {
    key: "coalesce(r.id::VARCHAR, '')",
    label,
    ids: { cloudGroup: 'r.id::VARCHAR', adGroup: 'coalesce(r.original_guid, r.deleted_guid)::VARCHAR' },
  },
  unknownBy: undefined,
};
