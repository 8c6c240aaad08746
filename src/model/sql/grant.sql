-- grant: one row per guarded object and trustee with rights that matter; one without a trustee per object whose access list was not read.
WITH guarded AS (
  SELECT 'group' AS kind, ad_guid AS guid, ordinal FROM pair WHERE anchored
  UNION ALL
  SELECT kind, guid, NULL FROM ad_container WHERE found AND guid IS NOT NULL
),
readable AS (
  SELECT g.*, s.object_guid IS NOT NULL AND k.ad_acl AND u.object IS NULL AS read, s.acl
  FROM guarded g
  CROSS JOIN known k
  LEFT JOIN ad_security s ON s.object_guid = g.guid
  LEFT JOIN unread u ON u.facet = 'ad.acl' AND u.object = g.guid::VARCHAR
),
granted AS (
  SELECT r.kind, r.guid, r.ordinal, a.trustee_sid, a.writes_member, a.controls_container
  FROM readable r JOIN access_right a ON a.acl = r.acl
  WHERE r.read AND (r.kind <> 'group' OR a.writes_member)
  UNION ALL
  -- No DACL at all: everyone may do everything.
  SELECT kind, guid, ordinal, 'S-1-1-0', true, true FROM readable WHERE read AND acl IS NULL
),
identity AS (
  SELECT sid, bool_or(role = 'sync') AS sync FROM ad_identity WHERE sid IS NOT NULL GROUP BY sid
  UNION ALL SELECT 'S-1-5-18', false
  UNION ALL SELECT 'S-1-5-32-544', false
  UNION ALL SELECT sid || '-512', false FROM ad_domain
  UNION ALL SELECT sid || '-519', false FROM ad_domain
),
trusted AS (SELECT sid, bool_or(sync) AS sync FROM identity GROUP BY sid)
SELECT
  x.kind, x.guid, x.ordinal, x.trustee_sid, x.writes_member, x.controls_container,
  CASE WHEN t.sid IS NOT NULL THEN true WHEN k.ad_trustees THEN false END AS trusted,
  -- Without a single known sync identity nobody can say that none of them is granted anything.
  CASE WHEN t.sync THEN true WHEN k.ad_trustees AND EXISTS (FROM ad_identity i WHERE i.role = 'sync' AND i.sid IS NOT NULL) THEN false END AS by_sync,
  true AS seen, true AS located
FROM granted x CROSS JOIN known k LEFT JOIN trusted t ON t.sid = x.trustee_sid
UNION ALL
SELECT kind, guid, ordinal, NULL, NULL, NULL, NULL, NULL, false, true FROM readable WHERE NOT read
UNION ALL
SELECT NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, false, false FROM known WHERE NOT ad_containers OR NOT ad_groups
