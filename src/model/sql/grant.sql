-- grant: one row per guarded object and trustee with rights that matter; one without a trustee per object whose access list was not read.
WITH guarded AS (
  SELECT 'group' AS kind, ad_guid AS guid, ordinal, anchored AS certain FROM pair
  -- An object of which it is not certain whether it is written back is one whose list was not read.
  WHERE anchored OR (seen AND ad_guid IS NOT NULL AND NOT anchor_known)
  UNION ALL
  -- A missing writeback container has an invariant of its own; AdminSDHolder and the domain root always exist, so that not to see them is a gap.
  SELECT kind, guid, NULL, true FROM ad_container
  WHERE kind IN ('adminsdholder', 'domain') OR (kind = 'writeback' AND found AND guid IS NOT NULL)
),
readable AS (
  SELECT g.*, g.certain AND s.object_guid IS NOT NULL AND k.ad_acl AND u.object IS NULL AS read, s.acl, s.owner_sid
  FROM guarded g
  CROSS JOIN known k
  LEFT JOIN ad_security s ON s.object_guid = g.guid
  LEFT JOIN unread u ON u.facet = 'ad.acl' AND u.id = g.guid
),
-- Who controls a container, and where that is: what such a trustee inherits on the groups below is told of the container.
controlled AS (
  SELECT x.trustee_sid, list(',' || lower(regexp_replace(trim(c.dn), '\s*,\s*', ',', 'g'))) AS endings
  FROM readable r
  JOIN granted x ON x.acl IS NOT DISTINCT FROM r.acl AND x.owner_sid IS NOT DISTINCT FROM r.owner_sid
  JOIN ad_container c ON c.guid = r.guid AND c.kind = r.kind
  WHERE r.kind = 'writeback' AND r.read AND x.controls_container
  GROUP BY x.trustee_sid
),
containers_read AS (
  SELECT k.ad_containers AND NOT EXISTS (FROM readable WHERE kind = 'writeback' AND NOT read) AS read FROM known k
),
-- Groups on which somebody may write the markers without the members are few, if there are any.
marking AS (
  SELECT
    r.guid, r.ordinal, x.trustee_sid, x.controls_group, x.trusted, x.by_sync,
    o.in_container AND coalesce(len(list_filter(c.endings, ending -> ends_with(lower(o.dn), ending))) > 0, false) AS from_container
  FROM readable r
  JOIN granted x ON x.acl IS NOT DISTINCT FROM r.acl AND x.owner_sid IS NOT DISTINCT FROM r.owner_sid
  JOIN ad_group o ON o.guid = r.guid
  LEFT JOIN controlled c ON c.trustee_sid = x.trustee_sid
  WHERE r.kind = 'group' AND r.read AND x.writes_anchor AND NOT x.writes_member AND NOT x.writes_anchor_itself
)
SELECT
  r.kind, r.guid, r.ordinal, x.trustee_sid, x.writes_member, x.writes_anchor, x.controls_group AS controls_container, x.trusted, x.by_sync,
  false AS from_container, true AS origin_known, true AS seen, true AS located
FROM readable r
JOIN (FROM granted WHERE writes_member OR (writes_anchor AND writes_anchor_itself)) x ON x.acl IS NOT DISTINCT FROM r.acl AND x.owner_sid IS NOT DISTINCT FROM r.owner_sid
WHERE r.kind = 'group' AND r.read
UNION ALL
SELECT 'group', guid, ordinal, trustee_sid, false, true, controls_group, trusted, by_sync, from_container, from_container OR c.read, true, true
FROM marking CROSS JOIN containers_read c
UNION ALL
SELECT
  r.kind, r.guid, r.ordinal, x.trustee_sid, x.writes_member, x.writes_anchor, x.controls_container, x.trusted, x.by_sync,
  false, true, true, true
FROM readable r
JOIN granted x ON x.acl IS NOT DISTINCT FROM r.acl AND x.owner_sid IS NOT DISTINCT FROM r.owner_sid
WHERE r.kind <> 'group' AND r.read
UNION ALL
SELECT kind, guid, ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, true FROM readable WHERE NOT read
UNION ALL
-- What was not seen at all, one row per kind, so that a gap of one kind leaves the others judged.
SELECT u.kind, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, true
FROM known k CROSS JOIN (VALUES ('group', true), ('writeback', false), ('adminsdholder', false), ('domain', false)) u(kind, of_group)
WHERE CASE WHEN u.of_group THEN NOT k.ad_groups ELSE NOT k.ad_containers END
