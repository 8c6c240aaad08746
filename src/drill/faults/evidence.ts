import type { TableName } from '../../snapshot/index.ts';
import { unread } from '../changes.ts';
import { faultsOf } from '../fault.ts';

const fault = faultsOf('evidence');

const whole = (facet: string) => `SELECT facet FROM coverage WHERE facet = '${facet}' AND object = '' AND complete`;

/** A facet that was refused as a whole: nothing of it is there, and the snapshot says why. */
const refused = (id: string, about: string, facet: string, reason: string, tables: readonly TableName[]) =>
  fault(id, about, {
    tables: [...tables, 'coverage', 'reading'],
    candidates: whole(facet),
    changes: unread(
      facet,
      reason,
      tables.map(table => `DELETE FROM ${table}`),
    ),
  });

/** What goes wrong with the reading itself: gaps that must be told as unknown, and never pass for an empty list. */
export const evidenceFaults = [
  fault('read-hours-apart', 'the collection is resumed hours later, so that AD and the cloud are of different times', {
    tables: ['reading'],
    candidates: "SELECT source FROM reading WHERE source = 'ad' GROUP BY source",
    changes: ["UPDATE reading SET first = first - INTERVAL 5 HOUR, last = last - INTERVAL 5 HOUR WHERE source = 'ad'"],
  }),
  fault('two-domain-controllers', 'the reading of a domain moves on to another domain controller half-way', {
    tables: ['reading_server'],
    candidates: "SELECT domain, min(server) AS server FROM reading_server WHERE source = 'ad' GROUP BY domain",
    changes: [
      "INSERT INTO reading_server SELECT * REPLACE ('other-' || server AS server, md5(server)::UUID AS invocation_id) FROM reading_server WHERE source = 'ad' AND server = (SELECT server FROM picked)",
    ],
  }),
  fault('fewer-than-announced', 'a list counts as read although fewer items came than the source announced', {
    tables: ['coverage'],
    candidates: whole('cloud.users'),
    changes: ["UPDATE coverage SET expected = 5000, retrieved = 4001 WHERE facet = 'cloud.users' AND object = ''"],
  }),
  fault('api-version-not-on-record', 'the snapshot does not say from which version of Microsoft Graph a facet comes', {
    tables: ['reading'],
    candidates: "SELECT facet FROM reading WHERE source = 'graph'",
    changes: ['UPDATE reading SET api_versions = [] WHERE facet = (SELECT facet FROM picked)'],
  }),
  fault('page-of-groups-lost', 'a page of the list of cloud groups is lost', {
    tables: ['cloud_group', 'cloud_member', 'coverage', 'reading'],
    candidates: whole('cloud.groups'),
    changes: unread('cloud.groups', 'a page was lost', [
      'DELETE FROM cloud_member WHERE group_id IN (SELECT id FROM cloud_group ORDER BY md5(id::VARCHAR) LIMIT 1)',
      'DELETE FROM cloud_group WHERE id IN (SELECT id FROM cloud_group ORDER BY md5(id::VARCHAR) LIMIT 1)',
    ]),
  }),
  fault('domain-unread', 'a domain of the forest cannot be reached: its groups are not there', {
    tables: ['ad_group', 'ad_member', 'ad_parent', 'coverage', 'reading'],
    candidates: whole('ad.groups'),
    changes: unread('ad.groups', 'the domain could not be reached', [
      'DELETE FROM ad_group',
      'DELETE FROM ad_member',
      'DELETE FROM ad_parent',
    ]),
  }),
  refused('accounts-unread', 'the accounts of AD may not be read', 'ad.users', 'refused', ['ad_user']),
  refused('access-lists-unread', 'access lists may not be read', 'ad.acl', 'no right to read them', ['ad_security']),
  refused('addresses-unread', 'the search for addresses runs into a time limit', 'ad.addresses', 'time limit', [
    'ad_address',
  ]),
  refused('deleted-objects-unread', 'deleted objects may not be read', 'ad.deleted', 'no right to read them', [
    'ad_deleted',
  ]),
  refused('audit-lists-unread', 'audit lists take a right that the collector lacks', 'ad.auditing', 'no right', [
    'ad_audit_ace',
  ]),
  refused('metadata-unread', 'replication metadata is refused', 'ad.replication', 'refused', [
    ...(['ad_attribute_change', 'ad_member_change'] as const),
  ]),
  refused('memberships-of-groups-unread', 'memberOf is refused', 'ad.memberOf', 'refused', ['ad_parent']),
  refused('hidden-members-unread', 'members of cloud groups are refused', 'cloud.members', '403', ['cloud_member']),
  refused('users-unread', 'the users of the tenant are refused', 'cloud.users', '403', ['cloud_user']),
  refused('owners-unread', 'the owners of groups are refused', 'cloud.owners', '403', ['cloud_owner']),
  refused('jobs-unread', 'the jobs of Cloud Sync are refused', 'cloud.jobs', '403', ['cloud_job']),
  refused('roles-unread', 'the holders of roles are refused', 'cloud.roles', '403', ['cloud_role_assignment']),
  refused('grants-unread', 'what applications were granted is refused', 'cloud.appGrants', '403', ['cloud_app_grant']),
  refused('audit-log-unread', 'the audit log takes a licence that the tenant lacks', 'cloud.auditLog', '403', [
    'cloud_audit_event',
  ]),
  refused('provisioning-log-unread', 'the provisioning log is refused', 'cloud.provisioningLog', '403', [
    'cloud_provisioning_event',
  ]),
  refused('deleted-groups-unread', 'the deleted groups of the tenant are refused', 'cloud.deletedGroups', '403', [
    'cloud_deleted_group',
  ]),
  refused('authority-unread', 'who owns the source of a group is refused', 'cloud.sourceOfAuthority', '403', [
    'cloud_managed_group',
  ]),
  refused(
    'writeback-settings-unread',
    'a national cloud does not give the writeback settings',
    'cloud.writebackConfiguration',
    '400',
    ['cloud_writeback'],
  ),
  refused(
    'switches-unread',
    'the switches of the synchronization are refused',
    'cloud.onPremisesSynchronization',
    '403',
    ['cloud_sync_feature'],
  ),
  refused('provisioning-errors-unread', 'provisioning errors are refused', 'cloud.errors', '403', ['cloud_error']),
];
