-- nesting_circle: per written-back object that contains itself through others, the groups of the circle, by name.
WITH RECURSIVE above AS (
  SELECT p.ad_guid AS guid, e.parent_guid AS node FROM pair p JOIN ad_parent e ON e.child_guid = p.ad_guid
  UNION
  SELECT a.guid, e.parent_guid FROM above a JOIN ad_parent e ON e.child_guid = a.node
),
turning AS (SELECT DISTINCT guid FROM above WHERE node = guid),
-- From each group above one that turns, upwards again: those from where it is reached are in the circle.
again AS (
  SELECT a.guid, a.node AS start, a.node FROM above a SEMI JOIN turning t ON t.guid = a.guid
  UNION
  SELECT g.guid, g.start, e.parent_guid FROM again g JOIN ad_parent e ON e.child_guid = g.node
),
circle AS (SELECT DISTINCT guid, start FROM again WHERE node = guid)
SELECT c.guid, list(coalesce(a.sam_account_name, a.cn, a.dn, c.start::VARCHAR) ORDER BY coalesce(a.sam_account_name, a.cn, a.dn, c.start::VARCHAR), c.start) AS names
FROM circle c LEFT JOIN ad_group a ON a.guid = c.start
GROUP BY c.guid
