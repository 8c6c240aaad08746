-- grant: one row per guarded object and trustee with rights that matter; one without a trustee per object whose access list was not read.
WITH guarded AS (
  SELECT 'group' AS kind, ad_guid AS guid, ordinal, anchored AS certain FROM pair
  -- An object of which it is not certain whether it is written back is one whose list was not read.
  WHERE anchored OR (seen AND ad_guid IS NOT NULL AND NOT anchor_known)
  UNION ALL
  -- A missing writeback container has an invariant of its own; AdminSDHolder and the domain root always exist, so that not to see them is a gap.
  SELECT kind, guid, NULL, true FROM ad_container
  WHERE kind IN ('adminsdholder', 'domain') OR (kind = 'writeback' AND found AND guid IS NOT NULL)
),
readable AS (
  SELECT g.*, g.certain AND s.object_guid IS NOT NULL AND k.ad_acl AND u.object IS NULL AS read, s.acl, s.owner_sid
  FROM guarded g
  CROSS JOIN known k
  LEFT JOIN ad_security s ON s.object_guid = g.guid
  LEFT JOIN unread u ON u.facet = 'ad.acl' AND u.id = g.guid
),
-- A million objects share few lists and owners: what these amount to is worked out once for each.
guard AS (SELECT DISTINCT acl, owner_sid FROM ad_security),
-- Lists that name OWNER RIGHTS take from the owner what it may do otherwise.
owner_limited AS (SELECT DISTINCT acl FROM ad_ace WHERE trustee_sid = 'S-1-3-4' AND NOT inherit_only),
listed AS (
  SELECT
    r.acl, r.owner_sid,
    CASE WHEN a.trustee_sid = 'S-1-3-4' THEN coalesce(r.owner_sid, a.trustee_sid) ELSE a.trustee_sid END AS trustee_sid,
    a.writes_member, a.writes_anchor, a.writes_anchor_itself, a.controls_container, false AS everyone
  FROM guard r JOIN access_right a ON a.acl = r.acl
  UNION ALL
  -- An owner may rewrite the list whatever it says (MS-ADTS 5.1.3.3.2: implicit WRITE_DAC).
  SELECT r.acl, r.owner_sid, r.owner_sid, true, true, true, true, false
  FROM guard r LEFT JOIN owner_limited l ON l.acl = r.acl
  WHERE r.acl IS NOT NULL AND r.owner_sid IS NOT NULL AND l.acl IS NULL
  UNION ALL
  -- No DACL at all: everyone may do everything, and so may a sync identity.
  SELECT acl, owner_sid, 'S-1-1-0', true, true, true, true, true FROM guard WHERE acl IS NULL
),
identity AS (
  SELECT sid, bool_or(role = 'sync') AS sync FROM ad_identity WHERE sid IS NOT NULL GROUP BY sid
  UNION ALL SELECT 'S-1-5-18', false
  UNION ALL SELECT 'S-1-5-32-544', false
  UNION ALL SELECT sid || '-512', false FROM ad_domain
  UNION ALL SELECT sid || '-519', false FROM ad_domain
),
trusted AS (SELECT sid, bool_or(sync) AS sync FROM identity GROUP BY sid),
granted AS MATERIALIZED (
  SELECT
    x.acl, x.owner_sid, x.trustee_sid,
    bool_or(x.writes_member) AS writes_member,
    bool_or(x.writes_anchor) AS writes_anchor,
    bool_or(x.writes_anchor_itself) AS writes_anchor_itself,
    bool_or(x.controls_container) AS controls_container,
    -- On a group only those entries count that let its members be changed.
    coalesce(bool_or(x.controls_container) FILTER (x.writes_member), false) AS controls_group,
    CASE WHEN any_value(t.sid) IS NOT NULL THEN true WHEN any_value(k.ad_trustees) THEN false END AS trusted,
    -- Without a single known sync identity nobody can say that none of them is granted anything.
    -- An account that bears the name of one counts as one, whatever the configuration says.
    CASE WHEN bool_or(t.sync) OR bool_or(x.everyone) OR bool_or(n.sid IS NOT NULL) THEN true WHEN any_value(k.ad_trustees) AND EXISTS (FROM ad_identity i WHERE i.role = 'sync' AND i.sid IS NOT NULL) THEN false END AS by_sync
  FROM listed x CROSS JOIN known k LEFT JOIN trusted t ON t.sid = x.trustee_sid
  LEFT JOIN (SELECT sid FROM ad_trustee WHERE regexp_matches(name, '(?i)^((msol|aad)_[0-9a-f]+|provagentgmsa.*)$')) n ON n.sid = x.trustee_sid
  GROUP BY x.acl, x.owner_sid, x.trustee_sid
),
-- Who controls a container, and where that is: what such a trustee inherits on the groups below is told of the container.
controlled AS (
  SELECT x.trustee_sid, list(',' || lower(regexp_replace(trim(c.dn), '\s*,\s*', ',', 'g'))) AS endings
  FROM readable r
  JOIN granted x ON x.acl IS NOT DISTINCT FROM r.acl AND x.owner_sid IS NOT DISTINCT FROM r.owner_sid
  JOIN ad_container c ON c.guid = r.guid AND c.kind = r.kind
  WHERE r.kind = 'writeback' AND r.read AND x.controls_container
  GROUP BY x.trustee_sid
),
containers_read AS (
  SELECT k.ad_containers AND NOT EXISTS (FROM readable WHERE kind = 'writeback' AND NOT read) AS read FROM known k
),
-- Groups on which somebody may write the markers without the members are few, if there are any.
marking AS (
  SELECT
    r.guid, x.trustee_sid,
    coalesce(len(list_filter(c.endings, ending -> ends_with(lower(o.dn), ending))) > 0, false) AS from_container
  FROM readable r
  JOIN granted x ON x.acl IS NOT DISTINCT FROM r.acl AND x.owner_sid IS NOT DISTINCT FROM r.owner_sid
  JOIN ad_group o ON o.guid = r.guid
  LEFT JOIN controlled c ON c.trustee_sid = x.trustee_sid
  WHERE r.kind = 'group' AND r.read AND x.writes_anchor AND NOT x.writes_member AND NOT x.writes_anchor_itself
)
SELECT
  r.kind, r.guid, r.ordinal, x.trustee_sid, x.writes_member, x.writes_anchor,
  CASE WHEN r.kind = 'group' THEN x.controls_group ELSE x.controls_container END AS controls_container,
  x.trusted, x.by_sync,
  coalesce(m.from_container, false) AS from_container,
  m.guid IS NULL OR m.from_container OR cr.read AS origin_known,
  true AS seen, true AS located
FROM readable r JOIN granted x ON x.acl IS NOT DISTINCT FROM r.acl AND x.owner_sid IS NOT DISTINCT FROM r.owner_sid
CROSS JOIN containers_read cr
LEFT JOIN marking m ON m.guid = r.guid AND m.trustee_sid = x.trustee_sid
WHERE r.read AND (r.kind <> 'group' OR x.writes_member OR x.writes_anchor)
UNION ALL
SELECT kind, guid, ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, true FROM readable WHERE NOT read
UNION ALL
-- What was not seen at all, one row per kind, so that a gap of one kind leaves the others judged.
SELECT u.kind, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, true
FROM known k CROSS JOIN (VALUES ('group', true), ('writeback', false), ('adminsdholder', false), ('domain', false)) u(kind, of_group)
WHERE CASE WHEN u.of_group THEN NOT k.ad_groups ELSE NOT k.ad_containers END
