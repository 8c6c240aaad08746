-- known: one row; per facet whether it was read as a whole. A facet that `coverage` does not name was never read.
SELECT
  coalesce(bool_and(complete) FILTER (facet = 'ad.domain'), false) AS ad_domain,
  coalesce(bool_and(complete) FILTER (facet = 'ad.exchange'), false) AS ad_exchange,
  coalesce(bool_and(complete) FILTER (facet = 'ad.containers'), false) AS ad_containers,
  coalesce(bool_and(complete) FILTER (facet = 'ad.groups'), false) AS ad_groups,
  coalesce(bool_and(complete) FILTER (facet = 'ad.members'), false) AS ad_members,
  coalesce(bool_and(complete) FILTER (facet = 'ad.memberOf'), false) AS ad_member_of,
  coalesce(bool_and(complete) FILTER (facet = 'ad.users'), false) AS ad_users,
  coalesce(bool_and(complete) FILTER (facet = 'ad.addresses'), false) AS ad_addresses,
  coalesce(bool_and(complete) FILTER (facet = 'ad.acl'), false) AS ad_acl,
  coalesce(bool_and(complete) FILTER (facet = 'ad.trustees'), false) AS ad_trustees,
  coalesce(bool_and(complete) FILTER (facet = 'ad.forestGroups'), false) AS ad_forest_groups,
  coalesce(bool_and(complete) FILTER (facet = 'ad.deleted'), false) AS ad_deleted,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.groups'), false) AS cloud_groups,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.members'), false) AS cloud_members,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.users'), false) AS cloud_users,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.writebackConfiguration'), false) AS cloud_writeback,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.sourceOfAuthority'), false) AS cloud_managed,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.deletedGroups'), false) AS cloud_deleted,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.organization'), false) AS cloud_organization,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.onPremisesSynchronization'), false) AS cloud_features,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.groupSettings'), false) AS cloud_settings,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.jobs'), false) AS cloud_jobs,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.jobSchema'), false) AS cloud_job_schema,
  coalesce(bool_and(complete) FILTER (facet = 'ad.names'), false) AS ad_names,
  coalesce(bool_and(complete) FILTER (facet = 'cloud.names'), false) AS cloud_names
FROM coverage
WHERE object = ''
