import type { CloudGroup, CloudServicePrincipal, CloudTenant, ObjectReference } from '../tenant.ts';
import type { Item, Kind } from './properties.ts';

/** A collection of directory objects, in the order it is served. */
export type Shelf = {
  readonly kind: Kind;
  readonly items: readonly Item[];
  readonly byId: () => ReadonlyMap<string, Item>;
};

/** A tenant with the indexes that keep every request from walking it. */
export type Store = {
  readonly tenant: CloudTenant;
  readonly groups: ReadonlyMap<string, CloudGroup>;
  readonly shelves: Readonly<
    Record<'groups' | 'users' | 'devices' | 'contacts' | 'servicePrincipals' | 'deletedGroups', Shelf>
  >;
  /** Members as v1.0 lists them: without service principals. */
  readonly membersWithoutApps: (group: CloudGroup) => readonly ObjectReference[];
  /** Remembers the result of a filter, because every page of a list asks for it again. */
  readonly filtered: (key: string, make: () => readonly Item[]) => readonly Item[];
};

const MOST_FILTERS = 64;

function shelf(kind: Kind, items: readonly Item[]): Shelf {
  let index: ReadonlyMap<string, Item> | undefined;
  return {
    kind,
    items,
    byId: () => {
      index ??= new Map(items.map(item => [String(item.id).toLowerCase(), item]));
      return index;
    },
  };
}

/** What every tenant has. */
export const microsoftGraph: CloudServicePrincipal = {
  id: '00000003-0000-4000-8000-00000000a9d1',
  appId: '00000003-0000-0000-c000-000000000000',
  displayName: 'Microsoft Graph',
  accountEnabled: true,
  applicationTemplateId: null,
  servicePrincipalType: 'Application',
  appRoles: [
    { id: '5b567255-7703-4780-807c-7be8301ae99b', value: 'Group.Read.All' },
    { id: '62a82d76-70ea-41e2-9197-370581804d09', value: 'Group.ReadWrite.All' },
    { id: '19dbc75e-c2e2-444c-a770-ec69d8559fc7', value: 'Directory.ReadWrite.All' },
  ],
};

function uniqueApps(tenant: CloudTenant): readonly CloudServicePrincipal[] {
  const own = tenant.servicePrincipals;
  const known = own.some(({ appId }) => appId === microsoftGraph.appId) ? own : [...own, microsoftGraph];
  const apps = new Map(known.map(app => [app.id, app]));
  for (const { servicePrincipal } of tenant.jobs)
    if (!apps.has(servicePrincipal.id)) apps.set(servicePrincipal.id, servicePrincipal);
  return [...apps.values()];
}

/** Indexes a tenant. Index maps of users, devices and contacts are made when first needed. */
export function openStore(tenant: CloudTenant): Store {
  const withoutApps = new WeakMap<CloudGroup, readonly ObjectReference[]>();
  const filters = new Map<string, readonly Item[]>();
  return {
    tenant,
    groups: new Map(tenant.groups.map(group => [group.id.toLowerCase(), group])),
    shelves: {
      groups: shelf('group', tenant.groups),
      users: shelf('user', tenant.users),
      devices: shelf('device', tenant.devices),
      contacts: shelf('orgContact', tenant.contacts),
      servicePrincipals: shelf('servicePrincipal', uniqueApps(tenant)),
      deletedGroups: shelf('group', tenant.deletedGroups),
    },
    membersWithoutApps: group => {
      let members = withoutApps.get(group);
      if (members === undefined) {
        const isApp = (member: ObjectReference): boolean =>
          member['@odata.type'] === '#microsoft.graph.servicePrincipal';
        members = group.members.some(isApp) ? group.members.filter(member => !isApp(member)) : group.members;
        withoutApps.set(group, members);
      }
      return members;
    },
    filtered: (key, make) => {
      const known = filters.get(key);
      if (known !== undefined) return known;
      if (filters.size >= MOST_FILTERS) filters.clear();
      const items = make();
      filters.set(key, items);
      return items;
    },
  };
}
