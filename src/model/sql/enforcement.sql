-- enforcement: one row per domain and policy of AD object enforcement in it, and per domain that has none. The list of a policy is held against who the
-- SIDs are: a malformed or stale one keeps the whole policy from being loaded.
WITH listed AS (SELECT guid, unnest(sids) AS sid FROM ad_soa_policy),
weighed AS (
  SELECT
    l.guid,
    list(l.sid ORDER BY l.sid) FILTER (NOT l.valid) AS malformed,
    list(upper(l.sid) ORDER BY upper(l.sid)) FILTER (l.valid) AS sids,
    list(upper(l.sid) ORDER BY upper(l.sid)) FILTER (l.valid AND t.sid IS NOT NULL AND t.name IS NULL) AS stale,
    bool_and(NOT l.valid OR t.sid IS NOT NULL) AS looked_up
  FROM (SELECT guid, sid, regexp_full_match(sid, '(?i)s-1-\d{1,15}(-\d{1,10}){1,15}') AS valid FROM listed) l
  LEFT JOIN ad_trustee t ON t.sid = upper(l.sid)
  GROUP BY l.guid
),
-- Agents of Cloud Sync run as managed service accounts of this name unless somebody gave them another.
agent AS (
  SELECT coalesce(list(DISTINCT sid ORDER BY sid), []) AS sids
  FROM ad_identity
  WHERE role = 'sync' AND sid IS NOT NULL AND regexp_matches(name, '(?i)^provagentgmsa')
),
claim AS (SELECT any_value(value) AS value FROM declared_statement WHERE name = 'enforcementPrevents')
SELECT
  d.guid AS domain_guid, d.dns_name, p.guid AS policy_guid, p.dn, p.name,
  CASE lower(p.mode) WHEN 'enforced' THEN 'Enforced' WHEN 'audit' THEN 'Audit' ELSE p.mode END AS mode,
  len(p.sids) AS entries,
  coalesce(w.malformed, []) AS malformed,
  coalesce(w.sids, []) AS sids,
  coalesce(w.stale, []) AS stale,
  list_filter(a.sids, x -> NOT list_contains(coalesce(w.sids, []), x)) AS unlisted_agents,
  len(a.sids) > 0 AS agents_known,
  CASE WHEN trim(c.value) = '' THEN [] ELSE list_transform(string_split(lower(c.value), ','), x -> trim(x)) END AS claims,
  k.ad_soa AS complete,
  k.ad_trustees AND coalesce(w.looked_up, true) AS resolved,
  k.ad_trustees,
  c.value IS NOT NULL AS claimed,
  true AS seen
FROM ad_domain d
CROSS JOIN known k
CROSS JOIN agent a
CROSS JOIN claim c
LEFT JOIN ad_soa_policy p ON lower(p.domain_dn) = lower(d.dn)
LEFT JOIN weighed w ON w.guid = p.guid
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, [], [], [], [], false, [], false, false, false, false, false FROM known WHERE NOT ad_domain
