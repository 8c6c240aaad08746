-- outsider: one row per member of a comparable pair's AD object that is no user account: groups, computers, service accounts, contacts, foreign
-- security principals. They are few, so that nothing else of the memberships is touched. One row without a member per pair that may have others: its
-- list was not read in full, or holds members of which nobody knows what they are.
WITH object AS (
  SELECT guid, dn, object_class, coalesce(sam_account_name, cn) AS name FROM ad_user
  UNION ALL
  -- An account that carries the marker of a group stands in both tables.
  SELECT g.guid, g.dn, g.object_class, coalesce(g.sam_account_name, g.cn) FROM ad_group g ANTI JOIN ad_user u ON u.guid = g.guid
),
odd AS (
  SELECT
    guid, dn, object_class, name,
    CASE
      WHEN object_class = 'foreignSecurityPrincipal' OR contains(lower(dn), ',cn=foreignsecurityprincipals,') THEN 'foreign'
      WHEN object_class = 'group' THEN 'group'
      WHEN object_class = 'computer' THEN 'computer'
      WHEN object_class IN ('msDS-GroupManagedServiceAccount', 'msDS-ManagedServiceAccount', 'msDS-DelegatedManagedServiceAccount') THEN 'service-account'
      WHEN object_class = 'contact' THEN 'contact'
      ELSE 'other'
    END AS kind
  FROM object
  WHERE object_class NOT IN ('user', 'inetOrgPerson')
),
found AS MATERIALIZED (
  SELECT p.ordinal, p.cloud_id, p.cloud_read AND p.mapped AS told_apart, m.member_guid, o.dn, o.object_class, o.name, o.kind
  FROM ad_member m
  JOIN odd o ON o.guid = m.member_guid
  JOIN member_pair p ON p.ad_guid = m.group_guid
),
-- Whom of the cloud an object stands for; also where several do, or where its markers disagree: none of these is called a stranger.
meant AS (
  SELECT ad_guid, cloud_id FROM principal WHERE ad_guid IS NOT NULL
  UNION
  SELECT ad_guid, cloud_id FROM pair WHERE anchored AND cloud_id IS NOT NULL
),
expected AS (
  SELECT DISTINCT f.ordinal, f.member_guid
  FROM found f
  JOIN meant r ON r.ad_guid = f.member_guid
  JOIN cloud_member c ON c.group_id = f.cloud_id AND c.member_id = r.cloud_id
),
marked_object AS (SELECT DISTINCT ad_guid FROM pair WHERE anchored)
SELECT
  f.ordinal, f.member_guid, f.dn, f.object_class, f.name, f.kind,
  CASE WHEN e.ordinal IS NOT NULL THEN true WHEN f.told_apart THEN false END AS in_cloud,
  a.ad_guid IS NOT NULL AS anchored,
  true AS seen
FROM found f
LEFT JOIN expected e ON e.ordinal = f.ordinal AND e.member_guid = f.member_guid
LEFT JOIN marked_object a ON a.ad_guid = f.member_guid
UNION ALL
SELECT p.ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false
FROM member_pair p
WHERE NOT p.ad_read
  OR p.ad_guid IN (SELECT m.group_guid FROM ad_member m JOIN (FROM known WHERE NOT ad_users) k ON true ANTI JOIN object o ON o.guid = m.member_guid)
UNION ALL
SELECT ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false FROM pair WHERE perhaps_comparable OR NOT seen
