-- owner_count: per cloud group, how many of its owners are users who can sign in, and of how many nobody knows whether they are.
SELECT
  o.group_id,
  count(*) FILTER (o.kind = 'user' AND u.enabled) AS active,
  count(*) FILTER (o.kind = 'user' AND u.enabled IS NULL) AS unsure
FROM cloud_owner o LEFT JOIN cloud_user u ON u.id = o.owner_id
GROUP BY o.group_id
