import type { CloudGroup, ObjectReference } from '../tenant.ts';
import type { Claims } from './access.ts';
import { type Answer, answerJson, type Call, refuse, type Surroundings } from './call.ts';
import { refuseToken } from './page.ts';
import { holds } from './permission.ts';
import { project, readSelection } from './properties.ts';
import { fingerprint, seal, unseal } from './seal.ts';
import type { Store } from './store.ts';

/** The tenant as it was after each change; the last one is the present. */
export type History = readonly Store[];

/** Serves `/groups/delta`. */
export type DeltaServer = (call: Call, claims: Claims, history: History) => Answer;

type Query = {
  readonly names: readonly string[];
  readonly members: boolean;
  readonly ids: readonly string[] | undefined;
};
type Reference = ObjectReference | (ObjectReference & { readonly '@removed': { readonly reason: string } });
type Entry = { readonly head: CloudGroup | string; readonly refs: readonly Reference[] };
type Round = { readonly length: number; readonly at: (index: number) => Entry | undefined };
type Cursor = {
  readonly query: string;
  readonly from: number;
  readonly to: number;
  readonly entry: number;
  readonly member: number;
};

const MOST_IDS = 50;
const MOST_GROUPS_ON_A_PAGE = 200;
const TOKEN_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;
/** `from` of a cursor in the first round, which starts from nothing. */
const NOTHING = -1;

function parseIds(filter: string | undefined): readonly string[] | undefined | null {
  if (filter === undefined) return undefined;
  const ids: string[] = [];
  for (const term of filter.split(/\s+or\s+/)) {
    const id = /^\s*id\s+eq\s+'([^']+)'\s*$/.exec(term)?.[1];
    if (id === undefined) return null;
    ids.push(id.toLowerCase());
  }
  return ids;
}

/** The first round: every group, then soft-deleted ones, which Graph is known to list even here. */
function firstRound(store: Store, query: Query, visible: (group: CloudGroup) => readonly ObjectReference[]): Round {
  const entry = (group: CloudGroup): Entry => ({ head: group, refs: query.members ? visible(group) : [] });
  const { groups, deletedGroups } = store.tenant;
  if (query.ids === undefined)
    return {
      length: groups.length + deletedGroups.length,
      at: index => {
        const group = groups[index];
        if (group !== undefined) return entry(group);
        const gone = deletedGroups[index - groups.length];
        return gone === undefined ? undefined : { head: gone.id, refs: [] };
      },
    };
  const gone = store.shelves.deletedGroups.byId();
  const entries = query.ids.flatMap((id): readonly Entry[] => {
    const group = store.groups.get(id);
    if (group !== undefined) return [entry(group)];
    return gone.has(id) ? [{ head: id, refs: [] }] : [];
  });
  return { length: entries.length, at: index => entries[index] };
}

/** A later round: what differs between two states of the tenant. */
function laterRound(
  before: Store,
  after: Store,
  query: Query,
  visible: (group: CloudGroup) => readonly ObjectReference[],
): Round {
  const wanted = query.ids === undefined ? undefined : new Set(query.ids);
  const entries: Entry[] = [];
  for (const [id, group] of after.groups) {
    const old = before.groups.get(id);
    if (old === group || (wanted !== undefined && !wanted.has(id))) continue;
    const refs = query.members ? diffMembers(old === undefined ? [] : visible(old), visible(group)) : [];
    const shown = (of: CloudGroup): string => JSON.stringify(project(of, query.names));
    if (old === undefined || refs.length > 0 || shown(old) !== shown(group)) entries.push({ head: group, refs });
  }
  for (const id of before.groups.keys())
    if (!after.groups.has(id) && (wanted === undefined || wanted.has(id))) entries.push({ head: id, refs: [] });
  return { length: entries.length, at: index => entries[index] };
}

function diffMembers(before: readonly ObjectReference[], after: readonly ObjectReference[]): readonly Reference[] {
  const old = new Set(before.map(member => member.id));
  const current = new Set(after.map(member => member.id));
  return [
    ...after.filter(member => !old.has(member.id)),
    ...before
      .filter(member => !current.has(member.id))
      .map(member => ({ ...member, '@removed': { reason: 'deleted' } })),
  ];
}

function renderEntry(entry: Entry, names: readonly string[], refs: readonly Reference[]): string {
  if (typeof entry.head === 'string') return JSON.stringify({ id: entry.head, '@removed': { reason: 'changed' } });
  const shown: Record<string, unknown> = { ...project(entry.head, names), id: entry.head.id };
  if (refs.length > 0) shown['members@delta'] = refs;
  return JSON.stringify(shown);
}

function readCursor(text: string | undefined): Cursor | undefined {
  const [query, from, to, entry, member] = text?.split(' ') ?? [];
  if (query === undefined || member === undefined) return undefined;
  return { query, from: Number(from), to: Number(to), entry: Number(entry), member: Number(member) };
}

