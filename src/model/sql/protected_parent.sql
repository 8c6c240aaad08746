-- protected_parent: per written-back object, the protected groups above it, and whether the way up was read in full.
WITH RECURSIVE parent AS MATERIALIZED (
  SELECT g.guid, g.sid, g.sam_account_name, coalesce(g.sam_account_name, g.cn, g.dn) AS name FROM ad_group g SEMI JOIN ad_parent e ON e.parent_guid = g.guid
),
protected AS (
  SELECT guid, name
  FROM parent
  WHERE sid IN ('S-1-5-32-544', 'S-1-5-32-548', 'S-1-5-32-549', 'S-1-5-32-550', 'S-1-5-32-551', 'S-1-5-32-552')
    OR regexp_matches(sid, '^S-1-5-21-\d+-\d+-\d+-(512|516|518|519|520|521|526|527)$')
    OR lower(sam_account_name) = 'dnsadmins'
),
above AS (
  SELECT p.ad_guid AS guid, p.ad_guid AS node FROM pair p JOIN ad_parent e ON e.child_guid = p.ad_guid
  UNION
  SELECT a.guid, e.parent_guid FROM above a JOIN ad_parent e ON e.child_guid = a.node
)
SELECT
  a.guid,
  list(DISTINCT r.name ORDER BY r.name) FILTER (r.name IS NOT NULL) AS names,
  -- A protected group above is recognised by its row, which is sure to be there only when the groups were read in full.
  bool_and(u.object IS NULL) AND any_value(k.ad_groups) AS complete
FROM above a
LEFT JOIN protected r ON r.guid = a.node AND a.node <> a.guid
CROSS JOIN known k
LEFT JOIN unread u ON u.facet = 'ad.memberOf' AND u.id = a.node
GROUP BY a.guid
