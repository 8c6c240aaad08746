-- child: each object below a declared writeback container, with whether something of the cloud is what it was made for.
SELECT
  p.ad_guid AS guid, o.dn, o.cn, o.object_class, true AS is_group, p.anchor,
  -- A torn marker is one all the same: that it is torn is an invariant of its own.
  p.anchored
    OR coalesce(regexp_matches(o.admin_description, '(?i)^(takenover_)?group_'), false)
    OR coalesce(regexp_matches(o.external_id, '(?i)^(takenover_)?group_'), false) AS written,
  p.anchor_known AND p.ad_whole AND (
    k.ad_names
    OR (
      coalesce(regexp_matches(o.admin_description, '(?i)^(takenover_)?(group|user)_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'), true)
      AND coalesce(regexp_matches(o.external_id, '(?i)^(takenover_)?(group|user)_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'), true)
    )
  ) AS decided,
  true AS seen
FROM pair p
JOIN ad_group o ON o.guid = p.ad_guid
CROSS JOIN known k
WHERE p.in_container
UNION ALL
-- Users that Cloud Sync made lie where it is told to make them, and that may be here.
SELECT
  c.guid, c.dn, c.cn, c.object_class, false, NULL,
  u.guid IS NOT NULL,
  k.ad_users,
  true
FROM ad_child c
CROSS JOIN known k
LEFT JOIN (
  SELECT guid FROM ad_user
  WHERE regexp_matches(external_id, '(?i)^user_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')
    OR regexp_matches(admin_description, '(?i)^user_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')
) u ON u.guid = c.guid
UNION ALL
-- Stands for the objects that nobody saw.
SELECT NULL, NULL, NULL, NULL, false, NULL, false, false, false FROM known WHERE NOT ad_groups OR NOT ad_children OR NOT ad_containers
