-- lookalike: members of a written-back group in AD that are nobody's account, yet bear the name of a cloud-only member of the same group.
WITH extra AS (SELECT ordinal, member_guid FROM membership_class WHERE in_ad AND NOT in_cloud AND NOT named),
nobody AS (
  SELECT a.guid, lower(a.upn) AS upn, lower(a.mail) AS mail, lower(a.sam_account_name) AS sam
  FROM ad_user a SEMI JOIN extra e ON e.member_guid = a.guid ANTI JOIN principal p ON p.ad_guid = a.guid
),
suspect AS (SELECT p.ordinal, p.cloud_id, n.* FROM extra e JOIN nobody n ON n.guid = e.member_guid JOIN member_pair p ON p.ordinal = e.ordinal),
beside AS (SELECT DISTINCT m.group_id, m.member_id FROM cloud_member m SEMI JOIN suspect s ON s.cloud_id = m.group_id),
cloud_only AS (
  SELECT b.group_id, lower(c.upn) AS upn, lower(c.mail) AS mail, lower(split_part(c.upn, '@', 1)) AS sam
  FROM beside b
  JOIN principal p ON p.cloud_id = b.member_id AND p.kind = 'user' AND p.ad_guid IS NULL
  JOIN cloud_user c ON c.id = b.member_id
)
SELECT DISTINCT s.ordinal, s.guid AS member_guid
FROM suspect s
JOIN cloud_only c ON c.group_id = s.cloud_id
WHERE c.upn = s.upn OR c.mail = s.mail OR c.sam = s.sam
