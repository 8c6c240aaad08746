-- edge: what `membership` shows, packed: one row per comparable pair and principal that is a direct member on either side, all facts in one number. The
-- join below holds every membership of the tenant, and each column less is time not spent on moving it and, beyond the memory, not written to disk.
-- `facts`, two bits each (0 false, 1 true, 2 not known): in_cloud 1, in_ad 4, synced 16, in_scope 64, resolved 256; then single bits: unseen 1024,
-- named (a member of the cloud's list) 2048, located (its AD object is known) 4096; and from 8192 the kind: user 1, group 2, device 3, orgContact 4,
-- servicePrincipal 5, other 6.
WITH member AS (
  -- What is true of a principal as a member of any group. Of users without an account there is nothing to say, and without them the join is smaller.
  SELECT
    cloud_id, ad_guid,
    (
      CASE kind WHEN 'user' THEN 8192 ELSE 16384 END
      -- Only when it is certain which AD object it is, if any, is it surely not among AD's members.
      + CASE WHEN placed THEN 0 ELSE 8 END
      -- Whether AD owns it, and whether an engine takes it; not known where the group was not read.
      + CASE WHEN synced THEN 16 WHEN NOT synced THEN 0 ELSE 32 END
      + CASE WHEN in_scope THEN 64 WHEN NOT in_scope THEN 0 ELSE 128 END
      -- Whether it has an account or a group in AD.
      + CASE WHEN ad_guid IS NOT NULL OR synced THEN 256 WHEN placed THEN 0 ELSE 512 END
      + CASE WHEN ad_guid IS NULL THEN 0 ELSE 4096 END
    )::USMALLINT AS facts
  FROM principal
  WHERE ad_guid IS NOT NULL OR kind = 'group'
),
ambiguous AS (
  -- AD objects that share the anchor of a cloud member, or whose markers disagree: which of them the engine means is not for this relation to
  -- say, so that none of them is called an extra member.
  SELECT p.ordinal, x.ad_guid AS member_guid
  FROM pair x
  JOIN cloud_member m ON m.member_id = x.cloud_id AND m.kind = 'group'
  JOIN member_pair p ON p.cloud_id = m.group_id
  WHERE x.anchored AND (x.conflict OR x.objects > 1)
)
SELECT
  coalesce(c.ordinal, a.ordinal) AS ordinal,
  c.member_id,
  coalesce(c.member_guid, a.member_guid) AS member_guid,
  CASE
    WHEN a.ordinal IS NULL THEN c.facts
    WHEN c.ordinal IS NOT NULL THEN (c.facts & ~12::USMALLINT) | 4::USMALLINT
    WHEN e.ordinal IS NOT NULL THEN (a.facts & ~3::USMALLINT) | 1::USMALLINT
    ELSE a.facts
  END AS facts
FROM (
  SELECT
    p.ordinal, m.member_id, u.ad_guid AS member_guid,
    (
      -- Only where AD's side was read is anybody surely not among its members.
      (1 + 2048 + coalesce(u.facts, CASE m.kind
        WHEN 'user' THEN 8192 + CASE WHEN k.cloud_users AND k.ad_users THEN 0 ELSE 8 + 512 END
        WHEN 'group' THEN 16384 + CASE WHEN k.cloud_groups THEN 0 ELSE 8 + 32 + 128 + 512 END
        WHEN 'device' THEN 24576 WHEN 'orgContact' THEN 32768 WHEN 'servicePrincipal' THEN 40960 ELSE 49152 END
      )) | CASE WHEN p.ad_read THEN 0 ELSE 8 END
    )::USMALLINT AS facts
  FROM cloud_member m
  JOIN member_pair p ON p.cloud_id = m.group_id
  LEFT JOIN member u ON u.cloud_id = m.member_id
  CROSS JOIN known k
) c
FULL OUTER JOIN (
  SELECT p.ordinal, a.member_guid, (4 + 32 + 128 + 512 + 4096 + CASE WHEN p.cloud_read AND p.mapped THEN 0 ELSE 2 END)::USMALLINT AS facts
  FROM ad_member a
  JOIN member_pair p ON p.ad_guid = a.group_guid
) a ON a.ordinal = c.ordinal AND a.member_guid = c.member_guid
LEFT JOIN ambiguous e ON e.ordinal = a.ordinal AND e.member_guid = a.member_guid
UNION ALL
-- One row without a principal per pair whose members were not read in full: it stands for the members that nobody saw, so that a gap can never look
-- like an empty group.
SELECT ordinal, NULL, NULL, (CASE WHEN cloud_read THEN 0 ELSE 2 END + CASE WHEN ad_read THEN 0 ELSE 8 END + 32 + 128 + 512 + 1024)::USMALLINT
FROM member_pair
WHERE NOT cloud_read OR NOT ad_read
UNION ALL
SELECT ordinal, NULL, NULL, (2 + 8 + 32 + 128 + 512 + 1024)::USMALLINT FROM pair WHERE perhaps_comparable
UNION ALL
SELECT 0, NULL, NULL, (2 + 8 + 32 + 128 + 512 + 1024)::USMALLINT FROM pair WHERE NOT seen
