-- suspect: members of a written-back group in AD that are nobody's account. A table of its own: there are few, and the database must know that before it
-- joins the memberships of the tenant to them.
WITH extra AS (SELECT ordinal, member_guid FROM membership_class WHERE in_ad AND NOT in_cloud AND NOT named),
nobody AS (
  SELECT a.guid, lower(a.upn) AS upn, lower(a.mail) AS mail, lower(a.sam_account_name) AS sam
  FROM ad_user a SEMI JOIN extra e ON e.member_guid = a.guid ANTI JOIN principal p ON p.ad_guid = a.guid
)
SELECT p.ordinal, p.cloud_id, n.guid, n.upn, n.mail, n.sam
FROM extra e JOIN nobody n ON n.guid = e.member_guid JOIN member_pair p ON p.ordinal = e.ordinal
