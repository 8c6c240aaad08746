import type { CloudGroup, ObjectReference } from '../tenant.ts';
import type { Claims } from './access.ts';
import { type Answer, answerJson, answerText, type Call, refuse, type Surroundings } from './call.ts';
import { isNavigation, parseFilter } from './filter.ts';
import { answerPage, isEventual } from './page.ts';
import { holds, type Need } from './permission.ts';
import { type Item, isProperty, type Kind, project, readSelection } from './properties.ts';
import type { Shelf, Store } from './store.ts';

/** Everything a handler gets. */
export type Scene = {
  readonly call: Call;
  readonly claims: Claims;
  readonly store: Store;
  readonly around: Surroundings;
};

/** The entity sets that are shelves of the store. */
export type ShelfName = keyof Store['shelves'];

type Chosen = { readonly items: readonly Item[] } | { readonly refusal: Answer };

function refuseQuery({ around }: Scene, message: string, code = 'BadRequest'): Answer {
  return refuse(around, 400, code, message);
}

/** The refusal for an object that does not exist. */
export function refuseUnknown({ around }: Scene, id: string): Answer {
  const message = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return refuse(around, 404, 'Request_ResourceNotFound', message);
}

function applyFilter(scene: Scene, name: string, shelf: Shelf): Chosen {
  const { call, store } = scene;
  const text = call.query.get('$filter');
  if (text === undefined) return { items: shelf.items };
  try {
    const filter = parseFilter(text);
    const unknown = filter.names.find(
      property => !isProperty(shelf.kind, property, false) && !(shelf.kind === 'group' && isNavigation(property)),
    );
    if (unknown !== undefined)
      return {
        refusal: refuseQuery(
          scene,
          `Invalid filter clause: Could not find a property named '${unknown}' on type 'microsoft.graph.${shelf.kind}'.`,
        ),
      };
    if (
      filter.advanced &&
      !(isEventual(call) && (call.query.get('$count') === 'true' || call.segments.at(-1) === '$count'))
    )
      return {
        refusal: refuseQuery(
          scene,
          'Unsupported or invalid query filter clause specified.',
          'Request_UnsupportedQuery',
        ),
      };
    if (filter.id !== undefined) {
      const item = shelf.byId().get(filter.id);
      return { items: item === undefined ? [] : [item] };
    }
    return { items: store.filtered(`${name} ${text}`, () => shelf.items.filter(filter.test)) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { refusal: refuseQuery(scene, `Invalid filter clause: ${error.message}`) };
  }
}

/** Lists an entity set: `$select`, `$filter`, `$top`, `$count`, pages. */
export function listShelf(scene: Scene, name: ShelfName, context: string = name): Answer {
  const { call, around, store } = scene;
  const shelf = store.shelves[name];
  const selection = readSelection(shelf.kind, call.query.get('$select'), { beta: call.version === 'beta', list: true });
  if ('problem' in selection) return refuseQuery(scene, selection.problem);
  const chosen = applyFilter(scene, name, shelf);
  if ('refusal' in chosen) return chosen.refusal;
  const render = (item: Item): string => JSON.stringify(project(item, selection.names));
  return answerPage(call, { items: chosen.items, context, render, countable: true }, around);
}

/** Counts an entity set as plain text; needs the eventually consistent index. */
export function countShelf(scene: Scene, name: ShelfName): Answer {
  if (!isEventual(scene.call)) return refuseQuery(scene, '$count is not currently supported.', 'Request_BadRequest');
  const chosen = applyFilter(scene, name, scene.store.shelves[name]);
  return 'refusal' in chosen ? chosen.refusal : answerText(String(chosen.items.length));
}

/** One object of an entity set. */
export function showItem(scene: Scene, name: ShelfName, id: string): Answer {
  const { call, around, store } = scene;
  const shelf = store.shelves[name];
  const item = shelf.byId().get(id.toLowerCase());
  if (item === undefined) return refuseUnknown(scene, id);
  const selection = readSelection(shelf.kind, call.query.get('$select'), {
    beta: call.version === 'beta',
    list: false,
  });
  if ('problem' in selection) return refuseQuery(scene, selection.problem);
  const context = `${around.endpoint}/${call.version}/$metadata#${name}/$entity`;
  return answerJson(JSON.stringify({ '@odata.context': context, ...project(item, selection.names) }));
}

/** A small collection, served whole. */
export function listWhole(scene: Scene, context: string, items: readonly unknown[]): Answer {
  return answerPage(
    scene.call,
    { items, context, render: item => JSON.stringify(item), countable: false },
    scene.around,
  );
}

// What a reader of member properties needs, by type; without it only the type and the id are shown.
const behind: Readonly<Record<ObjectReference['@odata.type'], readonly [ShelfName, Kind, Need]>> = {
  '#microsoft.graph.user': ['users', 'user', 'users'],
  '#microsoft.graph.group': ['groups', 'group', 'groups'],
  '#microsoft.graph.device': ['devices', 'device', 'devices'],
  '#microsoft.graph.orgContact': ['contacts', 'orgContact', 'contacts'],
  '#microsoft.graph.servicePrincipal': ['servicePrincipals', 'servicePrincipal', 'applications'],
};

function visibleMembers({ call, claims, store }: Scene, group: CloudGroup): readonly ObjectReference[] {
  // Undocumented; the double assumes an empty list, the most dangerous of the possible answers.
  if (group.visibility === 'HiddenMembership' && !holds(claims, 'hiddenMembers')) return [];
  return call.version === 'beta' ? group.members : store.membersWithoutApps(group);
}

function renderReference({ call, claims, store }: Scene): (reference: ObjectReference) => string {
  const select = call.query.get('$select');
  const wanted = select?.split(',').map(name => name.trim());
  if (wanted?.every(name => name === 'id') === true)
    return reference => `{"@odata.type":"${reference['@odata.type']}","id":"${reference.id}"}`;
  return reference => {
    const [shelf, kind, need] = behind[reference['@odata.type']];
    const item: Item =
      (holds(claims, need) ? store.shelves[shelf].byId().get(reference.id.toLowerCase()) : undefined) ?? {};
    const usual = readSelection(kind, undefined, { beta: false, list: true });
    const names = wanted ?? ('names' in usual ? usual.names : []);
    return JSON.stringify({ '@odata.type': reference['@odata.type'], ...project(item, names), id: reference.id });
  };
}

/** Lists the members or owners of a group. */
export function listReferences(scene: Scene, id: string, relation: 'members' | 'owners'): Answer {
  const group = scene.store.groups.get(id.toLowerCase());
  if (group === undefined) return refuseUnknown(scene, id);
  if (scene.call.query.has('$filter'))
    return refuse(scene.around, 501, 'NotServed', `$filter on ${relation} is not served by this double.`);
  const items = referencesOf(scene, group, relation);
  return answerPage(
    scene.call,
    { items, context: 'directoryObjects', render: renderReference(scene), countable: true },
    scene.around,
  );
}

/** v1.0 leaves service principals out of owners as it does of members. */
function referencesOf(scene: Scene, group: CloudGroup, relation: 'members' | 'owners'): readonly ObjectReference[] {
  if (relation === 'members') return visibleMembers(scene, group);
  const owners = group.owners ?? [];
  return scene.call.version === 'beta'
    ? owners
    : owners.filter(owner => owner['@odata.type'] !== '#microsoft.graph.servicePrincipal');
}

/** Counts the members or owners of a group as plain text; needs the eventually consistent index. */
export function countReferences(scene: Scene, id: string, relation: 'members' | 'owners'): Answer {
  if (!isEventual(scene.call)) return refuseQuery(scene, '$count is not currently supported.', 'Request_BadRequest');
  const group = scene.store.groups.get(id.toLowerCase());
  if (group === undefined) return refuseUnknown(scene, id);
  return answerText(String(referencesOf(scene, group, relation).length));
}
