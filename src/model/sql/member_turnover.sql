-- member_turnover: one row per group of AD that carries a writeback marker or lies in a writeback container, in the snapshot or in the earlier one, by
-- its objectGUID: how many members it had and has, and how many came and went. A count is NULL while the members of that side were not read in full. One
-- row stands for the groups that nobody saw, and for all of them where there is no earlier snapshot.
WITH earlier_known AS (
  SELECT
    coalesce(bool_and(complete) FILTER (facet = 'ad.groups'), false) AS ad_groups,
    coalesce(bool_and(complete) FILTER (facet = 'ad.members'), false) AS ad_members
  FROM earlier.coverage
  WHERE object = ''
),
earlier_unread AS (
  SELECT DISTINCT TRY_CAST(object AS UUID) AS id FROM earlier.coverage WHERE facet = 'ad.members' AND object <> '' AND NOT complete
),
earlier_extracted AS (
  SELECT
    guid, dn, coalesce(display_name, cn, dn) AS label, in_container,
    TRY_CAST(nullif(regexp_extract(external_id, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS external_anchor,
    TRY_CAST(nullif(regexp_extract(admin_description, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS admin_anchor,
    TRY_CAST(nullif(regexp_extract(cn, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS name_anchor
  FROM earlier.ad_group
  WHERE object_class = 'group'
),
before AS (
  SELECT guid, dn, label, coalesce(external_anchor, admin_anchor, CASE WHEN in_container THEN name_anchor END) AS anchor
  FROM earlier_extracted
  WHERE external_anchor IS NOT NULL OR admin_anchor IS NOT NULL OR in_container
),
subject AS (
  SELECT
    coalesce(p.ad_guid, b.guid) AS guid, p.ordinal, coalesce(p.anchor, b.anchor) AS anchor,
    coalesce(a.dn, b.dn) AS dn, coalesce(a.display_name, a.cn, a.dn, b.label) AS label,
    -- Of a group that is read for another reason (a group nested with those of writeback, say) nobody reads the members.
    p.ad_guid IS NOT NULL AND k.ad_members AND u.id IS NULL AS now_read,
    b.guid IS NOT NULL AND e.ad_members AND eu.id IS NULL AS before_read,
    -- Only a list that was read in full says that a group is not there.
    CASE WHEN a.guid IS NOT NULL THEN false WHEN k.ad_groups THEN true END AS gone,
    CASE WHEN o.guid IS NOT NULL THEN false WHEN e.ad_groups THEN true END AS new
  FROM (FROM pair WHERE ad_guid IS NOT NULL AND object_class = 'group') p
  FULL JOIN before b ON b.guid = p.ad_guid
  CROSS JOIN known k
  CROSS JOIN earlier_known e
  -- Without an earlier snapshot there is nothing to compare, and what stands for it is one row.
  CROSS JOIN earlier.snapshot s
  LEFT JOIN ad_group a ON a.guid = coalesce(p.ad_guid, b.guid)
  LEFT JOIN earlier.ad_group o ON o.guid = coalesce(p.ad_guid, b.guid)
  LEFT JOIN unread u ON u.facet = 'ad.members' AND u.id = p.ad_guid
  LEFT JOIN earlier_unread eu ON eu.id = b.guid
),
counted AS (
  SELECT
    coalesce(n.group_guid, b.group_guid) AS guid,
    count(n.member_guid) AS now, count(b.member_guid) AS before,
    count(*) FILTER (b.member_guid IS NULL) AS added, count(*) FILTER (n.member_guid IS NULL) AS removed
  -- Rows of a list that was not read in full, or of a group that is not there, are none of its members.
  FROM (FROM ad_member m SEMI JOIN subject s ON s.guid = m.group_guid AND s.now_read) n
  FULL JOIN (FROM earlier.ad_member m SEMI JOIN subject s ON s.guid = m.group_guid AND s.before_read) b
    ON b.group_guid = n.group_guid AND b.member_guid = n.member_guid
  GROUP BY coalesce(n.group_guid, b.group_guid)
),
held AS (
  SELECT
    s.guid, s.ordinal, s.anchor, s.dn, s.label, s.gone, s.new,
    CASE WHEN s.before_read THEN coalesce(c.before, 0) WHEN s.new THEN 0 END AS before,
    CASE WHEN s.now_read THEN coalesce(c.now, 0) WHEN s.gone THEN 0 END AS now,
    coalesce(c.added, 0) AS added, coalesce(c.removed, 0) AS removed
  FROM subject s LEFT JOIN counted c ON c.guid = s.guid
)
SELECT
  h.guid, h.ordinal, h.anchor, h.dn, h.label, h.gone, h.new, h.before, h.now,
  CASE WHEN h.before IS NOT NULL AND h.now IS NOT NULL THEN h.added END AS added,
  CASE WHEN h.before IS NOT NULL AND h.now IS NOT NULL THEN h.removed END AS removed,
  s.ended AS since, true AS seen
FROM held h CROSS JOIN earlier.snapshot s
UNION ALL
SELECT
  NULL, NULL, NULL, NULL,
  CASE WHEN EXISTS (FROM earlier.snapshot) THEN '(groups that were not read)' ELSE '(no earlier snapshot was given: --previous)' END,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, false
FROM known k CROSS JOIN earlier_known e
WHERE NOT k.ad_groups OR NOT e.ad_groups
