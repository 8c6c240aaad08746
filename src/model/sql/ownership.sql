-- ownership: one row per written-back group and existing writeback container, with its owner. An object whose security was not read has none that is known.
WITH guarded AS (
  SELECT 'group' AS kind, ad_guid AS guid, ordinal, anchored AS certain FROM pair
  WHERE anchored OR (seen AND ad_guid IS NOT NULL AND NOT anchor_known)
  UNION ALL
  SELECT 'writeback', guid, NULL, true FROM ad_container WHERE kind = 'writeback' AND found AND guid IS NOT NULL
),
trusted AS (
  SELECT sid FROM ad_identity WHERE sid IS NOT NULL
  UNION SELECT 'S-1-5-18'
  UNION SELECT 'S-1-5-32-544'
  UNION SELECT sid || '-512' FROM ad_domain
  UNION SELECT sid || '-519' FROM ad_domain
)
SELECT
  g.kind, g.guid, g.ordinal, s.owner_sid,
  t.sid IS NOT NULL AS trusted,
  g.certain AND s.object_guid IS NOT NULL AND u.object IS NULL AND s.owner_sid IS NOT NULL AS owner_known,
  t.sid IS NOT NULL OR k.ad_trustees AS trust_known,
  true AS seen
FROM guarded g
CROSS JOIN known k
LEFT JOIN ad_security s ON s.object_guid = g.guid
LEFT JOIN unread u ON u.facet = 'ad.acl' AND u.id = g.guid
LEFT JOIN trusted t ON t.sid = s.owner_sid
UNION ALL
SELECT x.kind, NULL, 0, NULL, false, false, false, false
FROM known k CROSS JOIN (VALUES ('group', true), ('writeback', false)) x(kind, of_group)
WHERE CASE WHEN x.of_group THEN NOT k.ad_groups ELSE NOT k.ad_containers END
