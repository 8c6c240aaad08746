-- pair: one row per AD object of writeback with its cloud group, per cloud group without such an object, and per object whose cloud group is gone.
WITH configured AS (
  SELECT
    coalesce(bool_or(flavour = 'connect-v1'), false) AS v1,
    coalesce(bool_or(flavour = 'connect-v2'), false) AS v2,
    coalesce(bool_or(flavour = 'cloud-sync'), false) AS cs
  FROM scope_flavour
),
twins AS (SELECT anchor, count(*) AS objects FROM marked WHERE anchor IS NOT NULL GROUP BY anchor),
cloud AS (
  SELECT
    c.id,
    c.on_premises_sid,
    c.created,
    coalesce(c.on_premises_sync_enabled, false) AS synced,
    m.group_id IS NOT NULL AS managed,
    CASE
      WHEN list_contains(c.group_types, 'Unified') THEN 'microsoft365'
      WHEN c.security_enabled AND coalesce(c.mail_enabled, false) THEN 'mail-enabled-security'
      WHEN c.security_enabled THEN 'security'
      WHEN c.mail_enabled THEN 'distribution'
      ELSE 'other'
    END AS kind,
    w.enabled AS writeback_enabled
  FROM cloud_group c
  LEFT JOIN cloud_managed_group m ON m.group_id = c.id
  LEFT JOIN cloud_writeback w ON w.group_id = c.id
),
joined AS (
  SELECT
    o.guid AS ad_guid, c.id AS cloud_id, coalesce(o.anchor, c.id) AS anchor,
    o.sid AS ad_sid, o.object_class, o.in_container, o.matched_by, o.external_anchor, o.container_flavour, o.group_type,
    coalesce(o.conflict, false) AS conflict,
    coalesce(t.objects, 0)::INTEGER AS objects,
    c.kind, c.synced, c.managed, c.on_premises_sid, c.writeback_enabled, c.created AS cloud_created,
    d.id AS deleted_id, d.deleted
  FROM marked o
  FULL OUTER JOIN cloud c ON c.id = o.anchor
  LEFT JOIN twins t ON t.anchor = coalesce(o.anchor, c.id)
  LEFT JOIN cloud_deleted_group d ON d.id = o.anchor AND c.id IS NULL
),
flavoured AS (
  SELECT
    j.*,
    f.v1, f.v2, f.cs,
    -- Whether v2 writes the group; NULL while the group's configuration was not read.
    CASE WHEN k.cloud_writeback THEN j.kind IN ('microsoft365', 'security') AND coalesce(j.writeback_enabled, j.kind = 'microsoft365') END AS v2_takes,
    k.ad_groups, k.cloud_groups, k.cloud_deleted, k.cloud_managed, k.cloud_writeback, k.ad_containers,
    k.ad_members AND um.object IS NULL AS members_read,
    k.ad_member_of AND up.object IS NULL AS member_of_read
  FROM joined j CROSS JOIN configured f CROSS JOIN known k
  LEFT JOIN unread um ON um.facet = 'ad.members' AND um.id = j.ad_guid
  LEFT JOIN unread up ON up.facet = 'ad.memberOf' AND up.id = j.ad_guid
),
decided AS (
  SELECT
    *,
    CASE
      WHEN ad_guid IS NOT NULL AND anchor IS NULL THEN NULL
      WHEN container_flavour IS NOT NULL THEN container_flavour
      WHEN external_anchor IS NOT NULL THEN 'cloud-sync'
      WHEN ad_guid IS NOT NULL AND matched_by = 'sid' AND cs THEN 'cloud-sync'
      WHEN ad_guid IS NOT NULL AND coalesce(kind, 'microsoft365') = 'microsoft365' THEN CASE WHEN v2 AND NOT v1 THEN 'connect-v2' ELSE 'connect-v1' END
      WHEN ad_guid IS NOT NULL THEN CASE WHEN v2 THEN 'connect-v2' ELSE 'connect-v1' END
      WHEN cs AND kind = 'security' AND NOT synced THEN 'cloud-sync'
      WHEN v1 AND kind = 'microsoft365' AND NOT synced THEN 'connect-v1'
      WHEN v2 AND NOT synced AND v2_takes IS NOT FALSE AND kind IN ('microsoft365', 'security') THEN 'connect-v2'
    END AS flavour
  FROM flavoured
)
SELECT
  (row_number() OVER ())::INTEGER AS ordinal,
  ad_guid, cloud_id, anchor, ad_sid, object_class, in_container, matched_by, external_anchor, group_type, conflict, objects,
  kind, synced, managed, on_premises_sid, writeback_enabled, cloud_created, flavour, deleted_id, deleted,
  CASE flavour
    WHEN 'connect-v1' THEN coalesce(kind = 'microsoft365', false) AND NOT coalesce(synced, false)
    WHEN 'cloud-sync' THEN coalesce(kind = 'security', false) AND NOT coalesce(synced, false)
    WHEN 'connect-v2' THEN cloud_id IS NOT NULL AND NOT synced AND v2_takes
    ELSE false
  END AS in_scope,
  -- A row that is there is certain; one that is not is certain only when its side was read in full.
  ad_guid IS NOT NULL OR ad_groups AS ad_known,
  cloud_id IS NOT NULL OR cloud_groups AS cloud_known,
  cloud_id IS NOT NULL OR deleted_id IS NOT NULL OR cloud_deleted AS deleted_known,
  cloud_managed AS managed_known,
  cloud_writeback AS writeback_known,
  ad_containers AS container_known,
  cloud_groups AS cloud_all,
  members_read,
  member_of_read,
  -- The pairs from which membership verdicts are drawn: an active cloud group whose members the cloud owns, and its one unambiguous object.
  ad_guid IS NOT NULL AND cloud_id IS NOT NULL AND NOT synced AND NOT conflict AND objects = 1 AND object_class = 'group' AS comparable,
  anchor IS NOT NULL AND ad_guid IS NOT NULL AS anchored,
  true AS seen
FROM decided
UNION ALL
-- Stands for the groups that nobody saw when one side was not read in full: nothing about them is known.
SELECT
  0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, false, false, false, false, false, false, false, false, false, false
FROM known
WHERE NOT ad_groups OR NOT cloud_groups
