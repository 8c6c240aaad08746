-- job_extent: per Cloud Sync job for groups, how much it has to carry: the security groups of the cloud without mail that it is assigned, or all of them
-- where it takes all, with their direct members.
WITH job_mode AS (
  SELECT
    j.id, coalesce(j.sync_all, false) AS takes_all,
    k.cloud_job_settings AND us.object IS NULL AS mode_read,
    k.cloud_job_assignments AND ua.object IS NULL AS assignments_read
  FROM cloud_job j CROSS JOIN known k
  LEFT JOIN unread us ON us.facet = 'cloud.jobSettings' AND us.object = j.id
  LEFT JOIN unread ua ON ua.facet = 'cloud.jobAssignments' AND ua.object = j.id
  WHERE starts_with(j.template_id, 'AAD2ADGroupProvisioning')
),
candidate AS (SELECT DISTINCT cloud_id FROM pair WHERE cloud_id IS NOT NULL AND kind = 'security' AND kind_known AND NOT synced),
sized AS (
  SELECT c.cloud_id, count(m.member_id) AS members, k.cloud_members AND u.object IS NULL AS read
  FROM candidate c CROSS JOIN known k
  LEFT JOIN cloud_member m ON m.group_id = c.cloud_id
  LEFT JOIN unread u ON u.facet = 'cloud.members' AND u.id = c.cloud_id
  GROUP BY ALL
),
every AS (SELECT count(*) AS groups, coalesce(sum(members), 0)::BIGINT AS memberships, coalesce(bool_and(read), true) AS read FROM sized),
assigned AS (
  SELECT a.job_id, count(*) AS groups, sum(s.members)::BIGINT AS memberships, bool_and(s.read) AS read
  FROM (SELECT DISTINCT job_id, principal_id FROM cloud_job_assignment) a JOIN sized s ON s.cloud_id = a.principal_id
  GROUP BY a.job_id
)
SELECT
  m.id, m.takes_all, m.mode_read,
  CASE WHEN m.takes_all THEN e.groups ELSE coalesce(a.groups, 0) END AS groups,
  CASE WHEN m.takes_all THEN e.memberships ELSE coalesce(a.memberships, 0) END AS memberships,
  k.cloud_groups AND m.mode_read AND (m.takes_all OR m.assignments_read) AS groups_known,
  CASE WHEN m.takes_all THEN e.read ELSE coalesce(a.read, true) END AS members_read
FROM job_mode m CROSS JOIN every e CROSS JOIN known k LEFT JOIN assigned a ON a.job_id = m.id
