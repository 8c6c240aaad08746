import { lately, picked } from '../changes.ts';
import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('health');

const jobs = "SELECT id FROM cloud_job WHERE starts_with(template_id, 'AAD2ADGroupProvisioning')";
const job = '(SELECT id FROM picked)';
const jobSet = (set: string) => [`UPDATE cloud_job SET ${set} WHERE id = ${job}`];
const tenant = 'SELECT id FROM cloud_tenant';
const written = `SELECT p.cloud_id, min(j.id) AS id FROM pair p CROSS JOIN (${jobs}) j WHERE p.comparable AND p.flavour = 'cloud-sync' GROUP BY p.cloud_id`;
const event = (action: string, status: string, error: string) =>
  `INSERT INTO cloud_provisioning_event BY NAME SELECT 'drill' AS id, ${job} AS job_id, ${lately} AS at, '${action}' AS action, '${status}' AS status,
${picked('cloud_id')} AS source_id, 'Group' AS source_kind, ${error} AS error_code`;

/** What goes wrong with the engines themselves. */
export const healthFaults = [
  fault('job-quarantined', 'the job is put into quarantine after too many deletions', {
    tables: ['cloud_job'],
    candidates: jobs,
    changes: jobSet(`status_code = 'Quarantine', quarantine_reason = 'TooManyDeletes', quarantine_began = ${lately}`),
  }),
  fault('job-paused', 'somebody pauses the job and forgets it', {
    tables: ['cloud_job'],
    candidates: jobs,
    changes: jobSet("status_code = 'Paused', schedule_state = 'Disabled'"),
  }),
  fault('job-deleted', 'the job that provisions groups is deleted', {
    tables: ['cloud_job', 'cloud_job_mapping', 'cloud_job_assignment'],
    candidates: jobs,
    changes: [
      `DELETE FROM cloud_job WHERE id = ${job}`,
      `DELETE FROM cloud_job_mapping WHERE job_id = ${job}`,
      `DELETE FROM cloud_job_assignment WHERE job_id = ${job}`,
    ],
  }),
  fault('job-fails', 'every run of the job has failed since yesterday', {
    tables: ['cloud_job'],
    candidates: jobs,
    changes: jobSet(`last_success = ${lately} - INTERVAL 1 DAY, last_state = 'Failed', complete_failures = 40`),
  }),
  fault('connect-stands-still', 'the server of Entra Connect has been off since yesterday', {
    tables: ['cloud_tenant'],
    candidates: tenant,
    changes: [`UPDATE cloud_tenant SET last_sync = ${lately} - INTERVAL 1 DAY`],
  }),
  fault('objects-escrowed', 'the job gives up single objects that fail again and again', {
    tables: ['cloud_job'],
    candidates: jobs,
    changes: jobSet('escrowed = 3, escrows_pruned = true'),
  }),
  fault('group-not-provisioned', 'one group fails in every run, because the agent lacks a right', {
    tables: ['cloud_provisioning_event'],
    candidates: written,
    changes: [event('update', 'failure', "'HybridSynchronizationActiveDirectoryInsufficientAccessRights'")],
  }),
  fault('deletion-waits', 'the deletion of a group waits for an approval that nobody gives', {
    tables: ['cloud_provisioning_event'],
    candidates: written,
    changes: [event('stagedDelete', 'skipped', 'NULL')],
  }),
  fault('job-unguarded', 'the protection of the job against accidental deletion is switched off', {
    tables: ['cloud_job'],
    candidates: `${jobs} AND accidental_delete_enabled`,
    changes: jobSet('accidental_delete_enabled = false'),
  }),
  fault(
    'connect-unguarded',
    'the protection of Entra Connect against accidental deletion is switched off for a clean-up',
    {
      tables: ['cloud_sync_configuration'],
      candidates: "SELECT id FROM cloud_sync_configuration WHERE prevention_type <> 'disabled'",
      changes: ["UPDATE cloud_sync_configuration SET prevention_type = 'disabled', alert_threshold = NULL"],
    },
  ),
  fault('exports-pile-up', 'exports of Entra Connect are stuck', {
    tables: ['cloud_sync_configuration'],
    candidates: 'SELECT id FROM cloud_sync_configuration WHERE pending_updates IS NOT NULL',
    changes: ['UPDATE cloud_sync_configuration SET pending_updates = 4000'],
  }),
  fault('service-refuses-group', 'Exchange Online refuses a written-back group', {
    tables: ['cloud_error'],
    candidates: 'SELECT cloud_id FROM pair WHERE comparable AND in_scope',
    changes: [
      `INSERT INTO cloud_error BY NAME SELECT ${picked('cloud_id')} AS object_id, 'group' AS object_kind, 'service' AS source, 91 AS ordinal, 'exchange/namprd00' AS category, ${lately} AS occurred, false AS resolved`,
    ],
  }),
  fault('mapping-changed', 'the expression that names groups is changed in the job', {
    tables: ['cloud_job_mapping', 'cloud_job'],
    candidates: `SELECT j.id FROM (${jobs}) j WHERE EXISTS (FROM cloud_job_mapping m WHERE m.job_id = j.id AND m.target = 'cn')`,
    changes: [`UPDATE cloud_job_mapping SET source = '[displayName]' WHERE job_id = ${job} AND target = 'cn'`],
  }),
  fault('job-given-another-group', 'a group that nobody approved is assigned to the job', {
    tables: ['cloud_job_assignment'],
    candidates: jobs,
    changes: [
      `INSERT INTO cloud_job_assignment BY NAME SELECT ${job} AS job_id, ${freshGuid('assigned')} AS principal_id, 'Group' AS principal_kind, '00000000-0000-0000-0000-000000000000'::UUID AS app_role_id`,
    ],
  }),
  fault('job-takes-all-groups', 'the job is set from assigned groups to all groups', {
    tables: ['cloud_job'],
    candidates: `${jobs} AND sync_all IS FALSE`,
    changes: jobSet('sync_all = true'),
  }),
  fault('second-job-of-domain', 'a second job is made for the same domain', {
    tables: ['cloud_job', 'cloud_job_mapping', 'cloud_job_assignment'],
    candidates: `${jobs} AND target_domain IS NOT NULL`,
    changes: [
      `INSERT INTO cloud_job SELECT * REPLACE (id || '.second' AS id, ${freshGuid('principal')} AS service_principal_id) FROM cloud_job WHERE id = ${job}`,
      `INSERT INTO cloud_job_mapping SELECT * REPLACE (job_id || '.second' AS job_id) FROM cloud_job_mapping WHERE job_id = ${job}`,
    ],
  }),
  fault('audit-log-no-longer-exported', 'the export of the audit log is switched off', {
    tables: ['declared_statement'],
    candidates: "SELECT name FROM declared_statement WHERE name = 'auditLogExported' AND value = 'true'",
    changes: ["UPDATE declared_statement SET value = 'false' WHERE name = 'auditLogExported'"],
  }),
];
