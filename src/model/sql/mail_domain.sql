-- mail_domain: the domains of the mail addresses of AD's groups that Exchange accepts mail for, with how. Of several accepted domains that cover one,
-- the most exact counts: its own name, then the longest that ends it, then all domains.
WITH used AS (SELECT DISTINCT lower(trim(split_part(mail, '@', -1))) AS domain FROM ad_group WHERE contains(mail, '@'))
SELECT u.domain, arg_max(a.kind, CASE WHEN a.name = u.domain THEN 1000 ELSE length(a.name) END) AS kind
FROM used u
JOIN ad_accepted_domain a ON a.name = u.domain OR a.name = '*' OR (starts_with(a.name, '*.') AND ends_with(u.domain, substr(a.name, 2)))
GROUP BY u.domain
