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
  CASE WHEN c.ordinal IS NOT NULL OR e.ordinal IS NOT NULL THEN true WHEN a.cloud_read AND a.mapped THEN false END AS in_cloud,
  CASE WHEN a.ordinal IS NOT NULL THEN true WHEN c.ad_read AND c.placed THEN false END AS in_ad,
  c.kind,
  c.synced,
  c.in_scope,
  c.resolved,
  false AS unseen
FROM (
  SELECT
    p.ordinal, p.ad_guid AS group_guid, p.ad_read, m.member_id, m.kind,
    u.ad_guid AS member_guid, u.synced, u.in_scope,
    -- Whether the member has an account in AD; NULL when the facts behind that were not read.
    CASE
      WHEN u.ad_guid IS NOT NULL OR u.synced THEN true
      WHEN m.kind = 'user' AND u.cloud_id IS NOT NULL AND k.ad_users THEN false
      WHEN m.kind = 'group' AND u.cloud_id IS NOT NULL AND k.ad_groups THEN false
      WHEN m.kind NOT IN ('user', 'group') THEN false
      WHEN m.kind = 'user' AND u.cloud_id IS NULL AND k.cloud_users THEN false
      WHEN m.kind = 'group' AND u.cloud_id IS NULL AND k.cloud_groups THEN false
    END AS resolved,
    -- Whether it is known which AD object the member is, if any: only then is it surely not among AD's members.
    CASE
      WHEN u.ad_guid IS NOT NULL THEN true
      WHEN m.kind = 'user' THEN k.ad_users AND (u.cloud_id IS NOT NULL OR k.cloud_users)
      -- The AD original of a synced group is read among the accounts behind the members.
      WHEN m.kind = 'group' THEN k.ad_groups AND (u.synced IS NOT TRUE OR k.ad_users) AND (u.cloud_id IS NOT NULL OR k.cloud_groups)
      ELSE true
    END AS placed
  FROM cloud_member m
  JOIN member_pair p ON p.cloud_id = m.group_id
  LEFT JOIN principal u ON u.cloud_id = m.member_id
  CROSS JOIN known k
) c
FULL OUTER JOIN (
  SELECT p.ordinal, a.group_guid, a.member_guid, p.cloud_read, p.mapped
  FROM ad_member a
  JOIN member_pair p ON p.ad_guid = a.group_guid
) a ON a.group_guid = c.group_guid AND a.member_guid = c.member_guid
LEFT JOIN ambiguous e ON e.ordinal = a.ordinal AND e.member_guid = a.member_guid
UNION ALL
SELECT ordinal, NULL, NULL, CASE WHEN cloud_read THEN false END, CASE WHEN ad_read THEN false END, NULL, NULL, NULL, NULL, true
FROM member_pair
WHERE NOT cloud_read OR NOT ad_read
UNION ALL
SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true FROM pair WHERE NOT seen
