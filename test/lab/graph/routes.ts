import type { CloudJob } from '../tenant.ts';
import type { Claims } from './access.ts';
import { type Answer, answerJson, type Call, refuse, type Surroundings } from './call.ts';
import type { DeltaServer, History } from './delta.ts';
import {
  countReferences,
  countShelf,
  listReferences,
  listShelf,
  listWhole,
  refuseUnknown,
  type ShelfName,
  showItem,
} from './lists.ts';
import { logRoutes } from './logs.ts';
import { holds, type Need } from './permission.ts';
import { privilegeRoutes } from './privileges.ts';
import { isSingle, project, readSelection } from './properties.ts';
import { first, type Route, type Stage } from './route.ts';
import { setupRoutes } from './setup.ts';
import { costOf } from './throttle.ts';

function jobsOf({ store, ids }: Stage): readonly CloudJob[] {
  return store.tenant.jobs.filter(({ servicePrincipal }) => servicePrincipal.id === ids[0]?.toLowerCase());
}

function isKnownApp(stage: Stage): boolean {
  return stage.store.shelves.servicePrincipals.byId().has(first(stage).toLowerCase());
}

function showJobSchema(stage: Stage): Answer {
  const id = stage.ids[1] ?? '';
  const job = jobsOf(stage).find(({ job: { id: known } }) => known === id);
  if (job === undefined) return refuseUnknown(stage, id);
  const { directories, ...schema } = job.schema;
  // A navigation property: it is there only when expanded.
  const expanded = stage.call.query.get('$expand') === 'directories' ? { directories } : {};
  return answerJson(JSON.stringify({ ...schema, ...expanded }));
}

function showSynchronization(stage: Stage): Answer {
  const { store, call } = stage;
  const { onPremisesSynchronization: found } = store.tenant;
  // Applications are documented as not supported, whatever roles they hold.
  if (found === null) return refuseRights(stage.around);
  const { accidentalDeletionPrevention } = found.configuration;
  const shown = call.version === 'beta' ? found : { ...found, configuration: { accidentalDeletionPrevention } };
  return listWhole(stage, 'directory/onPremisesSynchronization', [shown]);
}

function listOrganization(stage: Stage): Answer {
  const selection = readSelection('organization', stage.call.query.get('$select'), {
    beta: stage.call.version === 'beta',
    list: true,
  });
  if ('problem' in selection) return refuse(stage.around, 400, 'BadRequest', selection.problem);
  return listWhole(stage, 'organization', [project(stage.store.tenant.organization, selection.names)]);
}

function showBehavior(stage: Stage): Answer {
  const group = stage.store.groups.get(first(stage).toLowerCase());
  if (group === undefined) return refuseUnknown(stage, first(stage));
  const context = `${stage.around.endpoint}/${stage.call.version}/$metadata#groups('${group.id}')/onPremisesSyncBehavior/$entity`;
  return answerJson(JSON.stringify({ '@odata.context': context, id: group.id, isCloudManaged: group.isCloudManaged }));
}

function listJobs(stage: Stage): Answer {
  if (!isKnownApp(stage)) return refuseUnknown(stage, first(stage));
  const context = `servicePrincipals('${first(stage)}')/synchronization/jobs`;
  return listWhole(
    stage,
    context,
    jobsOf(stage).map(({ job }) => job),
  );
}

function listAssignments(stage: Stage): Answer {
  if (!isKnownApp(stage)) return refuseUnknown(stage, first(stage));
  const context = `servicePrincipals('${first(stage)}')/appRoleAssignedTo`;
  const ofJobs = jobsOf(stage).flatMap(({ appRoleAssignedTo = [] }) => appRoleAssignedTo);
  const others = (stage.store.tenant.appGrants ?? []).filter(({ resourceId }) => resourceId === first(stage));
  return listWhole(stage, context, [...ofJobs, ...others]);
}

function listSecrets(stage: Stage): Answer {
  if (!isKnownApp(stage)) return refuseUnknown(stage, first(stage));
  const context = `servicePrincipals('${first(stage)}')/synchronization/secrets`;
  return listWhole(stage, context, jobsOf(stage)[0]?.secrets ?? []);
}

/** What Exchange keeps of a group is told of Microsoft 365 groups only. */
function showGroup(stage: Stage): Answer {
  const group = stage.store.groups.get(first(stage).toLowerCase());
  const asked = (stage.call.query.get('$select') ?? '').split(',');
  const ofExchange = asked.some(name => isSingle('group', name.trim()));
  if (group !== undefined && ofExchange && !group.groupTypes.includes('Unified'))
    return refuse(
      stage.around,
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    );
  return showItem(stage, 'groups', first(stage));
}

function shelfRoutes(
  name: ShelfName,
  need: Need,
  cost: number,
  show: Route['handle'] = stage => showItem(stage, name, first(stage)),
): readonly Route[] {
  return [
    { path: name, need, cost, handle: stage => listShelf(stage, name) },
    { path: `${name}/$count`, need, cost, handle: stage => countShelf(stage, name) },
    { path: `${name}/*`, need, cost: 1, handle: show },
  ];
}

function listSettings(stage: Stage): Answer {
  return listWhole(stage, 'settings', stage.store.tenant.groupSettings);
}

