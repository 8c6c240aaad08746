import { EqualityFilter, type Filter, OrFilter } from 'ldapts';
import { type Guids, guidSet, guidToBytes, normalizeDn, sidToBytes } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import {
  type AmendedDraft,
  type FacetName,
  facetsFrom,
  type Row,
  type Session,
  type Snapshot,
} from '../../snapshot/index.ts';
import { readAddressesBy, readOtherMembers, readPrincipals } from './accounts.ts';
import { noteUnreadMembers } from './below.ts';
import type { Context } from './collect.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { sourceError } from './failure.ts';
import { type Forest, forestOf, type Reading, runIn } from './forest.ts';
import { readForestGroupsBy } from './forest-groups.ts';
import { readGroupsBy } from './groups.ts';
import { type Held, hold } from './held.ts';
import { readAncestors } from './nesting.ts';
import { plural, type Run } from './run.ts';
import { readTypeNames } from './schema.ts';
import { survey } from './survey.ts';
import { readTrustees } from './trustees.ts';

/** What is to be read again: objectGUIDs of groups with all that belongs to them, of other principals, and ids of cloud groups whose AD object may exist by now. */
export type AdSubjects = {
  readonly groups: ReadonlySet<string>;
  readonly principals: ReadonlySet<string>;
  readonly anchors: ReadonlySet<string>;
  /** SMTP addresses, as in ad_address: whoever holds them is looked for. */
  readonly addresses: ReadonlySet<string>;
};

const BATCH = 50;

/**
 * Reads some objects of Active Directory again into a draft that continues a snapshot; `base` is that snapshot, open. What is no longer there is taken
 * out. Throws AuditError('source') when anything could not be read as well as the snapshot was: the draft must then be given up.
 */
export async function rereadActiveDirectory(
  source: AdSource,
  subjects: AdSubjects,
  base: Snapshot,
  draft: AmendedDraft,
  context: Omit<Context, 'flavours' | 'journal'>,
): Promise<void> {
  const known = await knownOf(base, subjects);
  const { facets } = base.manifest.scope;
  const asks = (facet: FacetName) => facets === undefined || facets.includes(facet);
  const { plans } = await survey(source, { ...context, recorder: draft });
  const held: Held[] = [];
  try {
    for (const plan of plans) {
      const containers = plan.containers.map(({ dn }) => dn).filter(dn => known.containers.has(normalizeDn(dn)));
      const read = (run: Run) => readSome(run, containers, subjects, known);
      const world = {
        ...context,
        source,
        recorder: draft,
        alone: plans.length === 1,
        asks,
        elsewhere: () => false,
        read,
      };
      held.push(await hold(plan, world));
    }
    await join(held, subjects, known, base, draft);
  } finally {
    for (const { directory } of held) await directory.close();
    for (const { connection } of plans) await connection?.session.close();
  }
  if (context.signal.aborted)
    throw sourceError('The reading of Active Directory was interrupted', context.signal.reason);
}

/** What the snapshot knows that is not read again. */
type Known = {
  readonly schema: ReadonlyMap<string, Row<'ad_schema'>>;
  /** DNs, normalised, of the configured containers that exist. */
  readonly containers: ReadonlySet<string>;
  /** objectGUIDs of its groups. */
  readonly groups: ReadonlySet<string>;
  /** Why facets are not known in full; '' for those that are. */
  readonly reasons: ReadonlyMap<string, string>;
  /** SIDs by which AD may know the wanted cloud groups, once it no longer feeds them. */
  readonly sids: readonly string[];
  /** objectGUIDs of those who held the wanted addresses. */
  readonly holders: ReadonlySet<string>;
};

