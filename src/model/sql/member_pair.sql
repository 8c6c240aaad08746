-- member_pair: the comparable pairs, with whether each side's members were read in full.
SELECT
  p.ordinal, p.cloud_id, p.ad_guid,
  k.cloud_members AND uc.object IS NULL AS cloud_read,
  k.ad_members AND ua.object IS NULL AS ad_read,
  -- Whether every cloud member can be told from every AD member: without that, nobody is surely absent from the cloud.
  k.ad_users AND k.ad_groups AND k.cloud_users AND k.cloud_groups AS mapped
FROM pair p
CROSS JOIN known k
LEFT JOIN unread uc ON uc.facet = 'cloud.members' AND uc.id = p.cloud_id
LEFT JOIN unread ua ON ua.facet = 'ad.members' AND ua.id = p.ad_guid
WHERE p.comparable
