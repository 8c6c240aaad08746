-- address: one row per SMTP address of a written-back object, with everything in the forest that holds it.
WITH own AS (
  SELECT g.guid, unnest(list_concat(
    [lower(trim(g.mail))],
    list_transform(list_filter(g.proxy_addresses, x -> starts_with(lower(x), 'smtp:')), x -> lower(trim(substr(x, 6))))
  )) AS address
  FROM ad_group g JOIN pair p ON p.ad_guid = g.guid
  WHERE p.anchored
),
mine AS (
  SELECT o.address, min(p.ordinal) AS ordinal
  FROM own o JOIN pair p ON p.ad_guid = o.guid
  WHERE o.address IS NOT NULL AND o.address <> ''
  GROUP BY o.address
),
held AS (
  SELECT address, guid AS object_guid, NULL AS dn FROM own
  UNION ALL
  SELECT a.address, a.object_guid, a.dn FROM ad_address a SEMI JOIN mine m ON m.address = a.address
)
SELECT
  m.address, m.ordinal, count(DISTINCT h.object_guid) AS holders,
  list(DISTINCT h.dn ORDER BY h.dn) FILTER (h.dn IS NOT NULL) AS dns,
  any_value(k.ad_addresses) AS complete, true AS seen
FROM mine m JOIN held h ON h.address = m.address CROSS JOIN known k
GROUP BY m.address, m.ordinal
UNION ALL
SELECT NULL, 0, 0, [], false, false FROM known WHERE NOT ad_groups
