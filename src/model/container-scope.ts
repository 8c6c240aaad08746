import { fieldsOf } from './build.ts';
import { withinSql } from './dn.ts';
import type { PopulationField } from './population.ts';

/** SQL that is true when the nearest entry of a declared scope above the container includes it. */
function includedSql(table: string): string {
  return `coalesce((SELECT arg_max(s.included, length(s.dn)) FROM ${table} s WHERE ${withinSql('c.dn', 's.dn')}), false)`;
}

/** Declared scopes in which a container lies. */
export const containerScopeFields: readonly PopulationField[] = [
  fieldsOf('import.connectScope', '(c.seen AND nk.import_connect_scope)')(
    'container.inConnectScope',
    'bool',
    includedSql('declared_connect_scope'),
    'whether Entra Connect synchronises it, as declared',
  ),
  fieldsOf(
    'import.cloudSyncScope',
    "(c.seen AND (nk.import_cloud_sync_scope OR (nk.cloud_jobs AND NOT EXISTS (FROM cloud_job WHERE starts_with(template_id, 'AD2AAD')))))",
  )(
    'container.inCloudSyncScope',
    'bool',
    includedSql('declared_cloud_sync_scope'),
    'whether a Cloud Sync job from AD to the cloud takes it, as declared; no job, no scope',
    { also: ['cloud.jobs'] },
  ),
];