function fillPage(
  round: Round,
  cursor: Cursor,
  query: Query,
  around: Surroundings,
): { readonly value: string; readonly next: Cursor | undefined } {
  const value: string[] = [];
  let { entry: index, member } = cursor;
  let room = around.deltaMembers;
  while (index < round.length && value.length < Math.min(MOST_GROUPS_ON_A_PAGE, around.pageCap) && room > 0) {
    const entry = round.at(index);
    if (entry === undefined) break;
    const refs = entry.refs.slice(member, member + room);
    value.push(renderEntry(entry, query.names, refs));
    room -= refs.length;
    member += refs.length;
    if (member < entry.refs.length) break;
    index += 1;
    member = 0;
  }
  return { value: value.join(','), next: index < round.length ? { ...cursor, entry: index, member } : undefined };
}

/** Opens the delta function with its memory of the queries that tokens refer to. */
export function openDelta(around: Surroundings): DeltaServer {
  const queries = new Map<string, Query>();
  const rounds = new Map<string, Round>();

  const start = (call: Call, present: number): { readonly cursor: Cursor } | { readonly refusal: Answer } => {
    const refusal = (message: string): { readonly refusal: Answer } => ({
      refusal: refuse(around, 400, 'Request_BadRequest', message),
    });
    if (call.query.has('$top') || call.query.has('$orderby') || call.query.has('$expand'))
      return refusal('$top, $orderby and $expand are not supported by delta queries.');
    const ids = parseIds(call.query.get('$filter'));
    if (ids === null) return refusal("Delta queries on groups can be filtered only by id: id eq '…' or id eq '…'.");
    if (ids !== undefined && ids.length > MOST_IDS) return refusal(`At most ${MOST_IDS} objects can be filtered.`);
    const select = call.query.get('$select');
    const selection = readSelection('group', select, { beta: call.version === 'beta', list: true }, ['members']);
    if ('problem' in selection) return refusal(selection.problem);
    const members = select?.split(',').some(name => name.trim() === 'members') === true;
    const id = fingerprint(JSON.stringify([selection.names, members, ids]));
    queries.set(id, { names: selection.names, members, ids });
    return { cursor: { query: id, from: NOTHING, to: present, entry: 0, member: 0 } };
  };

  const resume = (call: Call, present: number): { readonly cursor: Cursor } | { readonly refusal: Answer } => {
    const delta = call.query.get('$deltatoken');
    const cursor = readCursor(unseal(around.seed, delta ?? call.query.get('$skiptoken') ?? ''));
    const fresh = `${around.endpoint}${call.path}?$deltatoken=`;
    const resync = (): { readonly refusal: Answer } => ({
      refusal: refuse(around, 410, 'resyncRequired', 'Resync required. Replace any local items with the full list.', {
        location: fresh,
      }),
    });
    if (cursor === undefined || !queries.has(cursor.query))
      return delta === undefined ? { refusal: refuseToken(around) } : resync();
    if (delta === undefined) return { cursor };
    // A delta token keeps the moment it was made where a page token keeps its place.
    if (around.now() - cursor.entry > TOKEN_LIFETIME_MS) return resync();
    return { cursor: { query: cursor.query, from: cursor.to, to: present, entry: 0, member: 0 } };
  };

  return (call, claims, history) => {
    const begins = (call.query.get('$deltatoken') ?? '') === '' && !call.query.has('$skiptoken');
    const begun = begins ? start(call, history.length - 1) : resume(call, history.length - 1);
    if ('refusal' in begun) return begun.refusal;
    const { cursor } = begun;
    const query = queries.get(cursor.query);
    const after = history[cursor.to];
    if (query === undefined || after === undefined) return refuseToken(around);
    const seesHidden = holds(claims, 'hiddenMembers');
    const visible = (group: CloudGroup): readonly ObjectReference[] => {
      if (group.visibility === 'HiddenMembership' && !seesHidden) return [];
      return call.version === 'beta' ? group.members : after.membersWithoutApps(group);
    };
    const before = history[cursor.from];
    const key = `${cursor.query} ${cursor.from} ${cursor.to} ${seesHidden} ${call.version}`;
    let round = rounds.get(key);
    if (round === undefined) {
      round = before === undefined ? firstRound(after, query, visible) : laterRound(before, after, query, visible);
      rounds.set(key, round);
    }
    const { value, next } = fillPage(round, cursor, query, around);
    const link = (name: string, at: Cursor): string => {
      const text = `${at.query} ${at.from} ${at.to} ${at.entry} ${at.member}`;
      return `${around.endpoint}${call.path}?${name}=${encodeURIComponent(seal(around.seed, text))}`;
    };
    const end =
      next === undefined
        ? ['@odata.deltaLink', link('$deltatoken', { ...cursor, entry: around.now(), member: 0 })]
        : ['@odata.nextLink', link('$skiptoken', next)];
    const context = `${around.endpoint}/${call.version}/$metadata#groups`;
    return answerJson(
      `{"@odata.context":${JSON.stringify(context)},"${end[0] ?? ''}":${JSON.stringify(end[1])},"value":[${value}]}`,
    );
  };
}
