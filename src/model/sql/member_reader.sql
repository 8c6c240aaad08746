-- member_reader: per distinct access list, who may read the members of a group that has it. Whoever is denied that is left out, and everybody is where
-- everybody is denied.
WITH name AS (
  SELECT
    coalesce(any_value(guid) FILTER (lower(name) = 'member' AND kind = 'attribute'), 'bf9679c0-0de6-11d0-a285-00aa003049e2'::UUID) AS member,
    coalesce(any_value(guid) FILTER (lower(name) = 'membership' AND kind = 'property-set'), 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'::UUID) AS membership
  FROM ad_schema
),
entry AS (
  SELECT a.acl, a.trustee_sid, a.allow
  FROM ad_ace a CROSS JOIN name n
  -- READ_PROP (16), GENERIC_ALL (268435456) or GENERIC_READ (2147483648), on everything, on member or on its set.
  WHERE NOT a.inherit_only AND (a.mask & 2415919120) <> 0 AND (a.object_type IS NULL OR a.object_type IN (n.member, n.membership))
    -- A condition may let somebody in, and may not keep somebody out.
    AND (a.allow OR NOT a.conditional)
),
denied AS (SELECT acl, trustee_sid FROM entry WHERE NOT allow)
SELECT acl, list(DISTINCT trustee_sid ORDER BY trustee_sid) AS sids
FROM (
  SELECT e.acl, e.trustee_sid
  FROM (FROM entry WHERE allow) e
  ANTI JOIN denied d ON d.acl = e.acl AND d.trustee_sid = e.trustee_sid
  ANTI JOIN (FROM denied WHERE trustee_sid IN ('S-1-1-0', 'S-1-5-11')) x ON x.acl = e.acl
)
GROUP BY acl
