-- controller: one row per domain controller, with its build: the third number of the version that AD tells, and the fourth, which only a declaration tells.
SELECT
  c.guid, c.dns_name, c.operating_system, c.operating_system_version, c.read_only, c.domain_dn,
  TRY_CAST(nullif(regexp_extract(c.operating_system_version, '^10\.0 \((\d+)\)$', 1), '') AS BIGINT) AS build,
  -- A declaration that is about another version says nothing about this one.
  CASE WHEN regexp_extract(b.build, '^10\.0\.(\d+)\.(\d+)$', 1) = regexp_extract(c.operating_system_version, '^10\.0 \((\d+)\)$', 1)
    THEN TRY_CAST(nullif(regexp_extract(b.build, '^10\.0\.(\d+)\.(\d+)$', 2), '') AS BIGINT) END AS revision,
  p.domain_dn IS NOT NULL AS enforced,
  p.domain_dn IS NOT NULL OR k.ad_soa AS enforced_known,
  k.ad_domain_controllers AS complete,
  true AS seen
FROM ad_domain_controller c
CROSS JOIN known k
LEFT JOIN declared_dc_build b ON b.dns_name = lower(c.dns_name)
LEFT JOIN (SELECT DISTINCT lower(domain_dn) AS domain_dn FROM ad_soa_policy) p ON p.domain_dn = lower(c.domain_dn)
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, false, false FROM known WHERE NOT ad_domain_controllers
