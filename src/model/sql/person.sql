-- person: each cloud user with the AD account that it is.
SELECT p.cloud_id, p.ad_guid, true AS seen, k.cloud_users, p.placed AS ad_known, k.ad_users
FROM principal p CROSS JOIN known k
WHERE p.kind = 'user'
UNION ALL
SELECT NULL, NULL, false, false, false, false FROM known WHERE NOT cloud_users
