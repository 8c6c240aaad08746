-- provisioning: one row per job and group that the provisioning log tells of: what came of the group last, and whether a deletion waits for approval.
WITH event AS (
  SELECT e.*, lower(e.status) AS outcome, lower(e.action) AS act FROM cloud_provisioning_event e WHERE e.source_id IS NOT NULL
)
SELECT
  e.job_id, e.source_id,
  arg_max(e.outcome, (e.at, e.id)) AS status,
  arg_max(e.action, (e.at, e.id)) AS action,
  max(e.at) AS at,
  arg_max(coalesce(e.error_code, e.error_reason), (e.at, e.id)) AS error,
  max(e.at) FILTER (e.act = 'stageddelete') AS staged,
  -- What was done with the group since says that somebody has decided.
  max(e.at) FILTER (e.act IN ('create', 'update', 'delete') AND e.outcome IS DISTINCT FROM 'failure') AS settled,
  true AS seen
FROM event e
GROUP BY e.job_id, e.source_id
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false FROM known WHERE NOT cloud_provisioning_log
