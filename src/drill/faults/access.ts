import {
  accessGranted,
  accessTables,
  groupEdited,
  groupTables,
  helpDesk,
  picked,
  schemaGuid,
  tablesOf,
} from '../changes.ts';
import { faultsOf } from '../fault.ts';

const fault = faultsOf('access');

const listed =
  'SELECT p.ad_guid FROM pair p JOIN ad_security s ON s.object_guid = p.ad_guid WHERE p.comparable AND s.acl IS NOT NULL';
const group = picked('ad_guid');
const containers = (kind: string) =>
  `SELECT c.guid FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid WHERE c.kind = '${kind}' AND c.found AND s.acl IS NOT NULL`;
const container = picked('guid');
const sync = (managed: boolean) =>
  `SELECT i.sid FROM ad_identity i JOIN ad_identity_state s ON s.sid = i.sid WHERE i.role = 'sync' AND (s.object_class = 'msDS-GroupManagedServiceAccount') = ${managed}`;
const intoGroup = (rid: string, name: string) => [
  `INSERT INTO ad_identity_group BY NAME SELECT (SELECT sid FROM picked) AS identity_sid, ${rid} AS group_sid, '${name}' AS group_name`,
];

/** What goes wrong with rights, owners, the engines' accounts and auditing. */
export const accessFaults = [
  fault('members-delegated', 'the help desk is granted the right to write the members of a written-back group', {
    tables: accessTables,
    candidates: `${listed} AND EXISTS (FROM ad_schema WHERE name = 'member')`,
    changes: accessGranted(group, { mask: 0x20, type: schemaGuid('member') }),
  }),
  fault('container-delegated', 'the help desk is granted full control of a writeback container', {
    tables: accessTables,
    candidates: containers('writeback'),
    changes: accessGranted(container, { mask: 0xf01ff }),
  }),
  fault('access-list-removed', 'a written-back group loses its access list, so that everybody may do everything', {
    tables: ['ad_security'],
    candidates: listed,
    changes: [`UPDATE ad_security SET acl = NULL, control = 32768 WHERE object_guid = ${group}`],
  }),
  fault('group-made-by-hand', 'a written-back group was restored by hand and is owned by whoever did that', {
    tables: tablesOf(accessTables),
    candidates: listed,
    changes: [
      `INSERT INTO ad_trustee BY NAME SELECT ${helpDesk} AS sid, 'Help desk' AS name, 'group' AS object_class WHERE NOT EXISTS (FROM ad_trustee WHERE sid = ${helpDesk})`,
      `UPDATE ad_security SET owner_sid = ${helpDesk} WHERE object_guid = ${group}`,
    ],
  }),
  fault(
    'connector-rights-on-domain',
    'Entra Connect is granted its rights on the whole domain rather than on the container',
    {
      tables: accessTables,
      candidates: `SELECT c.guid, min(i.sid) AS sid FROM (${containers('domain')}) c CROSS JOIN (${sync(false)}) i GROUP BY c.guid`,
      changes: accessGranted(container, { to: '(SELECT sid FROM picked)', mask: 0x1 }),
    },
  ),
  fault('agent-made-administrator', 'the managed service account of Cloud Sync is put into Backup Operators', {
    tables: ['ad_identity_group'],
    candidates: sync(true),
    changes: intoGroup("'S-1-5-32-551'", 'Backup Operators'),
  }),
  fault('connector-made-administrator', 'the account of Entra Connect is put into Domain Admins', {
    tables: ['ad_identity_group', 'ad_identity_state'],
    candidates: sync(false),
    changes: [
      ...intoGroup("(SELECT min(sid) || '-512' FROM ad_domain)", 'Domain Admins'),
      'UPDATE ad_identity_state SET admin_count = 1 WHERE sid = (SELECT sid FROM picked)',
    ],
  }),
  fault('auditing-removed', 'the audit entry of a writeback container is removed', {
    tables: ['ad_audit_ace'],
    candidates: 'SELECT DISTINCT object_guid AS guid FROM ad_audit_ace',
    changes: [`DELETE FROM ad_audit_ace WHERE object_guid = ${container}`],
  }),
  fault('display-name-edited', 'the display name of a written-back group is changed in AD', {
    tables: groupTables,
    candidates: 'SELECT ad_guid FROM pair WHERE comparable',
    changes: groupEdited(group, "display_name = 'Renamed by hand'", ['displayName']),
  }),
  fault('description-edited', 'the description of a group that Cloud Sync writes is changed in AD', {
    tables: groupTables,
    candidates: "SELECT ad_guid FROM pair WHERE comparable AND flavour = 'cloud-sync'",
    changes: groupEdited(group, "description = 'Do not touch'", ['description']),
  }),
];
