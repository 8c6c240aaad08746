-- lookalike: the suspects that bear the name of a cloud-only member of the same group.
WITH beside AS (
  SELECT DISTINCT m.group_id, m.member_id FROM cloud_member m JOIN (SELECT DISTINCT cloud_id FROM suspect) s ON s.cloud_id = m.group_id
),
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
