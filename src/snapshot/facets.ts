import { cloudFacets } from './cloud-facets.ts';
import type { Facet } from './facet.ts';
import type { Source } from './source.ts';

export type { Source } from './source.ts';

/** Groups of facts that become known together. A facet with no complete row in `coverage` is unknown. */
export const facets = {
  'ad.domain': {
    source: 'ad',
    perObject: false,
    about: 'domain, schema and Recycle Bin facts',
    rights: ['domainUser'],
  },
  'ad.exchange': {
    source: 'ad',
    perObject: false,
    about: 'Exchange schema and organisation versions',
    rights: ['configuration'],
    after: ['ad.domain'],
  },
  'ad.containers': {
    source: 'ad',
    perObject: false,
    about: 'configured containers, AdminSDHolder, domain root',
    rights: ['domainUser'],
    after: ['ad.domain'],
  },
  'ad.groups': {
    source: 'ad',
    perObject: false,
    about: 'groups in the containers and every object with a writeback marker',
    rights: ['domainUser'],
    after: ['ad.containers'],
    comesWith: ['ad.memberOf', 'ad.users'],
  },
  'ad.members': {
    source: 'ad',
    perObject: true,
    about: 'direct members of a group',
    rights: ['member'],
    after: ['ad.groups'],
    comesWith: ['ad.groups'],
  },
  'ad.memberOf': {
    source: 'ad',
    perObject: true,
    about: 'groups that contain a group, up to the top',
    rights: ['memberOf'],
    after: ['ad.groups'],
    comesWith: ['ad.groups'],
  },
  'ad.replication': {
    source: 'ad',
    perObject: true,
    about: 'when and on which domain controller groups and their members were changed',
    rights: ['domainUser'],
    after: ['ad.members'],
  },
  'ad.users': {
    source: 'ad',
    perObject: false,
    about: 'accounts behind the members, and users with a User_ anchor',
    rights: ['domainUser'],
    after: ['ad.domain'],
  },
  'ad.identities': {
    source: 'ad',
    perObject: false,
    about: 'groups that contain a sync identity, directly or through others, and the state of its account',
    rights: ['memberOf'],
    after: ['ad.trustees'],
  },
  'ad.children': {
    source: 'ad',
    perObject: false,
    about: 'objects below the writeback containers that are no groups',
    rights: ['domainUser'],
    after: ['ad.containers'],
  },
  'ad.tier0': {
    source: 'ad',
    perObject: false,
    about:
      'configuration, schema, Domain Controllers, policies and group policy objects, whose control is that of the forest',
    rights: ['domainUser', 'accessLists'],
    after: ['ad.domain'],
  },
  'ad.domainControllers': {
    source: 'ad',
    perObject: false,
    about: 'domain controllers and their operating systems',
    rights: ['domainUser', 'configuration'],
    after: ['ad.domain'],
  },
  'ad.auditing': {
    source: 'ad',
    perObject: true,
    about: 'what of a writeback container is audited (SACL)',
    rights: ['auditing'],
    after: ['ad.containers'],
  },
  'ad.soaPolicy': {
    source: 'ad',
    perObject: false,
    about: 'the policy that keeps others from changing objects that the cloud is authoritative for',
    rights: ['domainUser'],
    after: ['ad.domain'],
  },
  'ad.exchangeServers': {
    source: 'ad',
    perObject: false,
    about: 'Exchange servers and their versions',
    rights: ['configuration'],
    after: ['ad.domain'],
  },
  'ad.acceptedDomains': {
    source: 'ad',
    perObject: false,
    about: 'domains that Exchange accepts mail for',
    rights: ['configuration'],
    after: ['ad.domain'],
  },
  'ad.addressLists': {
    source: 'ad',
    perObject: false,
    about: 'address lists of Exchange',
    rights: ['configuration'],
    after: ['ad.domain'],
  },
  'ad.addresses': {
    source: 'ad',
    perObject: false,
    about: 'every SMTP address of the forest',
    rights: ['domainUser'],
    after: ['ad.domain'],
  },
  'ad.acl': {
    source: 'ad',
    perObject: true,
    about: 'owner and DACL of groups and containers',
    rights: ['accessLists'],
    after: ['ad.groups'],
    comesWith: ['ad.groups', 'ad.containers', 'ad.tier0'],
  },
  'ad.trustees': {
    source: 'ad',
    perObject: false,
    about: 'names behind SIDs, and the sync identities',
    rights: ['domainUser'],
    after: ['ad.acl'],
  },
  'ad.forestGroups': {
    source: 'ad',
    perObject: false,
    about: 'every group of the forest: its SID, scope and markers',
    rights: ['domainUser'],
    after: ['ad.domain'],
  },
  'ad.deleted': {
    source: 'ad',
    perObject: false,
    about: 'deleted groups, and other deleted objects with a marker',
    rights: ['deletedObjects'],
    after: ['ad.domain'],
  },
  'ad.names': {
    source: 'ad',
    perObject: false,
    about: 'names, addresses and descriptions in AD as they are, not as pseudonyms',
    rights: [],
    withheld: true,
  },
  'ad.earlierGroups': {
    source: 'ad',
    perObject: false,
    about: 'the groups that an earlier snapshot holds (`audit --previous`)',
    rights: [],
    after: ['ad.groups'],
    earlier: 'ad.groups',
  },
  'ad.earlierMembers': {
    source: 'ad',
    perObject: true,
    about: 'direct members of a group in an earlier snapshot (`audit --previous`)',
    rights: [],
    after: ['ad.members'],
    earlier: 'ad.members',
  },
  'cloud.groups': {
    source: 'graph',
    perObject: false,
    about: 'active groups',
    rights: ['groups'],
    after: ['cloud.organization'],
  },
  'cloud.members': {
    source: 'graph',
    perObject: true,
    about: 'direct members of a group',
    rights: ['groups', 'hiddenMembers'],
    after: ['cloud.groups', 'cloud.sourceOfAuthority'],
  },
  'cloud.users': {
    source: 'graph',
    perObject: false,
    about: 'users',
    rights: ['users'],
    after: ['cloud.organization'],
  },
  'cloud.writebackConfiguration': {
    source: 'graph',
    perObject: false,
    about: 'beta writebackConfiguration of groups',
    rights: ['groups'],
    after: ['cloud.organization'],
  },
  'cloud.sourceOfAuthority': {
    source: 'graph',
    perObject: false,
    about: 'isCloudManaged of groups',
    rights: ['groups'],
    after: ['cloud.organization'],
  },
  'cloud.deletedGroups': {
    source: 'graph',
    perObject: false,
    about: 'soft-deleted groups',
    rights: ['groups'],
    after: ['cloud.organization'],
  },
  'cloud.organization': {
    source: 'graph',
    perObject: false,
    about: 'the organization',
    rights: ['organization'],
  },
  'cloud.onPremisesSynchronization': {
    source: 'graph',
    perObject: false,
    about: 'writeback features of the tenant',
    rights: ['syncFeatures'],
    after: ['cloud.organization'],
  },
  'cloud.groupSettings': {
    source: 'graph',
    perObject: false,
    about: 'group settings',
    rights: ['groupSettings'],
    after: ['cloud.organization'],
  },
  'cloud.jobs': {
    source: 'graph',
    perObject: false,
    about: 'Cloud Sync jobs',
    rights: ['applications', 'synchronization'],
    after: ['cloud.organization'],
  },
  'cloud.jobSchema': {
    source: 'graph',
    perObject: true,
    about: 'attribute mappings of a Cloud Sync job',
    rights: ['synchronization'],
    after: ['cloud.jobs'],
  },
  ...cloudFacets,
  'cloud.names': {
    source: 'graph',
    perObject: false,
    about: 'names, addresses and descriptions in the cloud as they are, not as pseudonyms',
    rights: [],
    withheld: true,
  },
  'import.connectScope': {
    source: 'import',
    perObject: false,
    about: 'declared OU scope of Entra Connect',
    rights: [],
  },
  'import.cloudSyncScope': {
    source: 'import',
    perObject: false,
    about: 'declared scope of the Cloud Sync jobs from AD to the cloud',
    rights: [],
  },
  'import.approvedChanges': {
    source: 'import',
    perObject: false,
    about: 'declared approvals of changes of the source of authority',
    rights: [],
  },
  'import.recipients': {
    source: 'import',
    perObject: false,
    about: 'declared recipient settings of Exchange Online',
    rights: [],
  },
  'import.domainControllerBuilds': {
    source: 'import',
    perObject: false,
    about: 'declared builds of domain controllers',
    rights: [],
  },
  'import.statements': {
    source: 'import',
    perObject: false,
    about: 'declared statements about the tenant',
    rights: [],
  },
} as const satisfies Record<string, Facet>;

