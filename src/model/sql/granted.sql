-- granted: per access list and owner, what each trustee may do. A million objects share few of them, so that this is worked out once for each; a table of
-- its own, because the database must know that there are few before it joins the objects to them.
WITH guard AS (SELECT DISTINCT acl, owner_sid FROM ad_security),
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
trusted AS (SELECT sid, bool_or(sync) AS sync FROM identity GROUP BY sid)
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
