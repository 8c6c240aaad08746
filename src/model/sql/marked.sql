-- marked: AD objects that writeback made or that lie where it writes, with the cloud id that each marker names. The order of trust is
-- msDS-ExternalDirectoryObjectId, adminDescription, CN, SID; a name alone is never proof, so only the whole form Group_<guid> counts.
WITH extracted AS (
  SELECT
    guid, sid, CASE WHEN in_container THEN lower(dn) END AS place, object_class, in_container, group_type,
    TRY_CAST(nullif(regexp_extract(external_id, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS external_anchor,
    TRY_CAST(nullif(regexp_extract(admin_description, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS admin_anchor,
    TRY_CAST(nullif(regexp_extract(cn, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS name_anchor
  FROM ad_group
),
-- Only an object without any marker is matched by SID, and only to a group that AD no longer feeds (converted source of authority).
by_sid AS (
  SELECT e.guid, min(c.id) AS sid_anchor
  FROM extracted e
  JOIN cloud_group c ON c.on_premises_sid = e.sid AND c.on_premises_sync_enabled IS NOT TRUE
  -- Of several groups with the SID the first is meant, which nobody knows before all were read.
  JOIN known k ON k.cloud_groups
  WHERE e.external_anchor IS NULL AND e.admin_anchor IS NULL AND (e.name_anchor IS NULL OR NOT e.in_container) AND e.in_container
  GROUP BY e.guid
),
declared AS (
  SELECT flavour, ',' || lower(regexp_replace(trim(dn), '([^\\\s])\s*,\s*', '\1,', 'g')) AS ending
  FROM ad_container
  WHERE kind = 'writeback' AND flavour IS NOT NULL
),
-- Of containers within each other the innermost counts.
container AS MATERIALIZED (
  SELECT d.ending, min(d.flavour) AS flavour, coalesce(list(i.ending) FILTER (i.ending IS NOT NULL), []) AS inner_endings
  FROM declared d LEFT JOIN declared i ON i.ending <> d.ending AND ends_with(i.ending, d.ending)
  GROUP BY d.ending
)
SELECT
  e.guid, e.sid, e.object_class, e.in_container, e.group_type,
  e.external_anchor, e.name_anchor,
  coalesce(e.external_anchor, e.admin_anchor, CASE WHEN e.in_container THEN e.name_anchor END, s.sid_anchor) AS anchor,
  CASE
    WHEN e.external_anchor IS NOT NULL THEN 'external-id'
    WHEN e.admin_anchor IS NOT NULL THEN 'admin-description'
    WHEN e.in_container AND e.name_anchor IS NOT NULL THEN 'name'
    WHEN s.sid_anchor IS NOT NULL THEN 'sid'
  END AS matched_by,
  -- Two markers that name different groups: no membership verdict is drawn from such a pair.
  coalesce(e.external_anchor <> e.admin_anchor, false) OR coalesce(e.external_anchor <> e.name_anchor, false)
    OR coalesce(e.admin_anchor <> e.name_anchor, false) AS conflict,
  x.flavour AS container_flavour,
  -- Every group has these two; where one is hidden while groups could not be read in full, others may be hidden as well.
  k.ad_groups OR (e.sid IS NOT NULL AND e.group_type IS NOT NULL) AS whole
FROM extracted e
CROSS JOIN known k
LEFT JOIN by_sid s ON s.guid = e.guid
LEFT JOIN container x ON ends_with(e.place, x.ending) AND len(list_filter(x.inner_endings, i -> ends_with(e.place, i))) = 0
WHERE e.external_anchor IS NOT NULL OR e.admin_anchor IS NOT NULL OR e.in_container
