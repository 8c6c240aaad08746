-- mapping: the attribute mappings of the jobs that provision groups, and the attributes that such a job has to map but does not.
WITH group_job AS (
  SELECT j.id, j.service_principal_name, k.cloud_job_schema AND u.object IS NULL AS read
  FROM cloud_job j CROSS JOIN known k
  LEFT JOIN unread u ON u.facet = 'cloud.jobSchema' AND u.object = j.id
  WHERE starts_with(j.template_id, 'AAD2ADGroupProvisioning')
),
-- A schema may map several objects; one of a group counts, and of two that map the same attribute of a group the first.
written AS (
  SELECT m.job_id, lower(m.target) AS attribute, arg_min(m.target, m.rule) AS target, arg_min(m.source, m.rule) AS source,
    bool_or(m.constant) AS constant
  FROM cloud_job_mapping m
  WHERE contains(lower(m.object), 'group')
  GROUP BY m.job_id, lower(m.target)
),
needed AS (SELECT unnest(['cn', 'parentDistinguishedName', 'member', 'isSecurityGroup', 'UniversalScope']) AS target)
SELECT j.id AS job, j.service_principal_name, w.target, w.source, w.constant, true AS mapped, true AS seen
FROM group_job j JOIN written w ON w.job_id = j.id
UNION ALL
SELECT j.id, j.service_principal_name, n.target, NULL, false, false, j.read
FROM group_job j CROSS JOIN needed n
WHERE j.read AND NOT EXISTS (FROM written w WHERE w.job_id = j.id AND w.attribute = lower(n.target))
UNION ALL
-- The schema of this job was not read.
SELECT j.id, j.service_principal_name, NULL, NULL, NULL, NULL, false FROM group_job j WHERE NOT j.read
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, false FROM known WHERE NOT cloud_jobs