export type FacetName = keyof typeof facets;

/** True for the name of a facet. */
export function isFacet(name: string): name is FacetName {
  return Object.hasOwn(facets, name);
}

/** Why a facet is not in a snapshot that was collected for some policies only. */
export const NOT_ASKED = 'not asked for: none of the chosen policies needs it';

/** The facets that the collector of a source reads. */
export function facetsFrom(source: Source): readonly FacetName[] {
  return Object.keys(facets)
    .filter(isFacet)
    .filter(name => facets[name].source === source && !isWithheld(name) && earlierOf(name) === undefined);
}

/** The facet of the earlier snapshot that a facet is about; undefined for those of the snapshot itself. */
export function earlierOf(name: FacetName): string | undefined {
  const { earlier }: Facet = facets[name];
  return earlier;
}

/** The facets that a snapshot itself can speak of. */
export function ownFacets(): readonly FacetName[] {
  return Object.keys(facets).filter(isOwnFacet);
}

/** True for the name of a facet that a snapshot itself can speak of. */
export function isOwnFacet(name: string): name is FacetName {
  return isFacet(name) && earlierOf(name) === undefined;
}

/** The facets that are about an earlier snapshot, each with the facet of that one. */
export function earlierFacets(): readonly { readonly facet: FacetName; readonly of: string }[] {
  return Object.keys(facets)
    .filter(isFacet)
    .flatMap(facet => {
      const of = earlierOf(facet);
      return of === undefined ? [] : [{ facet, of }];
    });
}

/** The facets that nobody reads, and a snapshot may withhold. */
export function withheldFacets(): readonly FacetName[] {
  return Object.keys(facets).filter(isFacet).filter(isWithheld);
}

function isWithheld(name: FacetName): boolean {
  return 'withheld' in facets[name];
}

/** The given facets and all that have to be read before them, sorted. */
export function withPrerequisites(wanted: Iterable<FacetName>): readonly FacetName[] {
  const all = new Set<FacetName>(wanted);
  // A set that grows while it is walked is walked to its new end.
  for (const name of all) for (const before of prerequisites(name)) all.add(before);
  return [...all].sort();
}

function prerequisites(name: FacetName): readonly FacetName[] {
  const { after = [] }: Facet = facets[name];
  return after.filter(isFacet);
}
