-- snapshot_fact: one row about the snapshot: how far apart both sides were read, and when the engines had last synchronised before.
WITH own AS (
  -- The interval of a facet is that of the queries which its own source was asked.
  SELECT facet, source, first, last FROM reading WHERE source = CASE split_part(facet, '.', 1) WHEN 'cloud' THEN 'graph' ELSE split_part(facet, '.', 1) END
),
side AS (
  SELECT
    min(first) FILTER (source = 'ad') AS ad_first, max(last) FILTER (source = 'ad') AS ad_last,
    min(first) FILTER (source = 'graph') AS cloud_first, max(last) FILTER (source = 'graph') AS cloud_last,
    min(first) FILTER (facet IN ('ad.groups', 'ad.members', 'ad.users', 'cloud.groups', 'cloud.members', 'cloud.users')) AS begun
  FROM own
),
-- By this machine's clock, as the times of the readings are.
skew AS (SELECT coalesce(max(clock_skew_ms), 0) AS ms FROM reading_server WHERE source = 'graph'),
engine AS (
  SELECT
    EXISTS (FROM scope_flavour WHERE flavour IN ('connect-v1', 'connect-v2')) AS connect,
    EXISTS (FROM scope_flavour WHERE flavour = 'cloud-sync') AS jobs
),
synced AS (
  SELECT last_sync AS moment FROM cloud_tenant CROSS JOIN engine WHERE connect
  UNION ALL
  SELECT last_success FROM cloud_job CROSS JOIN engine WHERE jobs AND starts_with(template_id, 'AAD2ADGroupProvisioning')
)
SELECT
  greatest(epoch_us(s.ad_last) - epoch_us(s.cloud_first), epoch_us(s.cloud_last) - epoch_us(s.ad_first)) AS apart,
  s.begun,
  (SELECT max(moment) FROM synced) - to_milliseconds(k.ms) AS last_sync,
  (NOT e.connect OR c.cloud_organization) AND (NOT e.jobs OR c.cloud_jobs) AS synced_known
FROM side s CROSS JOIN skew k CROSS JOIN engine e CROSS JOIN known c
