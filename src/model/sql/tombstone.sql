-- tombstone: one row per deleted AD object that carries a writeback marker, with the cloud group that it names and the living objects that name the same.
-- Without the Recycle Bin AD strips a deleted object of adminDescription; where such objects may have been written back, one row stands for them.
WITH container AS (
  SELECT flavour, ',' || lower(regexp_replace(trim(dn), '([^\\\s])\s*,\s*', '\1,', 'g')) AS ending FROM ad_container WHERE kind = 'writeback'
),
configured AS (
  SELECT coalesce(bool_or(flavour = 'connect-v1'), false) AS v1, coalesce(bool_or(flavour = 'connect-v2'), false) AS v2 FROM scope_flavour
),
placed AS (
  SELECT
    d.guid,
    bool_or(c.ending IS NOT NULL) AS in_container,
    arg_max(c.flavour, length(c.ending)) FILTER (c.flavour IS NOT NULL) AS container_flavour
  FROM ad_deleted d LEFT JOIN container c ON ends_with(',' || lower(d.last_known_parent), c.ending)
  GROUP BY d.guid
),
marked_dead AS (
  SELECT
    d.guid, d.sid, d.object_class, d.created, p.in_container, p.container_flavour,
    TRY_CAST(nullif(regexp_extract(d.external_id, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS external_anchor,
    TRY_CAST(nullif(regexp_extract(d.admin_description, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS admin_anchor,
    CASE WHEN p.in_container THEN TRY_CAST(nullif(regexp_extract(d.cn, '(?i)^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) END AS name_anchor
  FROM ad_deleted d JOIN placed p ON p.guid = d.guid
),
dead AS (SELECT *, coalesce(external_anchor, admin_anchor, name_anchor) AS anchor FROM marked_dead),
cloud AS (
  SELECT
    cloud_id, any_value(kind) AS kind, bool_and(kind_known) AS kind_known,
    bool_or(in_scope) AS in_scope, bool_and(in_scope IS NOT NULL) OR coalesce(bool_or(in_scope), false) AS in_scope_known
  FROM pair
  WHERE cloud_id IS NOT NULL
  GROUP BY cloud_id
),
living AS (
  SELECT
    d.guid,
    count(*) AS objects,
    list(a.dn ORDER BY a.guid) FILTER (a.sid <> d.sid AND a.created > d.created) AS successors,
    bool_and(a.sid IS NOT NULL AND d.sid IS NOT NULL AND a.created IS NOT NULL AND d.created IS NOT NULL) AS comparable
  FROM dead d
  JOIN pair p ON p.anchor = d.anchor AND p.anchored AND p.anchor_known
  JOIN ad_group a ON a.guid = p.ad_guid
  GROUP BY d.guid
),
twins AS (SELECT bool_and(anchor_known) FILTER (ad_guid IS NOT NULL) AS placed FROM pair WHERE seen)
SELECT
  d.guid, d.anchor, c.cloud_id,
  coalesce(l.objects, 0) AS objects,
  coalesce(l.successors, []) AS successors,
  coalesce(c.in_scope, false) AS in_scope,
  CASE
    WHEN d.container_flavour IS NOT NULL THEN d.container_flavour
    WHEN d.external_anchor IS NOT NULL THEN 'cloud-sync'
    WHEN coalesce(c.kind, 'microsoft365') = 'microsoft365' THEN CASE WHEN f.v2 AND NOT f.v1 THEN 'connect-v2' ELSE 'connect-v1' END
    WHEN f.v2 THEN 'connect-v2'
    ELSE 'connect-v1'
  END AS flavour,
  k.ad_containers AND (d.container_flavour IS NOT NULL OR d.external_anchor IS NOT NULL OR coalesce(c.kind_known, k.cloud_groups)) AS flavour_known,
  c.cloud_id IS NOT NULL OR k.cloud_groups AS active_known,
  coalesce(c.in_scope_known, k.cloud_groups) AS in_scope_known,
  -- An object that is there is certain; that there is none is certain only when all were read and it is known what each of them stands for.
  l.objects IS NOT NULL OR (k.ad_groups AND coalesce(w.placed, true)) AS objects_known,
  l.successors IS NOT NULL OR (k.ad_groups AND coalesce(w.placed, true) AND coalesce(l.comparable, true)) AS successors_known,
  k.ad_deleted AS complete,
  true AS seen
FROM dead d
CROSS JOIN known k
CROSS JOIN configured f
CROSS JOIN twins w
LEFT JOIN cloud c ON c.cloud_id = d.anchor
LEFT JOIN living l ON l.guid = d.guid
WHERE d.anchor IS NOT NULL
UNION ALL
-- Stands for the objects that nobody saw, or whose markers nobody sees any more.
SELECT NULL, NULL, NULL, 0, [], false, NULL, false, false, false, false, false, false, false
FROM known k
WHERE NOT k.ad_deleted OR EXISTS (
  FROM dead d
  WHERE d.anchor IS NULL AND d.object_class = 'group'
    AND (NOT k.ad_containers OR (d.in_container AND NOT (k.ad_domain AND (SELECT coalesce(bool_and(recycle_bin), false) FROM ad_domain))))
)
