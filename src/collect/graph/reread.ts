import { instantText } from '../../base/index.ts';
import type { GraphSource } from '../../config/index.ts';
import type { AmendedDraft, FacetName, MemberKind, Row, Session, Snapshot } from '../../snapshot/index.ts';
import type { Chain } from './chain.ts';
import { openChains } from './chains.ts';
import { type DeskContext, openDesk, sourceError } from './desk.ts';
import {
  deletedRow,
  groupProperties,
  groupRow,
  knownGroup,
  userProperties,
  userRow,
  writebackRow,
} from './directory.ts';
import { openAgent } from './exchange.ts';
import { badAnswer, GraphFailure } from './failure.ts';
import { type Fields, fieldsOf, isItem, noDoubts, objectId } from './item.ts';
import { doubtReason, gapReason, openLedger } from './ledger.ts';
import { type GroupToRead, membersByBatch } from './members.ts';
import { hiddenReason } from './membership.ts';
import { placeOf } from './place.ts';
import type { Tally } from './port.ts';
import type { Desk } from './reading.ts';

/** What is to be read again, by id: groups with all that belongs to them, and users. Ids that the snapshot knows as neither are taken for groups. */
export type GraphSubjects = { readonly groups: ReadonlySet<string>; readonly users: ReadonlySet<string> };

/** Why objects could not be read again, by id. */
export type Failures = ReadonlyMap<string, string>;

/**
 * Reads some objects of a tenant again into a draft that continues a snapshot; `base` is that snapshot, open. What is no longer there is taken out;
 * what cannot be read again is left as it is, and its reason returned. Throws AuditError('source') when nothing can be read.
 */
export async function rereadGraph(
  source: GraphSource,
  subjects: GraphSubjects,
  base: Snapshot,
  draft: AmendedDraft,
  context: DeskContext,
): Promise<Failures> {
  const place = placeOf(source);
  const dispatcher = openAgent(source.ca, source.connections, source.attemptTimeoutMs);
  const broken = new AbortController();
  try {
    const ledger = openLedger(draft, context.now);
    const { desk } = await openDesk(source, place, ledger, draft, context, { dispatcher, broken });
    return await readAgain({ desk, base, draft, now: context.now, failed: new Map() }, subjects);
  } catch (thrown) {
    throw thrown instanceof GraphFailure ? sourceError(thrown, place, source) : thrown;
  } finally {
    broken.abort();
    await dispatcher.destroy();
  }
}

type Work = {
  readonly desk: Desk;
  readonly base: Snapshot;
  readonly draft: AmendedDraft;
  readonly now: () => number;
  readonly failed: Map<string, string>;
};

async function readAgain(work: Work, subjects: GraphSubjects): Promise<Failures> {
  const { draft, failed, base } = work;
  const known = await knownOf(base);
  const groups = await readGroupObjects(work, subjects.groups);
  const members = await readMembersAgain(work, known, groups);
  const unseen = (kind: MemberKind, seen: ReadonlySet<string>) =>
    new Set([...members].flatMap(([id, { kind: own }]) => (own === kind && !seen.has(id) ? [id] : [])));
  const newGroups = unseen('group', new Set([...known.groups, ...groups.keys(), ...subjects.groups]));
  await readGroupObjects(work, newGroups);
  const users = new Set([...subjects.users, ...unseen('user', known.users)]);
  await readUsersAgain(work, users);
  // A membership is no better known than those that it names.
  for (const [id, { group }] of members) {
    const reason = newGroups.has(id) || users.has(id) ? failed.get(id) : undefined;
    if (reason !== undefined) failed.set(group, reason);
  }
  draft.restore(failed.keys());
  return failed;
}

type Known = {
  readonly groups: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  /** Groups that are synced from AD but managed in the cloud. */
  readonly converted: ReadonlySet<string>;
};

async function knownOf(base: Session): Promise<Known> {
  const ids = async (sql: string) => new Set((await base.rows(sql)).map(({ id }) => String(id)));
  return {
    groups: await ids('SELECT id::VARCHAR AS id FROM cloud_group'),
    users: await ids('SELECT id::VARCHAR AS id FROM cloud_user'),
    converted: await ids('SELECT group_id::VARCHAR AS id FROM cloud_managed_group'),
  };
}

