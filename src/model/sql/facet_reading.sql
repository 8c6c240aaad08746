-- facet_reading: one row per facet that the snapshot speaks of: how it was read, and how far that went.
-- What is left out of every collection, or cannot be asked for, says nothing of the rights.
WITH gap AS (
  SELECT facet, count(*) AS objects
  FROM coverage
  WHERE object <> '' AND NOT complete AND coalesce(reason, '') NOT IN (
    'not read: not a written-back group',
    'members of synced groups are not read',
    'of groups synced from AD this is not read',
    'Microsoft Graph tells this of Microsoft 365 groups only',
    'Microsoft Graph does not tell the owners of groups that Exchange manages'
  )
  GROUP BY facet
),
asked AS (
  SELECT facet, list_sort(list_distinct(flatten(list(api_versions)))) AS api_versions, sum(queries) AS queries
  FROM reading
  WHERE source <> 'import'
  GROUP BY facet
)
SELECT
  c.facet,
  CASE split_part(c.facet, '.', 1) WHEN 'cloud' THEN 'graph' ELSE split_part(c.facet, '.', 1) END AS source,
  -- What no policy needs was left out on purpose.
  NOT (NOT c.complete AND starts_with(coalesce(c.reason, ''), 'not asked for')) AS wanted,
  c.complete AND coalesce(g.objects, 0) = 0 AS complete,
  coalesce(g.objects, 0) AS objects,
  c.reason, c.expected, c.retrieved,
  coalesce(a.api_versions, []) AS api_versions, coalesce(a.queries, 0) AS queries,
  EXISTS (FROM reading r WHERE r.facet = c.facet AND r.source = 'import') AS declared,
  true AS seen
FROM coverage c
LEFT JOIN gap g ON g.facet = c.facet
LEFT JOIN asked a ON a.facet = c.facet
-- What a snapshot withholds was not read from anywhere.
WHERE c.object = '' AND c.facet NOT IN ('ad.names', 'cloud.names')
