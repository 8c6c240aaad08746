-- password_right: per domain, whether a sync identity may reset passwords and whether it has all that password writeback takes.
-- The list of the domain itself counts, from which users inherit; what an identity has by way of a group does not.
WITH name AS (
  SELECT
    coalesce(any_value(guid) FILTER (lower(name) = 'user' AND kind = 'class'), 'bf967aba-0de6-11d0-a285-00aa003049e2'::UUID) AS user_class,
    coalesce(any_value(guid) FILTER (lower(name) = 'lockouttime' AND kind = 'attribute'), '28630ebf-41d5-11d1-a9c1-0000f80367c1'::UUID) AS lockout_time,
    coalesce(any_value(guid) FILTER (lower(name) = 'pwdlastset' AND kind = 'attribute'), 'bf967a0a-0de6-11d0-a285-00aa003049e2'::UUID) AS pwd_last_set
  FROM ad_schema
),
identity AS (SELECT DISTINCT sid FROM ad_identity WHERE role = 'sync' AND sid IS NOT NULL),
entry AS (
  SELECT
    a.acl, a.trustee_sid,
    -- CONTROL_ACCESS (256) on everything or on Reset Password, or GENERIC_ALL (268435456).
    (a.mask & 268435456) <> 0 OR ((a.mask & 256) <> 0 AND (a.object_type IS NULL OR a.object_type = '00299570-246d-11d0-a768-00aa006e0529'::UUID)) AS resets,
    -- WRITE_PROP (32), GENERIC_WRITE (1073741824) or GENERIC_ALL on everything or on the attribute; pwdLastSet is in the set User-Account-Restrictions.
    (a.mask & 1342177312) <> 0 AND (a.object_type IS NULL OR a.object_type = n.lockout_time) AS unlocks,
    (a.mask & 1342177312) <> 0 AND (a.object_type IS NULL OR a.object_type IN (n.pwd_last_set, '4c164200-20c0-11d0-a768-00aa006e0529'::UUID)) AS expires
  FROM ad_ace a CROSS JOIN name n SEMI JOIN identity i ON i.sid = a.trustee_sid
  -- CONTAINER_INHERIT_ACE (2): users are containers.
  WHERE a.allow AND (a.flags & 2) <> 0 AND (a.inherited_object_type IS NULL OR a.inherited_object_type = n.user_class)
),
held AS (
  SELECT acl, trustee_sid, bool_or(resets) AS resets, bool_or(resets) AND bool_or(unlocks) AND bool_or(expires) AS writes_back
  FROM entry
  GROUP BY acl, trustee_sid
),
granted AS (SELECT acl, bool_or(resets) AS resets, bool_or(writes_back) AS writes_back FROM held GROUP BY acl)
SELECT
  d.guid,
  coalesce(g.resets, false) OR (s.object_guid IS NOT NULL AND s.acl IS NULL) AS resets,
  coalesce(g.writes_back, false) OR (s.object_guid IS NOT NULL AND s.acl IS NULL) AS writes_back,
  s.object_guid IS NOT NULL AND k.ad_acl AND u.object IS NULL AS read,
  k.ad_trustees AND EXISTS (FROM identity) AS identified
FROM ad_domain d
CROSS JOIN known k
LEFT JOIN ad_container c ON c.kind = 'domain' AND lower(c.dn) = lower(d.dn)
LEFT JOIN ad_security s ON s.object_guid = c.guid
LEFT JOIN granted g ON g.acl = s.acl
LEFT JOIN unread u ON u.facet = 'ad.acl' AND u.id = c.guid
