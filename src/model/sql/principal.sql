-- principal: each cloud user and group with the AD object that it is. Users by SID, then immutable id (mS-DS-ConsistencyGuid, else objectGUID),
-- then the User_<id> anchor; groups by their written-back object, else by SID when AD feeds them.
WITH by_immutable AS (
  -- Most users resolve by immutable id with an agreeing SID; a SID names one account only, so that is the match by SID as well.
  SELECT c.id, c.on_premises_sid, a.guid, a.sid
  FROM cloud_user c
  LEFT JOIN ad_user a ON coalesce(a.consistency_guid, a.guid) = c.immutable_guid
),
rest AS (SELECT id, on_premises_sid, guid FROM by_immutable WHERE guid IS NULL OR (on_premises_sid IS NOT NULL AND sid IS DISTINCT FROM on_premises_sid)),
by_sid AS (SELECT r.id, min(a.guid) AS guid FROM rest r JOIN ad_user a ON a.sid = r.on_premises_sid GROUP BY r.id),
by_anchor AS (
  SELECT r.id, min(a.guid) AS guid
  FROM rest r
  JOIN (
    SELECT guid, TRY_CAST(nullif(regexp_extract(coalesce(external_id, admin_description), '(?i)^user_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS anchor
    FROM ad_user
    WHERE external_id IS NOT NULL OR admin_description IS NOT NULL
  ) a ON a.anchor = r.id
  GROUP BY r.id
),
resolved AS (
  SELECT r.id, coalesce(s.guid, r.guid, x.guid) AS guid
  FROM rest r LEFT JOIN by_sid s ON s.id = r.id LEFT JOIN by_anchor x ON x.id = r.id
),
twin AS (SELECT anchor, min(ad_guid) AS guid FROM pair WHERE anchored AND NOT conflict GROUP BY anchor HAVING count(*) = 1),
synced_group AS (
  SELECT p.cloud_id AS id, min(a.guid) AS guid
  FROM pair p JOIN ad_group a ON a.sid = p.on_premises_sid
  WHERE p.cloud_id IS NOT NULL AND p.synced
  GROUP BY p.cloud_id
)
SELECT id AS cloud_id, min(guid) AS ad_guid, false AS synced, false AS in_scope, 'user' AS kind
FROM by_immutable
WHERE guid IS NOT NULL AND (on_premises_sid IS NULL OR sid IS NOT DISTINCT FROM on_premises_sid)
GROUP BY id
UNION ALL
SELECT id, guid, false, false, 'user' FROM resolved
UNION ALL
SELECT p.cloud_id, coalesce(any_value(t.guid), any_value(s.guid)), bool_or(p.synced), bool_or(p.in_scope), 'group'
FROM pair p
LEFT JOIN twin t ON t.anchor = p.cloud_id
LEFT JOIN synced_group s ON s.id = p.cloud_id
WHERE p.cloud_id IS NOT NULL
GROUP BY p.cloud_id
