-- job: Cloud Sync jobs; where Cloud Sync is configured but no group job was seen, one row that stands for the engine.
WITH candidate AS (
  SELECT j.*, starts_with(j.template_id, 'AAD2ADGroupProvisioning') AS provisions_groups FROM cloud_job j
),
listed AS (
  SELECT c.id, c.service_principal_name, c.provisions_groups, c.target_container, k.cloud_job_schema AND u.object IS NULL AS schema_read
  FROM candidate c CROSS JOIN known k
  LEFT JOIN unread u ON u.facet = 'cloud.jobSchema' AND u.object = c.id
  UNION ALL
  SELECT NULL, NULL, true, NULL, true
  FROM known
  WHERE cloud_jobs AND EXISTS (FROM scope_flavour WHERE flavour = 'cloud-sync') AND NOT EXISTS (FROM candidate WHERE provisions_groups)
),
several AS (SELECT count(*) > 1 AS several FROM listed WHERE provisions_groups),
engine_pair AS (
  SELECT l.id, p.ordinal, p.cloud_id, p.ad_guid, m.cloud_read, m.ad_read, m.mapped
  FROM pair p
  JOIN member_pair m ON m.ordinal = p.ordinal
  JOIN (SELECT guid, lower(dn) AS place FROM ad_group) o ON o.guid = p.ad_guid
  CROSS JOIN several s
  JOIN (SELECT id, ',' || lower(target_container) AS ending FROM listed WHERE provisions_groups) l ON NOT s.several OR l.ending IS NULL OR ends_with(o.place, l.ending)
  WHERE p.flavour = 'cloud-sync'
),
membered AS (
  SELECT ordinal, coalesce(bool_or(named AND located AND NOT synced), false) AS eligible, coalesce(bool_or(in_ad), false) AS filled
  FROM membership_class
  GROUP BY ordinal
),
counted AS (
  SELECT
    e.id,
    count(*) FILTER (g.eligible) AS groups,
    count(*) FILTER (g.eligible OR NOT (e.cloud_read AND e.mapped)) AS groups_at_most,
    count(*) FILTER (g.eligible AND NOT g.filled AND e.ad_read) AS empty,
    count(*) FILTER ((g.eligible OR NOT (e.cloud_read AND e.mapped)) AND g.filled IS NOT TRUE) AS empty_at_most,
    bool_and(e.cloud_read AND e.ad_read AND e.mapped) AS complete
  FROM engine_pair e
  LEFT JOIN membered g ON g.ordinal = e.ordinal
  GROUP BY e.id
)
SELECT
  l.id, l.service_principal_name, l.provisions_groups,
  coalesce(c.groups, 0) AS groups, coalesce(c.groups_at_most, 0) AS groups_at_most,
  coalesce(c.empty, 0) AS empty, coalesce(c.empty_at_most, 0) AS empty_at_most,
  coalesce(c.complete, true) AS complete,
  l.schema_read,
  -- Whether it is certain which groups the job can write; with several jobs that also takes its container.
  k.cloud_jobs AND k.ad_groups AND k.cloud_groups AND k.ad_containers AND (NOT s.several OR l.schema_read) AS groups_known,
  NOT (s.several AND l.provisions_groups AND l.target_container IS NULL) AS bounded,
  k.cloud_jobs AS jobs_known, true AS seen
FROM listed l CROSS JOIN known k CROSS JOIN several s LEFT JOIN counted c ON c.id IS NOT DISTINCT FROM l.id
UNION ALL
SELECT NULL, NULL, NULL, 0, 0, 0, 0, false, false, false, false, false, false FROM known WHERE NOT cloud_jobs
