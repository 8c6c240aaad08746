-- given_name: each name that Cloud Sync jobs give to groups in one place, with how many get it, and one row per mapping that is not understood.
WITH shape AS (
  SELECT
    '(?:\[\w+\]|trim\(\[\w+\]\)|left\(\[\w+\],\d+\)|left\(trim\(\[\w+\]\),\d+\)|trim\(left\(\[\w+\],\d+\)\))' AS core,
    '"[^"]*"' AS quoted
),
source AS (
  -- A common name is unique in its container, an account name in its domain.
  SELECT
    p.id AS job, p.name AS job_name, m.attribute, coalesce(m.place, 'job:' || p.id) AS place, m.place IS NOT NULL AS placed,
    CASE WHEN m.constant THEN coalesce(m.source, '') END AS literal,
    lower(regexp_replace(trim(m.source), '\s*([(),])\s*', '\1', 'g')) AS e
  FROM job_place p
  JOIN (
    SELECT p.id, m.source, m.constant, lower(m.target) AS attribute, CASE lower(m.target) WHEN 'cn' THEN p.path ELSE p.domain END AS place
    FROM mapping m JOIN job_place p ON p.id = m.job
    WHERE m.seen AND lower(m.target) IN ('cn', 'samaccountname')
  ) m ON m.id = p.id
),
-- What the expression makes of a group: the same for all, its id, a text of its own, or that with digits of the id at its end.
formed AS (
  SELECT
    s.*,
    CASE
      WHEN literal IS NOT NULL OR regexp_full_match(e, quoted) THEN 'constant'
      WHEN regexp_full_match(e, '\[objectid\]|append\(' || quoted || ',\[objectid\]\)|append\(\[objectid\],' || quoted || '\)') THEN 'id'
      WHEN regexp_full_match(e, core || '|append\(' || quoted || ',' || core || '\)|append\(' || core || ',' || quoted || '\)') THEN 'text'
      WHEN regexp_full_match(e, 'append\((?:' || core || '|append\(' || core || ',' || quoted || '\)|append\(' || quoted || ',' || core || '\)),(?:mid\(\[objectid\],25,12\)|\[objectid\])\)') THEN 'ending'
    END AS form,
    regexp_extract(e, '\("([^"]*)",', 1) AS before,
    regexp_extract(e, ',"([^"]*)"\)', 1) AS after,
    regexp_extract(e, '\[(displayname|mailnickname)\]', 1) AS attribute_of,
    coalesce(TRY_CAST(nullif(regexp_extract(e, '\]\)?,(\d+)\)', 1), '') AS INTEGER), 1000) AS cut,
    contains(e, 'mid(') AS tail_only
  FROM source s CROSS JOIN shape
),
understood AS (SELECT *, form IN ('constant', 'id') OR (form IN ('ending', 'text') AND attribute_of <> '') AS clear FROM formed),
candidate AS (
  SELECT DISTINCT p.cloud_id FROM pair p CROSS JOIN known k
  WHERE p.cloud_id IS NOT NULL AND p.kind = 'security' AND p.kind_known AND NOT p.synced AND k.cloud_groups
),
same_tail AS (SELECT right(cloud_id::VARCHAR, 12) AS tail FROM candidate GROUP BY ALL HAVING count(*) > 1),
taken AS (
  SELECT p.id AS job, c.cloud_id FROM job_place p CROSS JOIN candidate c WHERE p.takes_all
  UNION
  SELECT a.job_id, c.cloud_id FROM cloud_job_assignment a JOIN candidate c ON c.cloud_id = a.principal_id
),
named AS (
  SELECT
    u.attribute, u.place, u.placed, u.job, u.job_name, t.cloud_id, coalesce(c.display_name, c.id::VARCHAR) AS label,
    -- Such a name is that of one group alone, whatever else is not known.
    u.form = 'id' OR (u.form = 'ending' AND NOT EXISTS (FROM same_tail s WHERE s.tail = right(c.id::VARCHAR, 12))) AS unmistakable,
    u.form = 'constant' AS nameless,
    lower(trim(CASE u.form
      WHEN 'constant' THEN coalesce(u.literal, trim(u.e, '"'))
      WHEN 'id' THEN u.before || c.id::VARCHAR || u.after
      ELSE u.before
        || trim(left(trim(CASE u.attribute_of WHEN 'displayname' THEN c.display_name ELSE c.mail_nickname END), u.cut))
        || u.after || CASE WHEN u.form = 'text' THEN '' WHEN u.tail_only THEN right(c.id::VARCHAR, 12) ELSE c.id::VARCHAR END
    END)) AS value
  FROM understood u
  JOIN taken t ON t.job = u.job
  JOIN cloud_group c ON c.id = t.cloud_id
  WHERE u.clear
),
given AS (
  SELECT
    attribute, place, value, count(DISTINCT cloud_id) AS groups,
    list_slice(list(DISTINCT label ORDER BY label), 1, 10) AS labels,
    list_sort(list(DISTINCT job_name)) AS jobs,
    CASE WHEN count(DISTINCT job) = 1 THEN any_value(job) END AS job,
    bool_and(placed) AS placed, bool_and(unmistakable) AS unmistakable, bool_and(nameless) AS nameless
  FROM named
  WHERE value <> ''
  GROUP BY attribute, place, value
),
-- Where a place is computed, the same name may meet those of any other.
anywhere AS (
  SELECT attribute, value, count(DISTINCT cloud_id) AS groups, bool_and(placed) AS placed FROM named GROUP BY attribute, value
),
whole AS (
  SELECT k.cloud_jobs AND NOT EXISTS (FROM job_place WHERE NOT schema_read OR NOT extent_read) AS whole
  FROM known k
)
SELECT
  g.attribute || '/' || g.place || '/' || g.value AS key, g.attribute, g.place, g.value, g.groups, g.labels, g.jobs, g.job,
  g.unmistakable OR (
    (g.nameless OR k.cloud_names)
    AND CASE
      WHEN g.placed AND g.groups > 1 THEN true
      ELSE w.whole AND (a.placed OR a.groups < 2) AND NOT EXISTS (
        FROM understood u
        WHERE u.clear IS NOT TRUE AND u.attribute = g.attribute AND (u.place = g.place OR NOT u.placed OR NOT g.placed)
      )
    END
  ) AS decided,
  true AS seen
FROM given g
JOIN anywhere a ON a.attribute = g.attribute AND a.value = g.value
CROSS JOIN whole w
CROSS JOIN known k
UNION ALL
SELECT attribute || '/job:' || job, attribute, place, NULL, 0, [], [job_name], job, false, true
FROM understood
WHERE clear IS NOT TRUE
UNION ALL
-- Stands for the names that nobody knows, for want of the jobs, their mappings, what they take, or the groups.
SELECT NULL, NULL, NULL, NULL, 0, [], [], NULL, false, false
FROM known k
WHERE NOT k.cloud_jobs OR NOT k.cloud_groups OR EXISTS (FROM job_place WHERE NOT schema_read OR NOT extent_read)
