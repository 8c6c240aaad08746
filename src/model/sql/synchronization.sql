-- synchronization: one row, what is known of the engines as a whole. A value that no answer has is NULL, which is not known.
WITH switch AS (
  SELECT
    bool_or(enabled) FILTER (name = 'blockSoftMatchEnabled') AS block_soft_match,
    bool_or(enabled) FILTER (name = 'blockCloudObjectTakeoverThroughHardMatchEnabled') AS block_hard_match,
    bool_or(enabled) FILTER (name = 'allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled') AS update_identifier,
    bool_or(enabled) FILTER (name = 'userWritebackEnabled') AS user_writeback,
    bool_or(enabled) FILTER (name = 'deviceWritebackEnabled') AS device_writeback
  FROM cloud_sync_feature
),
configuration AS (
  SELECT
    any_value(client_version) AS client_version,
    nullif(trim(any_value(user_container)), '') AS user_container,
    any_value(pending_adds + pending_updates + pending_deletes) AS pending
  FROM cloud_sync_configuration
),
agent AS (
  SELECT count(*) FILTER (lower(status) = 'active') AS active, count(*) FILTER (status IS NULL) AS unclear FROM cloud_agent
),
group_job AS (SELECT id, target_domain FROM cloud_job WHERE starts_with(template_id, 'AAD2ADGroupProvisioning')),
aimed AS (SELECT count(*) AS jobs FROM group_job WHERE target_domain IS NOT NULL GROUP BY lower(target_domain)),
placed AS (
  SELECT
    count(*) AS jobs, count(*) FILTER (target_domain IS NULL) AS unplaced,
    (SELECT coalesce(max(jobs), 0) FROM aimed) AS of_one_domain
  FROM group_job
),
device AS (
  SELECT coalesce(bool_or(registered_devices), false) AS registered, count(*) FILTER (registered_devices IS NULL) AS unclear FROM ad_domain
),
-- Changes of the source of authority that the log tells, and whether somebody approved of them before they were made.
turned AS (
  SELECT
    e.at AS moment, e.id, e.group_id,
    CASE WHEN starts_with(lower(e.activity), 'undo ') THEN 'to-ad' ELSE 'to-cloud' END AS kind
  FROM cloud_audit_event e
  WHERE contains(lower(e.activity), 'source of authority') AND lower(e.result) IS DISTINCT FROM 'failure'
),
unapproved AS (
  SELECT
    t.moment, t.id,
    coalesce(g.display_name, t.group_id::VARCHAR, '(a group that the log does not name)') || ' ' || replace(t.kind, '-', ' ')
      || ' on ' || strftime(t.moment, '%Y-%m-%d') AS label
  FROM turned t
  LEFT JOIN cloud_group g ON g.id = t.group_id
  WHERE NOT EXISTS (FROM declared_change d WHERE d.group_id = t.group_id AND d.kind = t.kind AND d.approved <= t.moment)
)
SELECT
  (SELECT coalesce(list(flavour ORDER BY flavour), []::VARCHAR[]) FROM scope_flavour) AS flavours,
  s.block_soft_match, s.block_hard_match, s.update_identifier, s.user_writeback, s.device_writeback,
  c.client_version, c.user_container, c.pending,
  k.cloud_sync_configuration OR c.user_container IS NOT NULL AS user_container_known,
  a.active AS active_agents, k.cloud_agents AND a.unclear = 0 AS agents_known,
  (SELECT coalesce(list(DISTINCT plan ORDER BY plan), []::VARCHAR[]) FROM (SELECT unnest(plans) AS plan FROM cloud_licence WHERE enabled_units > 0)) AS plans,
  k.cloud_licences AS plans_known,
  j.jobs, k.cloud_jobs AS jobs_known,
  j.of_one_domain, j.of_one_domain > 1 OR (k.cloud_jobs AND j.unplaced = 0) AS of_one_domain_known,
  d.registered, d.registered OR (k.ad_domain AND d.unclear = 0) AS registered_known,
  EXISTS (FROM cloud_managed_group) AS converted, k.cloud_managed OR EXISTS (FROM cloud_managed_group) AS converted_known,
  (SELECT coalesce(list(label ORDER BY moment, id), []::VARCHAR[]) FROM unapproved) AS unapproved,
  -- Without a single change nobody needs to know which were approved; with an unapproved one nobody needs to know whether there were more.
  CASE
    WHEN EXISTS (FROM turned) THEN k.import_approved_changes AND (k.cloud_audit_log OR EXISTS (FROM unapproved))
    ELSE k.cloud_audit_log
  END AS changes_known,
  (SELECT bool_or(value = 'true') FROM declared_statement WHERE name = 'auditLogExported') AS audit_log_exported
FROM known k CROSS JOIN switch s CROSS JOIN configuration c CROSS JOIN agent a CROSS JOIN placed j CROSS JOIN device d
