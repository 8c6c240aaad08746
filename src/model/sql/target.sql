-- target: each container that Cloud Sync writes groups to, as the configuration declares it or as the mapping of a job says, and each job that computes where.
WITH flavour AS (
  SELECT coalesce(bool_or(flavour = 'cloud-sync'), false) AS declared, coalesce(bool_and(flavour = 'cloud-sync'), false) AS alone FROM scope_flavour
),
container AS (
  SELECT dn, guid, flavour, coalesce(well_known, false) AS well_known, lower(regexp_replace(trim(dn), '\s*,\s*', ',', 'g')) AS path
  FROM ad_container
  WHERE kind = 'writeback'
),
mapped AS (
  SELECT
    j.id, coalesce(j.service_principal_name, j.id) AS name, j.target_container AS dn,
    lower(regexp_replace(trim(j.target_container), '\s*,\s*', ',', 'g')) AS path,
    k.cloud_job_schema AND u.object IS NULL AS schema_read
  FROM cloud_job j
  CROSS JOIN known k
  LEFT JOIN unread u ON u.facet = 'cloud.jobSchema' AND u.object = j.id
  WHERE starts_with(j.template_id, 'AAD2ADGroupProvisioning')
),
job_target AS (SELECT path, min(dn) AS dn, list(name ORDER BY name, id) AS jobs FROM mapped WHERE path IS NOT NULL GROUP BY path),
-- A container without a flavour is that of Cloud Sync where no other engine is declared, or where a job says so.
named AS (
  SELECT
    coalesce(c.path, t.path) AS path, coalesce(c.dn, t.dn) AS dn, c.guid, c.path IS NOT NULL AS declared, coalesce(c.well_known, false) AS well_known,
    coalesce(t.jobs, []) AS jobs
  FROM container c
  CROSS JOIN flavour f
  FULL OUTER JOIN job_target t ON t.path = c.path
  WHERE t.path IS NOT NULL OR c.flavour = 'cloud-sync' OR (c.flavour IS NULL AND f.alone)
),
-- What every domain has, whatever else wellKnownObjects points to.
ground AS (
  SELECT path || lower(d.dn) AS path
  FROM ad_domain d CROSS JOIN (VALUES (''), ('cn=users,'), ('cn=computers,'), ('cn=builtin,'), ('cn=system,'), ('cn=foreignsecurityprincipals,'), ('ou=domain controllers,')) p(path)
)
SELECT
  n.path AS key, n.dn, n.guid, n.jobs, NULL::VARCHAR AS job,
  n.well_known OR g.path IS NOT NULL AS well_known,
  -- Of a container that only a job names, wellKnownObjects was not looked at, unless it lies below one that is declared.
  g.path IS NOT NULL OR (k.ad_domain AND k.ad_containers AND (n.declared OR EXISTS (FROM container c WHERE ends_with(n.path, ',' || c.path)))) AS decided,
  true AS seen
FROM named n
CROSS JOIN known k
LEFT JOIN ground g ON g.path = n.path
UNION ALL
SELECT 'job:' || id, NULL, NULL, [name], id, false, true, true FROM mapped WHERE path IS NULL AND schema_read
UNION ALL
-- Stands for the containers that nobody saw.
SELECT NULL, NULL, NULL, [], NULL, false, false, false FROM known k WHERE NOT k.cloud_jobs OR NOT k.ad_containers OR EXISTS (FROM mapped WHERE NOT schema_read)
