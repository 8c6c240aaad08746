-- marker: AD objects with an adminDescription or msDS-ExternalDirectoryObjectId that begins like a marker of group writeback, whether or not the rest of it
-- is one, with the cloud id that they name. TakenOver_Group_<guid> is set by hand on groups whose source of authority was converted; no engine reads it.
WITH extracted AS (
  SELECT
    guid, dn, cn, in_container, admin_description, external_id, sid, group_type,
    coalesce(regexp_matches(external_id, '(?i)^(takenover_)?group_'), false) AS external_begins,
    coalesce(regexp_matches(admin_description, '(?i)^(takenover_)?group_'), false) AS admin_begins,
    TRY_CAST(nullif(regexp_extract(external_id, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS external_anchor,
    TRY_CAST(nullif(regexp_extract(admin_description, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS admin_anchor,
    TRY_CAST(nullif(regexp_extract(admin_description, '(?i)^takenover_group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS taken_over
  FROM ad_group
  WHERE external_id IS NOT NULL OR admin_description IS NOT NULL
)
SELECT
  e.guid, coalesce(e.external_anchor, e.admin_anchor, e.taken_over) AS anchor, e.external_anchor,
  e.taken_over IS NOT NULL AS taken_over,
  list_filter([
    CASE WHEN e.external_begins AND e.external_anchor IS NULL THEN e.external_id END,
    CASE WHEN e.admin_begins AND e.admin_anchor IS NULL AND e.taken_over IS NULL THEN e.admin_description END
  ], text -> text IS NOT NULL) AS malformed,
  e.in_container,
  c.id IS NOT NULL OR d.id IS NOT NULL AS resolved,
  k.cloud_groups AND k.cloud_deleted AS cloud_all,
  k.ad_containers AS container_known,
  -- As in marked: of a list that was not read in full, a row without what every group has may lack anything.
  k.ad_groups OR (e.sid IS NOT NULL AND e.group_type IS NOT NULL) AS whole,
  true AS seen, true AS listed
FROM extracted e
CROSS JOIN known k
LEFT JOIN cloud_group c ON c.id = coalesce(e.external_anchor, e.admin_anchor, e.taken_over)
LEFT JOIN cloud_deleted_group d ON d.id = coalesce(e.external_anchor, e.admin_anchor, e.taken_over)
WHERE e.external_begins OR e.admin_begins
UNION ALL
-- Stands for the markers that nobody saw; in a redacted snapshot, whose pseudonyms no longer begin like one, for those that are malformed.
SELECT NULL, NULL, NULL, false, [], NULL, false, false, false, k.ad_groups, false, k.ad_groups FROM known k WHERE NOT k.ad_groups OR NOT k.ad_names
