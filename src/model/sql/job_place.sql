-- job_place: per Cloud Sync job for groups, where it writes and which groups it takes: all that are security groups of the cloud, or those it is assigned.
WITH listed AS (
  SELECT *, lower(regexp_replace(trim(target_container), '\s*([,=])\s*', '\1', 'g')) AS path
  FROM cloud_job
  WHERE starts_with(template_id, 'AAD2ADGroupProvisioning')
)
SELECT
  j.id, coalesce(j.service_principal_name, j.id) AS name, j.path,
  -- The container says which domain it is in; where a job computes it, the settings of the job do.
  coalesce(nullif(regexp_extract(j.path, '(?:^|,)(dc=.*)$', 1), ''), 'dc=' || replace(lower(j.target_domain), '.', ',dc=')) AS domain,
  coalesce(j.sync_all, false) AS takes_all,
  -- A filter on nothing but the kind of a group takes every group that the job can take; what a pseudonym in its place says, nobody knows.
  k.cloud_job_schema AND us.object IS NULL AND (j.scope_filter IS NULL
    OR k.cloud_names AND len(list_filter(regexp_extract_all(lower(j.scope_filter), '"sourceoperandname":"([^"]*)"', 1), name -> name NOT IN ('securityenabled', 'dirsyncenabled', 'mailenabled'))) = 0) AS unfiltered,
  k.cloud_job_schema AND us.object IS NULL AS schema_read,
  k.cloud_job_settings AND ut.object IS NULL AND j.sync_all IS NOT NULL AND (j.sync_all OR (k.cloud_job_assignments AND ua.object IS NULL)) AS extent_read
FROM listed j
CROSS JOIN known k
LEFT JOIN unread us ON us.facet = 'cloud.jobSchema' AND us.object = j.id
LEFT JOIN unread ut ON ut.facet = 'cloud.jobSettings' AND ut.object = j.id
LEFT JOIN unread ua ON ua.facet = 'cloud.jobAssignments' AND ua.object = j.id