/** Reads groups, what beta says of them, and which of those that are gone can still be restored; resolves with the rows of those that are there. */
async function readGroupObjects(
  work: Work,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Row<'cloud_group'>>> {
  const { desk, draft } = work;
  const found = new Map<string, Row<'cloud_group'>>();
  await readObjects(work, 'cloud.groups', desk.v1, ids, {
    path: id => `/groups/${id}?$select=${groupProperties}`,
    take: (fields, id) => void found.set(id, groupRow(fields, id)),
  });
  const gone = new Set([...ids].filter(id => !found.has(id) && !work.failed.has(id)));
  const written: Row<'cloud_writeback'>[] = [];
  await readObjects(work, 'cloud.writebackConfiguration', desk.beta, new Set(found.keys()), {
    path: id => `/groups/${id}?$select=id,writebackConfiguration`,
    take: (fields, id) => void written.push(writebackRow(fields, id)),
  });
  const deleted: Row<'cloud_deleted_group'>[] = [];
  await readObjects(work, 'cloud.deletedGroups', desk.v1, gone, {
    path: id => `/directory/deletedItems/${id}`,
    take: (fields, id) => void deleted.push(deletedRow(fields, id)),
  });
  await draft.add('cloud_group', [...found.values()]);
  await draft.add('cloud_writeback', written);
  await draft.add('cloud_deleted_group', deleted);
  draft.replace('cloud_group', ids);
  draft.replace('cloud_writeback', ids);
  draft.replace('cloud_deleted_group', ids);
  draft.replace('cloud_member', gone);
  return found;
}

/** Reads the members of these groups but of those whose members the snapshot leaves out for good; resolves with every member, its kind and a group that has it. */
async function readMembersAgain(
  work: Work,
  { converted }: Known,
  groups: ReadonlyMap<string, Row<'cloud_group'>>,
): Promise<ReadonlyMap<string, { readonly kind: MemberKind; readonly group: string }>> {
  const { desk, draft, failed } = work;
  const found = new Map<string, { readonly kind: MemberKind; readonly group: string }>();
  if (work.base.manifest.scope.facets?.includes('cloud.members') === false) return found;
  await recorded(
    work,
    'cloud.members',
    'POST /v1.0/$batch of GET /groups/{id}/members?$top=999&$select=id',
    async tally => {
      let edges = 0;
      const reading = membersByBatch(
        { ...desk, root: desk.v1, tally },
        {
          done: async (group, members) => {
            edges += members.size;
            for (const [id, kind] of members) found.set(id, { kind, group });
            const rows = [...members].map(([id, kind]) => ({ group_id: group, member_id: id, kind }));
            await draft.add('cloud_member', rows);
            draft.replace('cloud_member', [group]);
          },
          failed: (group, failure) => void failed.set(group, gapReason('cloud.members', failure)),
        },
      );
      for (const row of groups.values()) {
        const group = knownGroup(row);
        const reads = hiddenReason(desk.claims, group) === undefined && (!group.synced || converted.has(group.id));
        if (reads) reading.add(group satisfies GroupToRead);
      }
      await reading.finish();
      return edges;
    },
  );
  return found;
}

async function readUsersAgain(work: Work, ids: ReadonlySet<string>): Promise<void> {
  const { desk, draft } = work;
  const rows: Row<'cloud_user'>[] = [];
  await readObjects(work, 'cloud.users', desk.v1, ids, {
    path: id => `/users/${id}?$select=${userProperties}`,
    take: (fields, id) => void rows.push(userRow(fields, id)),
  });
  await draft.add('cloud_user', rows);
  draft.replace('cloud_user', ids);
}

/** How one object is asked for, below the root, and what becomes of its properties. */
type ObjectRead = {
  readonly path: (id: string) => string;
  readonly take: (fields: Fields, id: string) => void;
};

/** Reads single objects through $batch. One that does not exist is not taken; one that cannot be read is a failure. */
async function readObjects(
  work: Work,
  facet: FacetName,
  root: string,
  ids: ReadonlySet<string>,
  read: ObjectRead,
): Promise<void> {
  const asked = work.base.manifest.scope.facets;
  if (ids.size === 0 || asked?.includes(facet) === false) return;
  const request = `POST ${new URL(root).pathname}/$batch of GET ${read.path('{id}')}`;
  await recorded(work, facet, request, async tally => {
    let taken = 0;
    const chains = openChains({ ...work.desk, root, cost: 1, tally });
    const take: ObjectRead['take'] = (fields, id) => {
      read.take(fields, id);
      taken++;
    };
    for (const id of ids) chains.add(() => objectChain(work, facet, root, id, { ...read, take }));
    await chains.finish();
    return taken;
  });
}

function objectChain({ failed }: Work, facet: FacetName, root: string, id: string, { path, take }: ObjectRead): Chain {
  return {
    url: () => `${root}${path(id)}`,
    restart: () => undefined,
    take: body => {
      if (!isItem(body) || objectId(body) !== id) throw badAnswer('another object than the one that was asked for');
      const doubts = noDoubts();
      take(fieldsOf(body, doubts, id), id);
      const doubt = doubtReason(doubts);
      if (doubt !== undefined) failed.set(id, doubt);
      return true;
    },
    end: async () => true,
    failed: failure => {
      if (failure.status !== 404) failed.set(id, gapReason(facet, failure));
    },
  };
}

/** Puts one read on record; its failures are told by object. */
async function recorded(
  { draft, now, failed }: Work,
  facet: FacetName,
  request: string,
  read: (tally: Tally) => Promise<number>,
): Promise<void> {
  const tally: Tally = { pages: 0, retries: 0 };
  const begun = now();
  const before = failed.size;
  const retrieved = await read(tally);
  const ended = Math.max(begun, now());
  const objects = [...failed.keys()].slice(before);
  draft.query({
    source: 'graph',
    facet,
    request,
    ...tally,
    expected: null,
    retrieved,
    begun: instantText(begun),
    ended: instantText(ended),
    durationMs: ended - begun,
    complete: objects.length === 0,
    reason: objects.length === 0 ? null : `${objects.length} objects could not be read again`,
    objects: objects.slice(0, 1000),
  });
}