async function knownOf(base: Session, { anchors, addresses }: AdSubjects): Promise<Known> {
  const texts = async (sql: string) => new Set((await base.rows(sql)).map(({ value }) => String(value)));
  const schema = await base.rows('SELECT name, kind, guid::VARCHAR AS guid FROM ad_schema');
  const told = await base.rows("SELECT facet, reason FROM coverage WHERE object = ''");
  const dns = await texts("SELECT dn AS value FROM ad_container WHERE kind = 'writeback' AND found");
  return {
    schema: new Map(
      schema.flatMap(({ name, kind, guid }) => {
        const row = { name: String(name), kind: String(kind), guid: String(guid) };
        return [[row.name, row] as const];
      }),
    ),
    containers: new Set([...dns].map(normalizeDn)),
    groups: await texts('SELECT guid::VARCHAR AS value FROM ad_group'),
    reasons: new Map(told.map(({ facet, reason }) => [String(facet), String(reason ?? '')])),
    sids: await inPortions(
      base,
      'SELECT on_premises_sid AS value FROM cloud_group WHERE on_premises_sid IS NOT NULL AND on_premises_sync_enabled IS NOT TRUE AND id',
      anchors,
    ),
    holders: new Set(
      await inPortions(base, 'SELECT object_guid::VARCHAR AS value FROM ad_address WHERE address', addresses),
    ),
  };
}

const PORTION = 1000;

/** The answers to one question about many values, the end of which they are. */
async function inPortions(base: Session, question: string, values: Guids): Promise<string[]> {
  const found: string[] = [];
  const all = [...values];
  for (let at = 0; at < all.length; at += PORTION) {
    const list = all.slice(at, at + PORTION).map(value => `'${value.replaceAll("'", "''")}'`);
    const rows = await base.rows(`${question} IN (${list.join(', ')})`);
    found.push(...rows.map(({ value }) => String(value)));
  }
  return found;
}

async function readSome(
  run: Run,
  containers: readonly string[],
  { groups, principals, anchors, addresses }: AdSubjects,
  { schema, sids, holders }: Known,
): Promise<Reading> {
  const memberGuids = ['member', 'Membership'].flatMap(name => schema.get(name)?.guid ?? []);
  const marks = [...anchors].map(id => `Group_${id}`);
  const marked = marks.flatMap(id => [equal('adminDescription', id), equal('msDS-ExternalDirectoryObjectId', id)]);
  const named = [...marks.map(id => equal('cn', id)), ...sids.map(sid => equal('objectSid', sidToBytes(sid)))];
  const searches = [
    { base: run.domain.dn, filters: [...groups].map(byGuid) },
    { base: run.domain.dn, filters: marked },
    ...containers.map(base => ({ base, filters: named })),
  ].flatMap(({ base, filters }) => anyOf(filters).map(filter => ({ base, filter })));
  const book = await readGroupsBy(run, memberGuids, searches);
  const ids = new Set([...groups, ...principals, ...holders, ...book.full]);
  const held = [...addresses].flatMap(address => [equal('proxyAddresses', `smtp:${address}`), equal('mail', address)]);
  const addressed = guidSet();
  if (run.asks('ad.addresses')) await readAddressesBy(run, [...anyOf([...ids].map(byGuid)), ...anyOf(held)], addressed);
  const listed = guidSet();
  if (run.asks('ad.forestGroups')) await readForestGroupsBy(run, anyOf([...groups].map(byGuid)), listed);
  return { run, schema, book, accounts: guidSet(), addressed, listed };
}

function equal(attribute: string, value: string | Buffer): Filter {
  return new EqualityFilter({ attribute, value });
}

function byGuid(guid: string): Filter {
  return equal('objectGUID', guidToBytes(guid));
}

/** Filters of a bearable size that together find what any of the given ones does. */
function anyOf(filters: readonly Filter[]): readonly Filter[] {
  const size = Math.ceil(filters.length / BATCH);
  return Array.from(
    { length: size },
    (_, at) => new OrFilter({ filters: filters.slice(at * BATCH, (at + 1) * BATCH) }),
  );
}

