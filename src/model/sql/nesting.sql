-- nesting: one row per cloud group that is a direct member of a comparable pair's cloud group, with whether people below it have an account in AD. Groups
-- that AD owns are not walked into: their members are AD's own. One row without a child per pair that may have others.
WITH RECURSIVE child AS MATERIALIZED (
  SELECT p.ordinal, m.member_id, u.synced, u.in_scope
  FROM cloud_member m
  JOIN member_pair p ON p.cloud_id = m.group_id
  LEFT JOIN principal u ON u.cloud_id = m.member_id
  WHERE m.kind = 'group'
),
step AS MATERIALIZED (SELECT group_id, member_id FROM cloud_member WHERE kind = 'group'),
below AS (
  SELECT DISTINCT c.member_id AS child, c.member_id AS node FROM child c WHERE c.synced IS FALSE
  UNION
  SELECT b.child, s.member_id
  FROM below b
  JOIN step s ON s.group_id = b.node
  JOIN principal u ON u.cloud_id = s.member_id AND u.synced IS FALSE
),
-- Whom nobody placed may have an account; a user placed nowhere has none.
held AS (
  SELECT
    b.child,
    coalesce(bool_or(u.ad_guid IS NOT NULL), false) AS eligible,
    coalesce(bool_and(coalesce(u.placed, k.cloud_users)), true) AS placed
  FROM below b
  JOIN cloud_member m ON m.group_id = b.node AND m.kind = 'user'
  LEFT JOIN principal u ON u.cloud_id = m.member_id
  CROSS JOIN known k
  GROUP BY b.child
),
walked AS (
  SELECT b.child, bool_and(k.cloud_members AND r.object IS NULL) AS complete
  FROM below b CROSS JOIN known k
  LEFT JOIN unread r ON r.facet = 'cloud.members' AND r.id = b.node
  GROUP BY b.child
)
SELECT
  c.ordinal, c.member_id,
  c.synced, c.in_scope,
  CASE WHEN h.eligible THEN true WHEN w.complete AND coalesce(h.placed, true) THEN false END AS eligible,
  true AS seen
FROM child c
LEFT JOIN held h ON h.child = c.member_id
LEFT JOIN walked w ON w.child = c.member_id
UNION ALL
SELECT ordinal, NULL, NULL, NULL, NULL, false FROM member_pair WHERE NOT cloud_read
UNION ALL
SELECT ordinal, NULL, NULL, NULL, NULL, false FROM pair WHERE perhaps_comparable OR NOT seen
