-- lookalike: members of a written-back group in AD that are nobody's account, yet bear the name of a cloud-only member of the same group.
WITH nobody AS (
  SELECT a.guid, lower(a.upn) AS upn, lower(a.mail) AS mail, lower(a.sam_account_name) AS sam
  FROM ad_user a ANTI JOIN principal p ON p.ad_guid = a.guid
),
cloud_only AS (
  SELECT c.id, lower(c.upn) AS upn, lower(c.mail) AS mail, lower(split_part(c.upn, '@', 1)) AS sam
  FROM cloud_user c JOIN principal p ON p.cloud_id = c.id AND p.kind = 'user'
  WHERE p.ad_guid IS NULL
),
suspect AS (
  SELECT n.guid, c.id FROM nobody n JOIN cloud_only c ON n.upn = c.upn
  UNION SELECT n.guid, c.id FROM nobody n JOIN cloud_only c ON n.mail = c.mail
  UNION SELECT n.guid, c.id FROM nobody n JOIN cloud_only c ON n.sam = c.sam
)
SELECT DISTINCT p.ordinal, s.guid AS member_guid
FROM suspect s
JOIN ad_member a ON a.member_guid = s.guid
JOIN member_pair p ON p.ad_guid = a.group_guid
JOIN cloud_member m ON m.group_id = p.cloud_id AND m.member_id = s.id