async function join(
  held: readonly Held[],
  subjects: AdSubjects,
  known: Known,
  base: Session,
  draft: AmendedDraft,
): Promise<void> {
  const joint = coverageOf();
  const part = draft.part();
  const found = guidSet(held.flatMap(({ reading }) => [...reading.book.full]));
  const readings = await Promise.all(held.map(({ reading }) => besides(reading, subjects, known, base)));
  const forest = forestOf(readings, [], part, joint);
  const asks: Run['asks'] = facet => readings.some(({ run }) => run.asks(facet));
  if (asks('ad.memberOf')) await readAncestors(forest);
  const others = [...subjects.principals].filter(guid => !found.has(guid));
  await readPrincipals(forest, new Set(others));
  if (asks('ad.users')) await readOtherMembers(forest);
  // Of groups that only explain others, the members are not read again: what the snapshot says of them stays.
  for (const guid of known.groups) forest.below.add(guid);
  noteUnreadMembers(forest);
  if (asks('ad.trustees')) await readTrustees(forest, new Set());
  const [first] = readings;
  const types = new Set(readings.flatMap(({ run }) => [...run.dacls.types()]));
  if (first !== undefined && asks('ad.acl')) await readTypeNames(runIn(forest, first), types, known.schema);
  checkGone(subjects, found, known);
  checkAll([joint, ...held.map(({ coverage }) => coverage)], known, draft);
  replaceAll(forest, subjects, known, found, others, draft);
  for (const one of held) one.keep();
  part.keep();
}

/** The reading with what the snapshot knows already, so that only what is new to it is read. */
async function besides(reading: Reading, { principals }: AdSubjects, known: Known, base: Session): Promise<Reading> {
  const { book } = reading;
  const old = [...known.groups].filter(guid => !principals.has(guid));
  const accounts = await inPortions(base, 'SELECT guid::VARCHAR AS value FROM ad_user WHERE guid', book.members);
  return {
    ...reading,
    accounts: guidSet(accounts.filter(guid => !principals.has(guid))),
    book: { ...book, rows: guidSet([...book.rows, ...old]), groups: guidSet([...book.groups, ...old]) },
  };
}

/** What is read again must be known as well as the snapshot knows it: a new gap of a whole facet would hide everything else in it. */
function checkAll(coverages: readonly Coverage[], { reasons }: Known, draft: AmendedDraft): void {
  for (const facet of facetsFrom('ad')) {
    const told = coverages.map(coverage => coverage.told(facet));
    const before = reasons.get(facet) ?? '';
    const worse = told.flatMap(one => one.reasons).filter(reason => !before.includes(reason));
    if (worse.length > 0 && facet !== 'ad.replication')
      throw sourceError(`Active Directory could not be read again: ${[...new Set(worse)].slice(0, 3).join('; ')}`);
    for (const [object, reason] of told.flatMap(one => [...one.objects])) draft.gap(facet, reason, object);
  }
}

// What a search does not find is gone only where nothing can be hidden.
function checkGone(subjects: AdSubjects, found: Guids, { reasons }: Known): void {
  const missing = [...subjects.groups].filter(guid => !found.has(guid));
  if (missing.length > 0 && reasons.get('ad.groups') !== '')
    throw sourceError(`${plural(missing.length, 'group was', 'groups were')} not found again and may only be hidden`);
}

function replaceAll(
  { readings, added, addedAccounts }: Forest,
  subjects: AdSubjects,
  { holders }: Known,
  found: Guids,
  others: readonly string[],
  draft: AmendedDraft,
): void {
  const whole = [...found, ...subjects.groups];
  for (const table of [
    ...(['ad_group', 'ad_member', 'ad_security', 'ad_parent', 'ad_deleted'] as const),
    ...(['ad_attribute_change', 'ad_member_change', 'ad_forest_group', 'coverage'] as const),
  ])
    draft.replace(table, whole);
  draft.replace('ad_group', others);
  draft.replace('ad_user', others);
  draft.replace('ad_user', addedAccounts);
  for (const { addressed } of readings) draft.replace('ad_address', addressed);
  draft.replace('ad_address', [...whole, ...others, ...holders]);
  for (const { parents } of [added, ...readings.map(({ book }) => book)]) draft.replace('ad_parent', parents.children);
}
