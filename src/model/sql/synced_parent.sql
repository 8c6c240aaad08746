-- synced_parent: per written-back object, the groups right above it that AD feeds to the cloud; the cloud does not learn of what they contain.
SELECT
  e.child_guid AS guid,
  list(coalesce(a.sam_account_name, a.cn, a.dn) ORDER BY c.id) FILTER (c.id IS NOT NULL) AS names,
  list(c.id::VARCHAR ORDER BY c.id) FILTER (c.id IS NOT NULL) AS ids,
  -- A group that was not read in full may hide its SID.
  bool_and(a.guid IS NOT NULL AND (a.sid IS NOT NULL OR k.ad_groups)) AS located
FROM (SELECT DISTINCT e.child_guid, e.parent_guid FROM ad_parent e JOIN pair p ON p.ad_guid = e.child_guid) e
CROSS JOIN known k
LEFT JOIN ad_group a ON a.guid = e.parent_guid
LEFT JOIN cloud_group c ON c.on_premises_sid = a.sid AND c.on_premises_sync_enabled
GROUP BY e.child_guid
