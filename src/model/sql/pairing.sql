-- pairing: one row per AD object of writeback with its cloud group, per cloud group without such an object, and per object whose cloud group is gone.
WITH configured AS (
  SELECT
    coalesce(bool_or(flavour = 'connect-v1'), false) AS v1,
    coalesce(bool_or(flavour = 'connect-v2'), false) AS v2,
    coalesce(bool_or(flavour = 'cloud-sync'), false) AS cs
  FROM scope_flavour
),
twins AS (SELECT anchor, count(*) AS objects FROM marked WHERE anchor IS NOT NULL GROUP BY anchor HAVING count(*) > 1),
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
    -- A row of a list that was not read in full may lack facts: then the kind is certain only where those that are there leave no other.
    k.cloud_groups OR list_contains(c.group_types, 'Unified') OR (c.mail_enabled IS FALSE AND c.security_enabled IS NOT NULL) AS kind_known,
    w.enabled AS writeback_enabled,
    w.on_premises_group_type AS writeback_type
  FROM cloud_group c
  CROSS JOIN known k
  LEFT JOIN cloud_managed_group m ON m.group_id = c.id
  LEFT JOIN cloud_writeback w ON w.group_id = c.id
),
-- Whether an object in a container could still turn out to be the twin of a group by its SID.
undecided AS (SELECT NOT k.cloud_groups AND EXISTS (FROM marked WHERE anchor IS NULL) AS undecided FROM known k),
joined AS (
  SELECT
    o.guid AS ad_guid, c.id AS cloud_id, coalesce(o.anchor, c.id) AS anchor,
    o.sid AS ad_sid, o.object_class, o.in_container, o.matched_by, o.external_anchor, o.name_anchor, o.container_flavour, o.group_type,
    coalesce(o.conflict, false) AS conflict,
    coalesce(o.whole, true) AS ad_whole,
    coalesce(t.objects, (o.anchor IS NOT NULL)::BIGINT)::INTEGER AS objects,
    c.kind, coalesce(c.kind_known, false) AS kind_known, c.synced, c.managed, c.on_premises_sid, c.writeback_enabled, c.writeback_type, c.created AS cloud_created,
    d.id AS deleted_id, d.deleted
  FROM marked o
  FULL OUTER JOIN cloud c ON c.id = o.anchor
  LEFT JOIN twins t ON t.anchor = coalesce(o.anchor, c.id)
  LEFT JOIN cloud_deleted_group d ON d.id = CASE WHEN c.id IS NULL THEN o.anchor END
),
flavoured AS (
  SELECT
    j.*,
    f.v1, f.v2, f.cs,
    -- Whether v2 writes the group; NULL while the group's configuration was not read.
    CASE WHEN k.cloud_writeback THEN j.kind IN ('microsoft365', 'security') AND coalesce(j.writeback_enabled, j.kind = 'microsoft365') END AS v2_takes,
    k.ad_groups, k.cloud_groups, k.cloud_deleted, k.cloud_managed, k.cloud_writeback, k.ad_containers, k.cloud_jobs,
    k.cloud_users AND k.cloud_groups AS users_known, k.ad_users AND k.ad_groups AS accounts_known,
    k.ad_groups AND NOT s.undecided AS twins_known,
    -- Whether it is certain which cloud group the object stands for; msDS-ExternalDirectoryObjectId goes before all else.
    j.ad_guid IS NULL OR j.external_anchor IS NOT NULL OR (j.ad_whole AND (j.anchor IS NOT NULL OR k.cloud_groups)) AS anchor_known,
    k.ad_members AND um.object IS NULL AS members_read,
    k.ad_member_of AND up.object IS NULL AS member_of_read
  FROM joined j CROSS JOIN configured f CROSS JOIN known k CROSS JOIN undecided s
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
),
known_flavour AS (
  SELECT
    *,
    CASE
      WHEN ad_guid IS NOT NULL THEN anchor_known AND ad_containers AND (container_flavour IS NOT NULL OR external_anchor IS NOT NULL OR kind_known OR cloud_groups)
      ELSE twins_known AND (kind_known OR synced) AND (synced OR cloud_groups) AND (flavour IS DISTINCT FROM 'connect-v2' OR v2_takes IS NOT NULL)
    END AS flavour_known
  FROM decided
)
SELECT
  ad_guid, cloud_id, anchor, ad_sid, object_class, in_container, matched_by, external_anchor, name_anchor, group_type, conflict, objects,
  kind, synced, managed, on_premises_sid, writeback_enabled, writeback_type, cloud_created, flavour, deleted_id, deleted,
  -- NULL while it is not certain.
  CASE
    WHEN cloud_id IS NULL THEN CASE WHEN anchor_known AND cloud_groups THEN false END
    WHEN NOT flavour_known OR NOT kind_known OR NOT (synced OR cloud_groups) THEN NULL
    WHEN flavour = 'connect-v1' THEN kind = 'microsoft365' AND NOT synced
    WHEN flavour = 'cloud-sync' THEN kind = 'security' AND NOT synced
    WHEN flavour = 'connect-v2' THEN NOT synced AND v2_takes
    ELSE false
  END AS in_scope,
  -- A row that is there is certain; one that is not is certain only when its side was read in full.
  ad_guid IS NOT NULL OR twins_known AS ad_known,
  ad_whole,
  twins_known AND anchor_known AS objects_known,
  anchor_known AND (cloud_id IS NOT NULL OR cloud_groups) AS cloud_known,
  anchor_known AND (cloud_id IS NOT NULL OR deleted_id IS NOT NULL OR cloud_deleted) AS deleted_known,
  anchor_known AND (cloud_id IS NOT NULL OR deleted IS NOT NULL OR cloud_deleted) AS deleted_at_known,
  cloud_managed AS managed_known,
  cloud_writeback AS writeback_known,
  ad_containers AS container_known,
  cloud_jobs AS jobs_known,
  users_known,
  accounts_known,
  flavour_known,
  kind_known OR cloud_groups AS kind_known,
  anchor_known,
  cloud_groups AS cloud_all,
  ad_groups AS ad_all,
  members_read,
  member_of_read,
  -- The pairs from which membership verdicts are drawn: an active cloud group and its one unambiguous object. Not a group that AD feeds: the cloud does
  -- not own its members (and the collector does not read them); that it is written back at all is an invariant of its own.
  ad_guid IS NOT NULL AND cloud_id IS NOT NULL AND NOT synced AND NOT conflict AND objects = 1 AND object_class = 'group'
    AND anchor_known AND ad_whole AND twins_known AND cloud_groups AS comparable,
  -- Those of which it is not certain whether they are: their members are unknown.
  ad_guid IS NOT NULL AND cloud_id IS NOT NULL AND NOT synced AND NOT conflict AND objects = 1 AND object_class = 'group'
    AND NOT (anchor_known AND ad_whole AND twins_known AND cloud_groups) AS perhaps_comparable,
  anchor IS NOT NULL AND ad_guid IS NOT NULL AS anchored,
  true AS seen
FROM known_flavour
UNION ALL
-- Stands for the groups that nobody saw when one side was not read in full: nothing about them is known.
SELECT
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false, false
FROM known
WHERE NOT ad_groups OR NOT cloud_groups
