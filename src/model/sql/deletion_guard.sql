-- deletion_guard: what keeps an engine from deleting many groups at once: of Entra Connect one for the tenant, of Cloud Sync one for each job.
SELECT
  'connect' AS id, NULL::VARCHAR AS job, 'Entra Connect' AS label,
  CASE WHEN EXISTS (FROM scope_flavour WHERE flavour = 'connect-v2') AND NOT EXISTS (FROM scope_flavour WHERE flavour = 'connect-v1') THEN 'connect-v2' ELSE 'connect-v1' END AS flavour,
  (SELECT any_value(prevention_type <> 'disabled') FROM cloud_sync_configuration) AS enabled,
  (SELECT any_value(alert_threshold) FROM cloud_sync_configuration) AS threshold,
  coalesce((SELECT any_value(prevention_type = 'enabledForPercentage') FROM cloud_sync_configuration), false) AS in_percent,
  true AS seen
FROM known
WHERE EXISTS (FROM scope_flavour WHERE flavour IN ('connect-v1', 'connect-v2'))
UNION ALL
SELECT id, id, coalesce(service_principal_name, id), 'cloud-sync', accidental_delete_enabled, accidental_delete_threshold, false, true
FROM cloud_job
WHERE starts_with(template_id, 'AAD2ADGroupProvisioning')
UNION ALL
SELECT NULL, NULL, '(jobs that were not read)', 'cloud-sync', NULL, NULL, false, false FROM known WHERE NOT cloud_jobs
