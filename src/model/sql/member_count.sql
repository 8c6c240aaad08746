-- member_count: per cloud group, how many direct members it has, how many of them are users, and how many of these nothing ties to an account in AD.
WITH tied AS (
  SELECT c.id
  FROM cloud_user c LEFT JOIN principal p ON p.cloud_id = c.id AND p.kind = 'user'
  WHERE c.on_premises_sid IS NOT NULL OR c.immutable_id IS NOT NULL OR c.immutable_guid IS NOT NULL OR p.ad_guid IS NOT NULL
)
SELECT
  m.group_id,
  count(*) AS members,
  count(*) FILTER (m.kind = 'user') AS users,
  count(*) FILTER (m.kind = 'user' AND t.id IS NULL) AS cloud_only
FROM cloud_member m LEFT JOIN tied t ON t.id = m.member_id
GROUP BY m.group_id
