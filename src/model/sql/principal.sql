-- principal: each cloud user and group with the AD object that it is. Users by SID, then immutable id (mS-DS-ConsistencyGuid, else objectGUID),
-- then the User_<id> anchor; groups by their written-back object, else by SID when AD feeds them. `placed` says whether that is certain: a SID names
-- one account for ever, while any other key counts only when no account with a better one can have been missed.
WITH keyed AS NOT MATERIALIZED (SELECT guid, sid, coalesce(consistency_guid, guid) AS immutable FROM ad_user),
-- Two accounts can claim one immutable id only where an mS-DS-ConsistencyGuid is not the object's own GUID; then the first by GUID counts, unless a SID
-- says otherwise.
claimed_twice AS (
  SELECT k.immutable
  FROM keyed k SEMI JOIN (SELECT consistency_guid FROM ad_user WHERE consistency_guid <> guid) o ON o.consistency_guid = k.immutable
  GROUP BY k.immutable
  HAVING count(*) > 1
),
account AS (
  SELECT k.immutable, k.guid, k.sid FROM keyed k ANTI JOIN claimed_twice t ON t.immutable = k.immutable
  UNION ALL
  SELECT k.immutable, min(k.guid), arg_min_null(k.sid, k.guid) FROM keyed k SEMI JOIN claimed_twice t ON t.immutable = k.immutable GROUP BY k.immutable
),
by_immutable AS (
  -- Most users resolve by immutable id with an agreeing SID; a SID names one account only, so that is the match by SID as well.
  SELECT
    c.id, c.on_premises_sid, a.guid,
    a.guid IS NOT NULL AND (c.on_premises_sid IS NULL OR a.sid IS NOT DISTINCT FROM c.on_premises_sid) AS agreed
  FROM cloud_user c
  LEFT JOIN account a ON a.immutable = c.immutable_guid
),
rest AS (SELECT id, on_premises_sid, guid FROM by_immutable WHERE NOT agreed),
by_sid AS (SELECT r.id, min(a.guid) AS guid FROM rest r JOIN ad_user a ON a.sid = r.on_premises_sid GROUP BY r.id),
by_anchor AS (
  SELECT r.id, min(a.guid) AS guid
  FROM rest r
  JOIN (
    SELECT guid, TRY_CAST(coalesce(nullif(regexp_extract(external_id, '(?i)^user_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), ''), nullif(regexp_extract(admin_description, '(?i)^user_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '')) AS UUID) AS anchor
    FROM ad_user
    WHERE external_id IS NOT NULL OR admin_description IS NOT NULL
  ) a ON a.anchor = r.id
  GROUP BY r.id
),
resolved AS (
  SELECT id, guid, on_premises_sid IS NOT NULL AS by_sid FROM by_immutable WHERE agreed
  UNION ALL
  SELECT r.id, coalesce(s.guid, r.guid, x.guid), s.guid IS NOT NULL
  FROM rest r LEFT JOIN by_sid s ON s.id = r.id LEFT JOIN by_anchor x ON x.id = r.id
),
synced_group AS (
  SELECT p.cloud_id AS id, min(a.guid) AS guid
  FROM pair p JOIN ad_group a ON a.sid = p.on_premises_sid
  WHERE p.cloud_id IS NOT NULL AND p.synced
  GROUP BY p.cloud_id
),
-- Nearly every cloud group has one object at most, which needs no grouping.
cloud_side AS (
  SELECT p.cloud_id, p.synced, p.in_scope, CASE WHEN p.anchored AND NOT p.conflict THEN p.ad_guid END AS twin
  FROM pair p
  WHERE p.cloud_id IS NOT NULL AND p.objects <= 1
  UNION ALL
  SELECT
    p.cloud_id, bool_or(p.synced), CASE WHEN bool_and(p.in_scope IS NOT NULL) THEN bool_or(p.in_scope) END,
    CASE WHEN count(*) FILTER (NOT p.conflict) = 1 THEN min(p.ad_guid) FILTER (NOT p.conflict) END
  FROM pair p
  WHERE p.cloud_id IS NOT NULL AND p.objects > 1
  GROUP BY p.cloud_id
)
SELECT
  r.id AS cloud_id,
  CASE WHEN r.by_sid OR (k.ad_users AND k.cloud_users) THEN r.guid END AS ad_guid,
  r.by_sid OR (k.ad_users AND k.cloud_users) AS placed,
  false AS synced, false AS in_scope, 'user' AS kind
FROM resolved r CROSS JOIN known k
UNION ALL
-- A synced group that is a mere member is in the snapshot because the accounts behind the members were looked up.
SELECT
  c.cloud_id,
  CASE WHEN k.ad_groups AND k.cloud_groups AND (k.ad_users OR NOT c.synced) THEN coalesce(c.twin, s.guid) END,
  k.ad_groups AND k.cloud_groups AND (k.ad_users OR NOT c.synced),
  CASE WHEN c.synced OR k.cloud_groups THEN c.synced END, c.in_scope, 'group'
FROM cloud_side c
CROSS JOIN known k
LEFT JOIN synced_group s ON s.id = c.cloud_id
