-- removal: the last time that somebody was removed from the cloud group of a comparable pair, as far back as the audit log was read, and what became of
-- it; one row without a member where the log, or the groups that it speaks of, were not read in full.
WITH last_removed AS (
  SELECT group_id, member_id, max(e.at) AS removed, arg_max(actor_name, e.at) AS actor
  FROM cloud_audit_event e
  WHERE activity = 'Remove member from group' AND coalesce(result = 'success', true) AND group_id IS NOT NULL AND member_id IS NOT NULL
  GROUP BY group_id, member_id
),
found AS MATERIALIZED (
  SELECT p.ordinal, p.cloud_id, p.ad_guid AS group_guid, p.cloud_read, p.ad_read, r.member_id, r.removed, r.actor, u.ad_guid AS member_guid, u.cloud_id IS NOT NULL AS listed, u.placed
  FROM last_removed r
  JOIN member_pair p ON p.cloud_id = r.group_id
  LEFT JOIN principal u ON u.cloud_id = r.member_id
),
back AS (SELECT DISTINCT c.group_id, c.member_id FROM cloud_member c SEMI JOIN found f ON f.cloud_id = c.group_id AND f.member_id = c.member_id),
still AS (SELECT DISTINCT a.group_guid, a.member_guid FROM ad_member a SEMI JOIN found f ON f.group_guid = a.group_guid AND f.member_guid = a.member_guid)
SELECT
  f.ordinal, f.member_id, f.member_guid, f.removed, f.actor,
  CASE WHEN f.listed THEN true WHEN k.cloud_users AND k.cloud_groups THEN false END AS listed,
  CASE WHEN b.member_id IS NOT NULL THEN true WHEN f.cloud_read THEN false END AS in_cloud,
  CASE WHEN s.member_guid IS NOT NULL THEN true WHEN f.ad_read AND f.placed THEN false END AS in_ad,
  true AS seen
FROM found f CROSS JOIN known k
LEFT JOIN back b ON b.group_id = f.cloud_id AND b.member_id = f.member_id
LEFT JOIN still s ON s.group_guid = f.group_guid AND s.member_guid = f.member_guid
UNION ALL
SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false FROM known WHERE NOT cloud_audit_log OR NOT cloud_groups OR NOT ad_groups
