-- hierarchy: one row per comparable pair with groups inside it on either side: which users it reaches in the cloud and in AD, to any depth, circles
-- included. Groups that AD owns are walked into on neither side: their members are AD's own. Flat pairs are not here: what differs in them differs
-- directly. A pair of which it is not certain that it is flat has a row without facts.
WITH RECURSIVE
step AS MATERIALIZED (SELECT group_id, member_id FROM cloud_member WHERE kind = 'group'),
inner_group AS MATERIALIZED (SELECT m.group_guid, m.member_guid FROM ad_member m SEMI JOIN (SELECT guid FROM ad_group WHERE object_class = 'group') g ON g.guid = m.member_guid),
nested AS MATERIALIZED (
  SELECT p.*
  FROM member_pair p
  WHERE p.cloud_id IN (SELECT group_id FROM step) OR p.ad_guid IN (SELECT group_guid FROM inner_group)
),
-- Lists with members of which nobody knows what they are.
opaque AS (
  SELECT DISTINCT m.group_guid
  FROM ad_member m
  JOIN (FROM known WHERE NOT ad_users) k ON true
  ANTI JOIN ad_user u ON u.guid = m.member_guid
  ANTI JOIN ad_group g ON g.guid = m.member_guid
),
cloud_node AS (
  SELECT ordinal, cloud_id AS node FROM nested
  UNION
  SELECT n.ordinal, s.member_id
  FROM cloud_node n
  JOIN step s ON s.group_id = n.node
  JOIN principal u ON u.cloud_id = s.member_id AND u.synced IS FALSE
),
cloud_read AS (
  SELECT n.ordinal, bool_and(k.cloud_members AND r.object IS NULL) AS complete
  FROM cloud_node n CROSS JOIN known k
  LEFT JOIN unread r ON r.facet = 'cloud.members' AND r.id = n.node
  GROUP BY n.ordinal
),
cloud_reach AS MATERIALIZED (
  SELECT DISTINCT n.ordinal, u.ad_guid AS guid
  FROM cloud_node n
  JOIN cloud_member m ON m.group_id = n.node AND m.kind = 'user'
  JOIN principal u ON u.cloud_id = m.member_id AND u.kind = 'user' AND u.ad_guid IS NOT NULL
),
-- The objects of the groups that the cloud nests, and those of the groups among them that AD owns.
own AS MATERIALIZED (
  SELECT DISTINCT n.ordinal, x.ad_guid AS guid
  FROM cloud_node n JOIN pair x ON x.cloud_id = n.node
  WHERE x.ad_guid IS NOT NULL AND x.anchored
),
owned_by_ad AS MATERIALIZED (
  SELECT DISTINCT n.ordinal, u.ad_guid AS guid
  FROM cloud_node n
  JOIN step s ON s.group_id = n.node
  JOIN principal u ON u.cloud_id = s.member_id AND u.synced AND u.ad_guid IS NOT NULL
),
-- `entry` is the first group on the way down that the cloud does not nest; none while the way keeps to groups that it does.
ad_node AS (
  SELECT ordinal, ad_guid AS node, NULL::UUID AS entry FROM nested
  UNION
  SELECT n.ordinal, i.member_guid, coalesce(n.entry, CASE WHEN o.guid IS NULL THEN i.member_guid END)
  FROM ad_node n
  JOIN inner_group i ON i.group_guid = n.node
  LEFT JOIN own o ON o.ordinal = n.ordinal AND o.guid = i.member_guid
  ANTI JOIN owned_by_ad a ON a.ordinal = n.ordinal AND a.guid = i.member_guid
),
ad_read AS (
  SELECT n.ordinal, bool_and(k.ad_members AND r.object IS NULL) AS complete
  FROM ad_node n CROSS JOIN known k
  LEFT JOIN unread r ON r.facet = 'ad.members' AND r.id = n.node
  GROUP BY n.ordinal
),
ad_reach AS MATERIALIZED (
  SELECT DISTINCT n.ordinal, n.entry, m.member_guid AS guid FROM ad_node n JOIN ad_member m ON m.group_guid = n.node
),
missing AS (
  SELECT c.ordinal, count(*) AS users, list(coalesce(u.sam_account_name, u.cn, u.dn) ORDER BY coalesce(u.sam_account_name, u.cn, u.dn), c.guid)[:20] AS names
  FROM cloud_reach c
  ANTI JOIN ad_reach a ON a.ordinal = c.ordinal AND a.guid = c.guid
  LEFT JOIN ad_user u ON u.guid = c.guid
  GROUP BY c.ordinal
),
stranger AS MATERIALIZED (
  SELECT a.ordinal, a.entry, a.guid, coalesce(u.sam_account_name, u.cn, u.dn) AS name
  FROM ad_reach a
  JOIN ad_user u ON u.guid = a.guid AND u.object_class IN ('user', 'inetOrgPerson')
  ANTI JOIN cloud_reach c ON c.ordinal = a.ordinal AND c.guid = a.guid
),
extra AS (
  SELECT ordinal, count(*) AS users, list(name ORDER BY name, guid)[:20] AS names
  FROM (SELECT DISTINCT ordinal, guid, name FROM stranger)
  GROUP BY ordinal
),
way AS (
  SELECT s.ordinal, bool_or(s.entry IS NULL) AS directly, list(DISTINCT coalesce(g.sam_account_name, g.cn, g.dn, s.entry::VARCHAR)) FILTER (s.entry IS NOT NULL) AS through
  FROM stranger s LEFT JOIN ad_group g ON g.guid = s.entry
  GROUP BY s.ordinal
)
SELECT
  n.ordinal,
  coalesce(m.users, 0) AS missing, coalesce(m.names, []) AS missing_names,
  coalesce(e.users, 0) AS extra, coalesce(e.names, []) AS extra_names,
  coalesce(w.directly, false) AS extra_directly, coalesce(list_sort(w.through), []) AS extra_through,
  -- Who may be told apart, and whether more of each side may be hidden: an AD member of which nobody knows what it is may be a group.
  n.mapped AND c.complete AS cloud_complete,
  k.ad_users AND a.complete AS ad_complete,
  true AS seen
FROM nested n CROSS JOIN known k
JOIN cloud_read c ON c.ordinal = n.ordinal
JOIN ad_read a ON a.ordinal = n.ordinal
LEFT JOIN missing m ON m.ordinal = n.ordinal
LEFT JOIN extra e ON e.ordinal = n.ordinal
LEFT JOIN way w ON w.ordinal = n.ordinal
UNION ALL
SELECT p.ordinal, NULL, [], NULL, [], NULL, [], false, false, false
FROM member_pair p
ANTI JOIN nested n ON n.ordinal = p.ordinal
WHERE NOT p.cloud_read OR NOT p.ad_read OR p.ad_guid IN (FROM opaque)
UNION ALL
SELECT ordinal, NULL, [], NULL, [], NULL, [], false, false, false FROM pair WHERE perhaps_comparable OR NOT seen
