-- address: one row per SMTP address of a written-back object, with everything in the forest that holds it. Nearly always that is the object alone,
-- `listed` or not among the addresses of the forest: only the others are worth the lists.
WITH own AS MATERIALIZED (
  SELECT guid, ordinal, address
  FROM (
    SELECT g.guid, p.ordinal, unnest(list_concat(
      [lower(trim(g.mail))],
      list_transform(list_filter(g.proxy_addresses, x -> starts_with(lower(x), 'smtp:')), x -> lower(trim(substr(x, 6))))
    )) AS address
    FROM ad_group g JOIN pair p ON p.ad_guid = g.guid
    WHERE p.anchored AND (g.mail IS NOT NULL OR g.proxy_addresses IS NOT NULL)
  )
  WHERE address <> ''
),
listed AS (SELECT a.address, a.object_guid AS guid, a.dn FROM ad_address a SEMI JOIN own o ON o.address = a.address),
counted AS MATERIALIZED (
  SELECT address, any_value(ordinal) AS ordinal, min(guid) <> max(guid) AS shared, bool_or(ordinal IS NULL) AS listed
  FROM (SELECT address, guid, ordinal FROM own UNION ALL SELECT address, guid, NULL FROM listed)
  GROUP BY address
),
several AS (
  SELECT h.address, arg_min(h.ordinal, h.guid) AS ordinal, count(DISTINCT h.guid) AS holders, list(DISTINCT h.dn ORDER BY h.dn) FILTER (h.dn IS NOT NULL) AS dns
  FROM (SELECT address, guid, ordinal, NULL AS dn FROM own UNION ALL SELECT address, guid, NULL, dn FROM listed) h
  SEMI JOIN (FROM counted WHERE shared) c ON c.address = h.address
  GROUP BY h.address
)
SELECT c.address, coalesce(s.ordinal, c.ordinal) AS ordinal, coalesce(s.holders, 1) AS holders, c.listed, s.dns, k.ad_addresses AS complete, true AS seen
FROM counted c CROSS JOIN known k LEFT JOIN several s ON s.address = c.address
UNION ALL
SELECT NULL, 0, 0, false, NULL, false, false FROM known WHERE NOT ad_groups OR (NOT cloud_groups AND EXISTS (FROM pair WHERE seen AND ad_guid IS NOT NULL AND NOT anchor_known))
