-- identity: one row per sync identity whose account is known, with the protected groups it is in and whether it controls a whole domain. One row stands
-- for the identities that nobody saw.
WITH account AS (
  SELECT i.sid, min(i.name) AS name FROM ad_identity i WHERE i.role = 'sync' AND i.sid IS NOT NULL GROUP BY i.sid
),
protected AS (
  SELECT m.identity_sid, list(coalesce(m.group_name, m.group_sid) ORDER BY m.group_sid) AS names
  FROM ad_identity_group m
  -- The groups that SDProp protects, by RID and in BUILTIN; DnsAdmins and its like have RIDs of their own in every domain.
  WHERE regexp_matches(m.group_sid, '^S-1-5-21-[0-9-]+-(512|516|518|519|520|521|526|527)$|^S-1-5-32-(544|548|549|550|551)$')
    OR lower(m.group_name) = 'dnsadmins'
  GROUP BY m.identity_sid
),
-- Full control of a domain's root: GENERIC_ALL, or all rights spelled out (0xF01FF), on everything.
controlled AS (
  SELECT a.trustee_sid AS sid, list(DISTINCT c.dn ORDER BY c.dn) AS domains
  FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid JOIN ad_ace a ON a.acl = s.acl
  WHERE c.kind = 'domain' AND a.allow AND a.object_type IS NULL AND a.inherited_object_type IS NULL
    AND ((a.mask & 268435456) <> 0 OR (a.mask & 983551) = 983551)
  GROUP BY a.trustee_sid
),
-- An owner may rewrite the list, and without a list everybody may do everything.
owned AS (
  SELECT s.owner_sid AS sid, c.dn FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid WHERE c.kind = 'domain' AND s.owner_sid IS NOT NULL
),
open AS (
  SELECT list(c.dn ORDER BY c.dn) AS domains
  FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid WHERE c.kind = 'domain' AND s.acl IS NULL
),
roots AS (
  SELECT k.ad_containers AND k.ad_acl AND bool_and(c.dn IS NULL OR s.object_guid IS NOT NULL) AS read
  FROM known k LEFT JOIN ad_container c ON c.kind = 'domain' LEFT JOIN ad_security s ON s.object_guid = c.guid
  GROUP BY k.ad_containers, k.ad_acl
)
SELECT
  a.sid, a.name, t.object_class, t.admin_count, t.enabled,
  coalesce(p.names, []) AS protected_groups,
  list_sort(list_distinct(list_concat(coalesce(c.domains, []), coalesce(o.domains, []), coalesce((SELECT list(w.dn) FROM owned w WHERE w.sid = a.sid), [])))) AS controlled_domains,
  t.sid IS NOT NULL AS account_known,
  p.names IS NOT NULL OR k.ad_identities AS groups_known,
  c.domains IS NOT NULL OR o.domains IS NOT NULL OR a.sid IN (SELECT sid FROM owned) OR r.read AS control_known,
  true AS seen
FROM account a
CROSS JOIN known k
CROSS JOIN roots r
CROSS JOIN open o
LEFT JOIN ad_identity_state t ON t.sid = a.sid
LEFT JOIN protected p ON p.identity_sid = a.sid
LEFT JOIN controlled c ON c.sid = a.sid
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, [], [], false, false, false, false
FROM known k
WHERE NOT k.ad_trustees OR NOT EXISTS (FROM account)
