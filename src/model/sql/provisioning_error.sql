-- provisioning_error: one row per provisioning error of a cloud group or user, with whether writeback is concerned: the object is a group in scope, or a
-- direct member of one; one row without an object where they were not read in full.
WITH scope AS (
  SELECT cloud_id, bool_or(in_scope) AS certain
  FROM pair
  WHERE cloud_id IS NOT NULL AND in_scope IS NOT FALSE
  GROUP BY cloud_id
),
holder AS (SELECT DISTINCT c.member_id, s.certain FROM cloud_member c JOIN scope s ON s.cloud_id = c.group_id SEMI JOIN cloud_error e ON e.object_id = c.member_id),
affected AS (SELECT cloud_id AS id, certain FROM scope UNION ALL FROM holder),
concerned AS (SELECT id, coalesce(bool_or(certain), false) AS certain FROM affected GROUP BY id),
-- Whether every group in scope and each of its members was seen.
whole AS (
  SELECT k.cloud_groups AND k.cloud_members AND NOT EXISTS (FROM scope WHERE certain IS NULL)
    AND NOT EXISTS (FROM unread u JOIN scope s ON s.cloud_id = u.id WHERE u.facet = 'cloud.members') AS whole
  FROM known k
)
SELECT
  e.object_id, e.object_kind, e.source, e.ordinal, e.category, e.property, e.occurred, e.resolved,
  CASE WHEN c.certain THEN true WHEN w.whole THEN false END AS concerned,
  true AS seen
FROM cloud_error e CROSS JOIN whole w LEFT JOIN concerned c ON c.id = e.object_id
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false FROM known WHERE NOT cloud_errors
