-- edge_class: the edges of a pair that have the same facts, as one row with how many they are. Those on which the two sides differ for certain keep
-- their ids and stand alone: they are few, and it is they that are asked about.
SELECT
  ordinal, facts,
  CASE WHEN apart THEN member_id END AS member_id,
  CASE WHEN apart THEN member_guid END AS member_guid,
  count(*) AS n
FROM (SELECT *, (facts & 15) IN (1, 4) AND ((facts & 4096) <> 0 OR (facts >> 13) = 2) AS apart FROM edge)
GROUP BY ALL