const deleted = 'directory/deletedItems/microsoft.graph.group';

/** Everything that is served, most specific first. */
const routes: readonly Route[] = [
  {
    path: 'groups/delta',
    need: 'groups',
    cost: 1,
    handle: ({ delta, call, claims, history }) => delta(call, claims, history),
  },
  {
    path: 'groups/microsoft.graph.delta()',
    need: 'groups',
    cost: 1,
    handle: ({ delta, call, claims, history }) => delta(call, claims, history),
  },
  ...shelfRoutes('groups', 'groups', 1, showGroup),
  ...shelfRoutes('users', 'users', 2),
  ...shelfRoutes('devices', 'devices', 1),
  ...shelfRoutes('contacts', 'contacts', 1),
  ...shelfRoutes('servicePrincipals', 'applications', 1),
  {
    path: 'groups/*/members',
    need: 'groups',
    cost: 3,
    handle: stage => listReferences(stage, first(stage), 'members'),
  },
  {
    path: 'groups/*/members/$count',
    need: 'groups',
    cost: 3,
    handle: stage => countReferences(stage, first(stage), 'members'),
  },
  { path: 'groups/*/owners', need: 'groups', cost: 2, handle: stage => listReferences(stage, first(stage), 'owners') },
  {
    path: 'groups/*/owners/$count',
    need: 'groups',
    cost: 2,
    handle: stage => countReferences(stage, first(stage), 'owners'),
  },
  { path: 'groups/*/onPremisesSyncBehavior', need: 'sourceOfAuthority', cost: 1, handle: showBehavior },
  { path: deleted, need: 'deletedGroups', cost: 1, handle: stage => listShelf(stage, 'deletedGroups', 'groups') },
  { path: `${deleted}/$count`, need: 'deletedGroups', cost: 1, handle: stage => countShelf(stage, 'deletedGroups') },
  {
    path: 'directory/deletedItems/*',
    need: 'deletedGroups',
    cost: 1,
    handle: stage => showItem(stage, 'deletedGroups', first(stage)),
  },
  { path: 'organization', need: 'organization', cost: 1, handle: listOrganization },
  ...setupRoutes,
  ...privilegeRoutes,
  ...logRoutes,
  {
    path: 'directory/onPremisesSynchronization',
    need: 'onPremisesSynchronization',
    cost: 1,
    handle: showSynchronization,
  },
  { path: 'groupSettings', need: 'groupSettings', cost: 1, handle: listSettings },
  { path: 'settings', need: 'groupSettings', cost: 1, handle: listSettings },
  { path: 'servicePrincipals/*/synchronization/jobs', need: 'synchronization', cost: 1, handle: listJobs },
  {
    path: 'servicePrincipals/*/synchronization/jobs/*/schema',
    need: 'synchronization',
    cost: 1,
    handle: showJobSchema,
  },
  { path: 'servicePrincipals/*/synchronization/secrets', need: 'synchronization', cost: 1, handle: listSecrets },
  { path: 'servicePrincipals/*/appRoleAssignedTo', need: 'applications', cost: 1, handle: listAssignments },
];

const compiled = routes.map(route => ({ ...route, parts: route.path.split('/') }));

/** A request that found its route: what it costs, and how to answer it. */
export type Found = {
  readonly cost: number;
  readonly need: Need;
  readonly handle: Route['handle'];
  readonly ids: readonly string[];
};

/** Finds the route of a path. v1.0 has no `/settings`, beta no `/groupSettings`. */
export function findRoute({ version, segments, query }: Call): Found | undefined {
  if (segments.length === 1 && segments[0] === (version === 'beta' ? 'groupSettings' : 'settings')) return undefined;
  for (const { parts, cost, need, handle } of compiled) {
    if (parts.length !== segments.length) continue;
    if (parts.every((part, index) => part === '*' || part === segments[index]))
      return { cost: costOf(cost, query), need, handle, ids: segments.filter((_, index) => parts[index] === '*') };
  }
  return undefined;
}

/** What can be asked with `$expand`. */
const EXPANDED = new Set(['schema', 'delta', 'roleManagementPolicyAssignments']);
const SERVED = new Set(['$select', '$top', '$filter', '$count', '$skiptoken', '$deltatoken', '$expand']);

function refuseRights(around: Surroundings): Answer {
  return refuse(around, 403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

/** Answers a signed-in request that found its route: method, rights, query options, then the handler. */
export function answerRoute(
  found: Found,
  call: Call,
  claims: Claims,
  history: History,
  delta: DeltaServer,
  around: Surroundings,
): Answer {
  const store = history.at(-1);
  if (store === undefined) return refuse(around, 503, 'ServiceUnavailable', 'The double has no tenant.');
  if (call.method !== 'GET')
    return refuse(around, 405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
  if (!holds(claims, found.need)) return refuseRights(around);
  for (const option of call.query.keys())
    if (option.startsWith('$') && !SERVED.has(option))
      return refuse(around, 501, 'NotServed', `The query option ${option} is not served by this double.`);
  if (call.query.has('$expand') && !EXPANDED.has(call.segments.at(-1) ?? ''))
    return refuse(around, 501, 'NotServed', '$expand is not served here by this double.');
  return found.handle({ call, claims, store, around, history, delta, ids: found.ids });
}
