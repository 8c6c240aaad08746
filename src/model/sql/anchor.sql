-- anchor: one row per cloud id that AD objects name, with the objects.
SELECT
  p.anchor, any_value(p.cloud_id) AS cloud_id, any_value(p.writeback_enabled) AS writeback_enabled,
  count(*)::BIGINT AS objects,
  (count(*) FILTER (p.external_anchor IS NOT NULL))::BIGINT AS cloud_sync_objects,
  (count(*) FILTER (p.external_anchor IS NULL AND p.matched_by = 'admin-description'))::BIGINT AS connect_objects,
  list(m.dn ORDER BY m.guid) AS dns,
  list(m.guid::VARCHAR ORDER BY m.guid) AS guids,
  min(p.ordinal) AS ordinal,
  bool_and(p.ad_known) AND any_value(k.ad_groups) AS complete,
  any_value(p.writeback_known) AS writeback_known,
  true AS seen
FROM pair p
JOIN marked m ON m.guid = p.ad_guid
CROSS JOIN known k
WHERE p.anchored
GROUP BY p.anchor
UNION ALL
SELECT NULL, NULL, NULL, 0, 0, 0, [], [], 0, false, false, false FROM known WHERE NOT ad_groups
