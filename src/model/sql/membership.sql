-- membership: one row per comparable pair and principal that is a direct member on either side; plus one row without a principal per pair whose
-- members were not read in full, which stands for the members that nobody saw.
SELECT
  ordinal, member_id, member_guid, facts,
  CASE facts & 3 WHEN 1 THEN true WHEN 0 THEN false END AS in_cloud,
  CASE (facts >> 2) & 3 WHEN 1 THEN true WHEN 0 THEN false END AS in_ad,
  CASE (facts >> 4) & 3 WHEN 1 THEN true WHEN 0 THEN false END AS synced,
  CASE (facts >> 6) & 3 WHEN 1 THEN true WHEN 0 THEN false END AS in_scope,
  CASE (facts >> 8) & 3 WHEN 1 THEN true WHEN 0 THEN false END AS resolved,
  (facts & 1024) <> 0 AS unseen,
  (facts & 2048) <> 0 AS named,
  (facts & 4096) <> 0 AS located,
  CASE facts >> 13 WHEN 1 THEN 'user' WHEN 2 THEN 'group' WHEN 3 THEN 'device' WHEN 4 THEN 'orgContact' WHEN 5 THEN 'servicePrincipal' WHEN 6 THEN 'other' END AS kind,
  n
FROM (SELECT *, 1::BIGINT AS n FROM edge)
