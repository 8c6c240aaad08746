-- member_change: one row per member of a written-back group that AD says was added or removed within the time that the audit log of the cloud speaks
-- for, with the latest change of the same member of the same group that the cloud knows of up to then. One row without a member per group of which AD's
-- metadata was not read; one row stands for the groups that nobody saw, and for a log that was not read.
WITH log AS (SELECT min(since) AS since, max(until) AS until FROM cloud_log_window WHERE log = 'audit'),
changed AS (
  SELECT
    p.ordinal, p.cloud_id, c.member_guid, c.member_dn, c.deleted IS NOT NULL AS removed, c.changed, c.server
  FROM pair p
  JOIN ad_member_change c ON c.group_guid = p.ad_guid
  CROSS JOIN log l
  WHERE p.comparable AND c.changed BETWEEN l.since AND l.until
),
meant AS (SELECT DISTINCT ad_guid, cloud_id FROM principal WHERE ad_guid IS NOT NULL),
-- Five minutes of grace for clocks that differ: a change in AD cannot come before its cause.
caused AS (
  SELECT c.ordinal, c.member_dn, max(e.at) AS caused
  FROM changed c
  JOIN meant m ON m.ad_guid = c.member_guid
  JOIN cloud_audit_event e ON e.group_id = c.cloud_id AND e.member_id = m.cloud_id AND e.at <= c.changed + INTERVAL 5 MINUTE
    AND e.result IS DISTINCT FROM 'failure'
    AND e.activity = CASE WHEN c.removed THEN 'Remove member from group' ELSE 'Add member to group' END
  GROUP BY c.ordinal, c.member_dn
)
SELECT
  c.ordinal, c.member_guid, c.member_dn, c.removed, c.changed, c.server, x.caused,
  k.cloud_audit_log AS log_known,
  -- Who the member is in the cloud decides which events count.
  -- A member that is gone from either side may have been removed with its account, of which the log of the group says nothing.
  x.caused IS NOT NULL OR (
    k.cloud_audit_log AND k.cloud_users AND k.cloud_groups AND k.ad_users AND k.ad_groups
    AND c.member_guid IS NOT NULL AND (NOT c.removed OR m.ad_guid IS NOT NULL)
  ) AS caused_known,
  true AS seen
FROM changed c CROSS JOIN known k
LEFT JOIN caused x ON x.ordinal = c.ordinal AND x.member_dn = c.member_dn
LEFT JOIN (SELECT DISTINCT ad_guid FROM meant) m ON m.ad_guid = c.member_guid
UNION ALL
SELECT p.ordinal, NULL, NULL, NULL, NULL, NULL, NULL, false, false, false
FROM pair p CROSS JOIN known k LEFT JOIN unread u ON u.facet = 'ad.replication' AND u.id = p.ad_guid
-- A change without a time may be a recent one.
WHERE p.comparable AND (
  NOT (k.cloud_audit_log AND k.ad_replication AND u.object IS NULL)
  OR p.ad_guid IN (SELECT group_guid FROM ad_member_change WHERE changed IS NULL)
)
UNION ALL
SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL, false, false, false FROM known WHERE NOT ad_groups OR NOT cloud_groups
