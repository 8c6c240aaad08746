/** Where facts come from. */
export type Source = 'ad' | 'graph';

type Facet = { readonly source: Source; readonly perObject: boolean; readonly about: string; readonly right: string };

/** Groups of facts that become known together. A facet with no complete row in `coverage` is unknown; `right` says what the collector needs to read it. */
export const facets = {
  'ad.domain': {
    source: 'ad',
    perObject: false,
    about: 'domain, schema and Recycle Bin facts',
    right: 'any domain user',
  },
  'ad.exchange': {
    source: 'ad',
    perObject: false,
    about: 'Exchange schema and organisation versions',
    right: 'read of the configuration and schema partitions',
  },
  'ad.containers': {
    source: 'ad',
    perObject: false,
    about: 'configured containers, AdminSDHolder, domain root',
    right: 'any domain user',
  },
  'ad.groups': {
    source: 'ad',
    perObject: false,
    about: 'groups in the containers and every object with a writeback marker',
    right: 'any domain user',
  },
  'ad.members': { source: 'ad', perObject: true, about: 'direct members of a group', right: 'read of member' },
  'ad.memberOf': {
    source: 'ad',
    perObject: true,
    about: 'groups that contain a group, up to the top',
    right: 'read of memberOf',
  },
  'ad.users': {
    source: 'ad',
    perObject: false,
    about: 'accounts behind the members, and users with a User_ anchor',
    right: 'any domain user',
  },
  'ad.addresses': {
    source: 'ad',
    perObject: false,
    about: 'every SMTP address of the forest',
    right: 'any domain user',
  },
  'ad.acl': {
    source: 'ad',
    perObject: true,
    about: 'owner and DACL of groups and containers',
    right: 'READ_CONTROL on the object',
  },
  'ad.trustees': {
    source: 'ad',
    perObject: false,
    about: 'names behind SIDs, and the sync identities',
    right: 'any domain user',
  },
  'ad.deleted': {
    source: 'ad',
    perObject: false,
    about: 'deleted objects with a marker',
    right: 'list and read on CN=Deleted Objects',
  },
  'cloud.groups': { source: 'graph', perObject: false, about: 'active groups', right: 'Group.Read.All' },
  'cloud.members': {
    source: 'graph',
    perObject: true,
    about: 'direct members of a group',
    right: 'GroupMember.Read.All (and Member.Read.Hidden for hidden membership)',
  },
  'cloud.users': { source: 'graph', perObject: false, about: 'users', right: 'User.Read.All' },
  'cloud.writebackConfiguration': {
    source: 'graph',
    perObject: false,
    about: 'beta writebackConfiguration of groups',
    right: 'Group.Read.All',
  },
  'cloud.sourceOfAuthority': {
    source: 'graph',
    perObject: false,
    about: 'isCloudManaged of groups',
    right: 'Group.Read.All',
  },
  'cloud.deletedGroups': { source: 'graph', perObject: false, about: 'soft-deleted groups', right: 'Group.Read.All' },
  'cloud.organization': {
    source: 'graph',
    perObject: false,
    about: 'the organization',
    right: 'Organization.Read.All',
  },
  'cloud.onPremisesSynchronization': {
    source: 'graph',
    perObject: false,
    about: 'writeback features of the tenant',
    right: 'OnPremDirectorySynchronization.Read.All, delegated: applications cannot read it',
  },
  'cloud.groupSettings': {
    source: 'graph',
    perObject: false,
    about: 'group settings',
    right: 'GroupSettings.Read.All',
  },
  'cloud.jobs': {
    source: 'graph',
    perObject: false,
    about: 'Cloud Sync jobs',
    right: 'Application.Read.All and Synchronization.Read.All',
  },
  'cloud.jobSchema': {
    source: 'graph',
    perObject: true,
    about: 'attribute mappings of a Cloud Sync job',
    right: 'Synchronization.Read.All',
  },
} as const satisfies Record<string, Facet>;

export type FacetName = keyof typeof facets;
