-- given_name: each name that a Cloud Sync job gives to groups in one place, with how many get it, and one row per mapping that is not understood.
WITH source AS (
  SELECT id AS job, name AS job_name, 'cn' AS attribute, coalesce(path, 'job:' || id) AS place, path IS NOT NULL AS placed, cn_expression AS expression, takes_all, extent_read
  FROM job_place
  WHERE schema_read OR cn_expression IS NOT NULL
  UNION ALL
  -- An account name is unique in its domain, not only in its container.
  SELECT p.id, p.name, 'sAMAccountName', coalesce(p.domain, 'job:' || p.id), p.domain IS NOT NULL, CASE WHEN m.constant THEN '"' || m.source || '"' ELSE m.source END, p.takes_all, p.extent_read
  FROM job_place p
  JOIN cloud_job_mapping m ON m.job_id = p.id AND lower(m.target) = 'samaccountname' AND contains(lower(m.object), 'group')
),
tidy AS (SELECT *, lower(regexp_replace(expression, '\s', '', 'g')) AS e FROM source),
-- What the expression makes of a group: its id, a text of its own, a text with the last twelve digits of the id, or the same for all.
formed AS (
  SELECT
    *,
    CASE
      WHEN regexp_full_match(e, '"[^"]*"') THEN 'constant'
      WHEN regexp_full_match(e, '\[objectid\]|append\("[^"]*",\[objectid\]\)|append\(\[objectid\],"[^"]*"\)') THEN 'id'
      WHEN regexp_full_match(e, 'append\((append\()?(\[\w+\]|trim\(\[\w+\]\)|left\(\[\w+\],\d+\)|left\(trim\(\[\w+\]\),\d+\))(,"[^"]*"\))?,(mid\(\[objectid\],25,12\)|\[objectid\])\)') THEN 'ending'
      WHEN regexp_full_match(e, '(append\("[^"]*",)?(\[\w+\]|trim\(\[\w+\]\)|left\(\[\w+\],\d+\)|left\(trim\(\[\w+\]\),\d+\))(\))?|append\((\[\w+\]|trim\(\[\w+\]\)|left\(\[\w+\],\d+\)|left\(trim\(\[\w+\]\),\d+\)),"[^"]*"\)') THEN 'text'
    END AS form,
    nullif(regexp_extract(e, '\[(displayname|mailnickname|mail|onpremisessamaccountname)\]', 1), '') AS attribute_of,
    coalesce(TRY_CAST(nullif(regexp_extract(e, '\]\)?,(\d+)\)', 1), '') AS INTEGER), 1000) AS cut
  FROM tidy
),
understood AS (SELECT *, form IN ('constant', 'id') OR (form IN ('ending', 'text') AND attribute_of IS NOT NULL) AS clear FROM formed),
candidate AS (SELECT DISTINCT cloud_id FROM pair WHERE cloud_id IS NOT NULL AND kind = 'security' AND kind_known AND NOT synced),
taken AS (
  SELECT p.id AS job, c.cloud_id FROM job_place p JOIN candidate c ON p.takes_all
  UNION ALL
  SELECT DISTINCT a.job_id, a.principal_id
  FROM cloud_job_assignment a
  JOIN (SELECT id FROM job_place WHERE NOT takes_all) p ON p.id = a.job_id
  JOIN candidate c ON c.cloud_id = a.principal_id
),
named AS (
  SELECT
    u.attribute, u.place, u.placed, u.form, u.job, u.job_name, u.extent_read, t.cloud_id, coalesce(c.display_name, c.id::VARCHAR) AS label,
    CASE u.form
      WHEN 'constant' THEN u.e
      WHEN 'id' THEN c.id::VARCHAR
      ELSE lower(left(trim(CASE u.attribute_of
        WHEN 'displayname' THEN c.display_name
        WHEN 'mailnickname' THEN c.mail_nickname
        WHEN 'mail' THEN c.mail
        ELSE c.on_premises_sam_account_name
      END), u.cut)) || CASE WHEN u.form = 'ending' THEN '_' || right(c.id::VARCHAR, 12) ELSE '' END
    END AS value
  FROM understood u
  JOIN taken t ON t.job = u.job
  JOIN cloud_group c ON c.id = t.cloud_id
  WHERE u.clear
)
SELECT
  n.attribute || '/' || n.place || '/' || n.value AS key, n.attribute, n.place, n.value,
  count(DISTINCT n.cloud_id) AS groups,
  list_slice(list(DISTINCT n.label ORDER BY n.label), 1, 10) AS labels,
  list_sort(list(DISTINCT n.job_name)) AS jobs,
  CASE WHEN count(DISTINCT n.job) = 1 THEN any_value(n.job) END AS job,
  bool_and(n.placed) OR count(DISTINCT n.cloud_id) = 1 AS placed,
  true AS understood,
  bool_and(n.form IN ('constant', 'id')) AS nameless,
  bool_and(n.extent_read) AND any_value(k.cloud_groups) AS complete,
  any_value(k.cloud_names) AS names,
  true AS seen
FROM named n CROSS JOIN known k
WHERE n.value IS NOT NULL AND n.value <> ''
GROUP BY n.attribute, n.place, n.value
UNION ALL
SELECT u.attribute || '/job:' || u.job, u.attribute, u.place, NULL, 0, [], [u.job_name], u.job, true, false, false, false, false, true
FROM understood u
WHERE u.clear IS NOT TRUE
UNION ALL
-- Stands for the names that nobody knows, for want of the jobs, their mappings, what they take, or the groups.
SELECT NULL, NULL, NULL, NULL, 0, [], [], NULL, false, false, false, false, false, false
FROM known k
WHERE NOT k.cloud_jobs OR NOT k.cloud_groups OR EXISTS (FROM job_place WHERE NOT schema_read OR NOT extent_read)
