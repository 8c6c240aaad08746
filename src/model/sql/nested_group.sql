-- nested_group: per written-back object, the groups below it, and whether the members of all of them were read in full.
WITH RECURSIVE below AS (
  SELECT p.ad_guid AS guid, m.member_guid AS node
  FROM pair p JOIN ad_member m ON m.group_guid = p.ad_guid SEMI JOIN ad_group c ON c.guid = m.member_guid
  UNION
  SELECT b.guid, m.member_guid
  FROM below b JOIN ad_member m ON m.group_guid = b.node SEMI JOIN ad_group c ON c.guid = m.member_guid
)
SELECT
  b.guid,
  list(coalesce(a.sam_account_name, a.cn, a.dn) ORDER BY coalesce(a.sam_account_name, a.cn, a.dn), a.guid) FILTER (a.guid <> b.guid) AS names,
  bool_and(u.object IS NULL) AS complete
FROM below b
JOIN ad_group a ON a.guid = b.node
LEFT JOIN unread u ON u.facet = 'ad.members' AND u.id = b.node
GROUP BY b.guid
