-- membership: one row per comparable pair and principal that is a direct member on either side; plus one row without a principal per pair whose
-- members were not read in full: it stands for the members that nobody saw, so that a gap can never look like an empty group.
WITH ambiguous AS (
  -- AD objects that share the anchor of a cloud member, or whose markers disagree: which of them the engine means is not for this relation to
  -- say, so that none of them is called an extra member.
  SELECT p.ordinal, x.ad_guid AS member_guid
  FROM pair x
  JOIN cloud_member m ON m.member_id = x.cloud_id
  JOIN member_pair p ON p.cloud_id = m.group_id
  WHERE x.anchored AND (x.conflict OR x.objects > 1)
)
SELECT
  coalesce(c.ordinal, a.ordinal) AS ordinal,
  c.member_id,
  coalesce(c.member_guid, a.member_guid) AS member_guid,
  CASE WHEN c.ordinal IS NOT NULL OR e.ordinal IS NOT NULL THEN true WHEN a.covered THEN false END AS in_cloud,
  CASE WHEN a.ordinal IS NOT NULL THEN true WHEN c.locatable THEN false END AS in_ad,
  CASE c.kind WHEN 0 THEN 'user' WHEN 1 THEN 'group' WHEN 2 THEN 'device' WHEN 3 THEN 'orgContact' WHEN 4 THEN 'servicePrincipal' WHEN 5 THEN 'other' END AS kind,
  c.synced,
  c.in_scope,
  c.resolved,
  false AS unseen
-- The join below holds every membership of the tenant: its columns are as narrow as can be, because a byte saved in each is a byte not spilled to disk.
FROM (
  SELECT
    p.ordinal, m.member_id,
    (CASE m.kind WHEN 'user' THEN 0 WHEN 'group' THEN 1 WHEN 'device' THEN 2 WHEN 'orgContact' THEN 3 WHEN 'servicePrincipal' THEN 4 ELSE 5 END)::UTINYINT AS kind,
    u.ad_guid AS member_guid,
    -- Whether AD owns the member, and whether an engine takes it; NULL where the group behind it was not read.
    CASE WHEN m.kind <> 'group' THEN false WHEN u.cloud_id IS NOT NULL THEN u.synced WHEN k.cloud_groups THEN false END AS synced,
    CASE WHEN m.kind <> 'group' THEN false WHEN u.cloud_id IS NOT NULL THEN u.in_scope WHEN k.cloud_groups THEN false END AS in_scope,
    -- Whether the member has an account in AD; NULL when the facts behind that were not read.
    CASE
      WHEN u.ad_guid IS NOT NULL OR u.synced THEN true
      WHEN u.placed THEN false
      WHEN u.cloud_id IS NULL AND (m.kind NOT IN ('user', 'group') OR (m.kind = 'user' AND k.cloud_users) OR (m.kind = 'group' AND k.cloud_groups)) THEN false
    END AS resolved,
    -- Whether AD's side was read and it is certain which AD object the member is, if any: only then is it surely not among AD's members.
    p.ad_read AND CASE
      WHEN u.cloud_id IS NOT NULL THEN u.placed
      ELSE m.kind NOT IN ('user', 'group') OR (m.kind = 'user' AND k.cloud_users) OR (m.kind = 'group' AND k.cloud_groups)
    END AS locatable
  FROM cloud_member m
  JOIN member_pair p ON p.cloud_id = m.group_id
  LEFT JOIN principal u ON u.cloud_id = m.member_id
  CROSS JOIN known k
) c
FULL OUTER JOIN (
  SELECT p.ordinal, a.member_guid, p.cloud_read AND p.mapped AS covered
  FROM ad_member a
  JOIN member_pair p ON p.ad_guid = a.group_guid
) a ON a.ordinal = c.ordinal AND a.member_guid = c.member_guid
LEFT JOIN ambiguous e ON e.ordinal = a.ordinal AND e.member_guid = a.member_guid
UNION ALL
SELECT ordinal, NULL, NULL, CASE WHEN cloud_read THEN false END, CASE WHEN ad_read THEN false END, NULL, NULL, NULL, NULL, true
FROM member_pair
WHERE NOT cloud_read OR NOT ad_read
UNION ALL
SELECT ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true FROM pair WHERE perhaps_comparable
UNION ALL
SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true FROM pair WHERE NOT seen
