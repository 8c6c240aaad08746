-- authority: one row per cloud group that came from AD, with its original there, whether that lives or was deleted, and the other AD objects that
-- carry its anchor. The original is the object of the SID that the cloud group remembers, wherever in the forest it lies.
WITH came AS (
  SELECT
    p.cloud_id AS id,
    any_value(p.on_premises_sid) AS sid,
    bool_or(p.synced) AS synced,
    coalesce(bool_or(p.managed), false) AS managed,
    any_value(p.kind) AS kind,
    bool_and(p.kind_known) AS kind_known,
    bool_and(p.cloud_all) OR any_value(p.on_premises_sid) IS NOT NULL AS sid_known,
    bool_and(p.cloud_all) OR bool_or(p.synced) AS synced_known,
    bool_and(p.managed_known) OR coalesce(bool_or(p.managed), false) AS managed_known,
    bool_and(p.objects_known) AS objects_known
  FROM pair p
  WHERE p.cloud_id IS NOT NULL AND (p.synced OR p.managed OR p.on_premises_sid IS NOT NULL)
  GROUP BY p.cloud_id
),
living AS (SELECT f.sid, min(f.guid) AS guid FROM ad_forest_group f SEMI JOIN came c ON c.sid = f.sid GROUP BY f.sid),
dead AS (SELECT d.sid, min(d.guid) AS guid FROM ad_deleted d SEMI JOIN came c ON c.sid = d.sid GROUP BY d.sid),
placed AS (
  SELECT
    c.*,
    o.guid AS original_guid,
    d.guid AS deleted_guid,
    c.sid_known AND (c.sid IS NULL OR o.guid IS NOT NULL OR k.ad_forest_groups) AS original_known,
    c.sid_known AND (c.sid IS NULL OR d.guid IS NOT NULL OR k.ad_deleted) AS deleted_known,
    -- Every group has these two; where one is hidden while groups could not be read in full, others may be hidden as well.
    o.guid IS NULL OR k.ad_forest_groups OR f.group_type IS NOT NULL AS original_whole,
    f.group_type,
    TRY_CAST(nullif(regexp_extract(f.external_id, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS external_anchor,
    TRY_CAST(nullif(regexp_extract(f.admin_description, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS admin_anchor
  FROM came c
  CROSS JOIN known k
  LEFT JOIN living o ON o.sid = c.sid
  LEFT JOIN ad_forest_group f ON f.guid = o.guid
  LEFT JOIN dead d ON d.sid = c.sid
),
other AS (
  SELECT c.id, list(a.dn ORDER BY a.guid) AS dns
  FROM placed c
  JOIN pair p ON p.cloud_id = c.id AND p.anchored AND p.anchor_known AND p.ad_guid IS DISTINCT FROM c.original_guid
  JOIN ad_group a ON a.guid = p.ad_guid
  GROUP BY c.id
)
SELECT
  c.*,
  coalesce(o.dns, []) AS others,
  -- An object is surely another one only where it is certain which one is the original.
  c.original_known AND (c.objects_known OR o.dns IS NOT NULL) AS others_known,
  true AS seen
FROM placed c LEFT JOIN other o ON o.id = c.id
UNION ALL
-- Stands for the groups that nobody saw.
SELECT
  NULL, NULL, NULL, NULL, NULL, false, false, false, false, false, NULL, NULL, false, false, false, NULL, NULL, NULL, [], false, false
FROM known
WHERE NOT cloud_groups OR NOT cloud_managed
