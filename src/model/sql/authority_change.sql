-- authority_change: per cloud group, when its source of authority was converted and rolled back last, and by whom, as the audit log tells.
WITH change AS (
  SELECT e.group_id, e."at" AS changed, coalesce(e.actor_name, e.actor_id) AS actor, starts_with(lower(e.activity), 'change source of authority') AS to_cloud
  FROM cloud_audit_event e
  WHERE e.group_id IS NOT NULL AND coalesce(e.result, 'success') = 'success'
    AND (starts_with(lower(e.activity), 'change source of authority') OR starts_with(lower(e.activity), 'undo changes to source of authority'))
)
SELECT
  group_id,
  max(changed) FILTER (to_cloud) AS converted,
  arg_max(actor, changed) FILTER (to_cloud) AS converted_by,
  max(changed) FILTER (NOT to_cloud) AS rolled_back,
  arg_max(actor, changed) FILTER (NOT to_cloud) AS rolled_back_by
FROM change
GROUP BY group_id
