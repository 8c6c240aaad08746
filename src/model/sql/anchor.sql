-- anchor: one row per cloud id that AD objects name, with the objects. Nearly always that is one object, `guid`, which needs no grouping.
SELECT
  p.anchor, p.cloud_id, p.writeback_enabled,
  1::BIGINT AS objects,
  (p.external_anchor IS NOT NULL)::BIGINT AS cloud_sync_objects,
  (p.external_anchor IS NULL AND coalesce(p.matched_by = 'admin-description', false))::BIGINT AS connect_objects,
  p.ad_guid AS guid, NULL::VARCHAR[] AS dns, NULL::VARCHAR[] AS guids,
  NULL::VARCHAR[] AS domains, NULL::VARCHAR[] AS sync_domains, p.kind, p.synced, p.kind_known, p.cloud_known AS cloud_seen,
  p.ordinal,
  p.objects_known AS complete,
  p.writeback_known AND p.cloud_known AS writeback_known,
  true AS seen
FROM pair p
WHERE p.anchored AND p.anchor_known AND p.objects = 1
UNION ALL
SELECT
  p.anchor, any_value(p.cloud_id), any_value(p.writeback_enabled),
  count(*)::BIGINT,
  (count(*) FILTER (p.external_anchor IS NOT NULL))::BIGINT,
  (count(*) FILTER (p.external_anchor IS NULL AND p.matched_by = 'admin-description'))::BIGINT,
  NULL, list(o.dn ORDER BY o.guid), list(o.guid::VARCHAR ORDER BY o.guid),
  list(DISTINCT lower(o.domain_dn)), coalesce(list(DISTINCT lower(o.domain_dn)) FILTER (p.external_anchor IS NOT NULL), []), any_value(p.kind), any_value(p.synced), bool_and(p.kind_known), bool_and(p.cloud_known),
  min(p.ordinal),
  bool_and(p.objects_known),
  bool_and(p.writeback_known AND p.cloud_known),
  true
FROM pair p
JOIN ad_group o ON o.guid = p.ad_guid
WHERE p.anchored AND p.anchor_known AND p.objects > 1
GROUP BY p.anchor
UNION ALL
-- Stands for the ids that objects name which nobody saw, or which nobody could place.
SELECT NULL, NULL, NULL, 0, 0, 0, NULL, [], [], [], [], NULL, NULL, false, false, 0, false, false, false FROM known WHERE NOT ad_groups OR (NOT cloud_groups AND EXISTS (FROM pair WHERE seen AND ad_guid IS NOT NULL AND NOT anchor_known))
