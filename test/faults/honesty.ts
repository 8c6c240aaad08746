import { type FacetName, facetsFrom, type Row, type TableName } from '../../src/snapshot/index.ts';
import type { MemoryRecorder } from '../collect/memory-recorder.ts';

// What a recorded snapshot of AD says, held against one that was read without faults.

const GUARDS = ['writeback', 'domain', 'adminsdholder'];

/** The tables that a facet vouches for whole; where a column is named, by the objects in it; where kinds are, for rows of these. */
const vouched: readonly (readonly [FacetName, TableName, (string | undefined)?, ((kind: unknown) => boolean)?])[] = [
  ['ad.domain', 'ad_schema'],
  ['ad.containers', 'ad_container', undefined, kind => GUARDS.includes(String(kind))],
  ['ad.tier0', 'ad_container', undefined, kind => !GUARDS.includes(String(kind))],
  ['ad.groups', 'ad_group'],
  ['ad.members', 'ad_member', 'group_guid'],
  ['ad.memberOf', 'ad_parent', 'child_guid'],
  ['ad.replication', 'ad_attribute_change', 'object_guid'],
  ['ad.replication', 'ad_member_change', 'group_guid'],
  ['ad.users', 'ad_user'],
  ['ad.addresses', 'ad_address'],
  ['ad.acl', 'ad_security', 'object_guid'],
  ['ad.trustees', 'ad_trustee'],
  ['ad.trustees', 'ad_identity'],
  ['ad.forestGroups', 'ad_forest_group'],
  ['ad.deleted', 'ad_deleted'],
  ['ad.identities', 'ad_identity_state'],
  ['ad.identities', 'ad_identity_group'],
  ['ad.children', 'ad_child'],
  ['ad.domainControllers', 'ad_domain_controller'],
  ['ad.auditing', 'ad_audit_ace', 'object_guid'],
  ['ad.soaPolicy', 'ad_soa_policy'],
  ['ad.exchangeServers', 'ad_exchange_server'],
  ['ad.acceptedDomains', 'ad_accepted_domain'],
  ['ad.addressLists', 'ad_address_list'],
];

/** Columns of rows that other facets than the row's own fill in, and leave null where they could not. */
const lent: readonly (readonly [TableName, readonly string[], FacetName])[] = [
  [
    'ad_domain',
    ['schema_version', 'external_id_in_schema', 'object_soa_in_schema', 'recycle_bin', 'registered_devices'],
    'ad.domain',
  ],
  ['ad_domain', ['exchange_schema_version', 'exchange_org_version', 'exchange_domain_version'], 'ad.exchange'],
];

/** What a facet leaves null where it could not tell. */
const guessed: readonly (readonly [TableName, string])[] = [
  ['ad_member_change', 'member_guid'],
  ['ad_identity', 'sid'],
  ...['name', 'object_class', 'dn'].map(column => ['ad_trustee', column] as const),
];

type Cells = Readonly<Record<string, unknown>>;

/** Every way in which `recorder` says something that is not so in `truth`: complete where rows differ, rows that do not exist, or silence. Empty when honest. */
export function liesOfDirectory(recorder: MemoryRecorder, truth: MemoryRecorder): string[] {
  const lies: string[] = [];
  for (const facet of facetsFrom('ad'))
    if (recorder.covered(facet) === undefined) lies.push(`${facet} is neither complete nor a gap`);
  const unmet = unmetPlaces(recorder, truth);
  for (const [facet, table, column, kinds] of vouched) {
    if (recorder.covered(facet)?.complete !== true) continue;
    const isVouched = (row: Cells) =>
      (kinds?.(row.kind) ?? true) &&
      !(table === 'ad_security' && unmet.has(row.object_guid)) &&
      mentions(recorder, table, row) &&
      (column === undefined || [recorder, truth].every(from => from.covered(facet, String(row[column])) === undefined));
    const of = (from: MemoryRecorder) =>
      rowsOf(from, table)
        .filter(isVouched)
        .map(row => textOf(row));
    lies.push(...difference(facet, table, of(recorder), of(truth)));
    lies.push(...forgottenGaps(facet, recorder, truth));
  }
  for (const [table, columns, facet] of lent)
    if (recorder.covered(facet)?.complete === true) {
      const of = (from: MemoryRecorder) => cellsOf(from, table).map(row => textOf(row, ['dn', ...columns]));
      lies.push(...difference(facet, table, of(recorder), of(truth)));
    }
  lies.push(...inventions(recorder, truth));
  return lies;
}

/** Whether everything was read: no gap beyond those of the truth, and the same rows. */
export function isWhole(recorder: MemoryRecorder, truth: MemoryRecorder): boolean {
  const gaps = (from: MemoryRecorder) =>
    from.coverage.filter(line => !line.complete && line.facet.startsWith('ad.')).map(keyOfLine);
  const all = (from: MemoryRecorder) =>
    tablesOf(from)
      .flatMap(table => cellsOf(from, table).map(row => `${table} ${textOf(row)}`))
      .sort();
  return same(gaps(recorder).sort(), gaps(truth).sort()) && same(all(recorder), all(truth));
}

/** Facets, and `facet/object`, that are gaps here and not in the truth. */
export function newGaps(recorder: MemoryRecorder, truth: MemoryRecorder): string[] {
  return recorder.coverage
    .filter(line => !line.complete && truth.covered(line.facet, line.object)?.complete !== false)
    .map(keyOfLine)
    .sort();
}

function keyOfLine({ facet, object }: { readonly facet: string; readonly object: string }): string {
  return object === '' ? facet : `${facet}/${object}`;
}

// The access lists of places that another facet finds are only spoken of where it found them.
function unmetPlaces(recorder: MemoryRecorder, truth: MemoryRecorder): ReadonlySet<unknown> {
  const met = new Set(recorder.rows('ad_container').map(row => row.guid));
  return new Set(
    truth.rows('ad_container').flatMap(({ kind, guid }) => (GUARDS.includes(kind) || met.has(guid) ? [] : [guid])),
  );
}

// Names are looked up for whoever an access list names, and objects that are no accounts for whichever group has them as
// members, and members for groups that are known: what was not read mentions nobody.
function mentions(recorder: MemoryRecorder, table: TableName, row: Cells): boolean {
  if (table === 'ad_trustee')
    return (
      recorder.rows('ad_ace').some(({ trustee_sid }) => trustee_sid === row.sid) ||
      recorder.rows('ad_security').some(({ owner_sid }) => owner_sid === row.sid)
    );
  if (table === 'ad_member') return recorder.rows('ad_group').some(({ guid }) => guid === row.group_guid);
  return (
    table !== 'ad_user' ||
    row.enabled !== null ||
    recorder.rows('ad_member').some(({ member_guid }) => member_guid === row.guid)
  );
}

// Groups that only explain a nesting are not what the facet of groups is about.
function rowsOf(from: MemoryRecorder, table: TableName): readonly Cells[] {
  return cellsOf(from, table).filter(row => table !== 'ad_group' || row.in_container === true);
}

// An object that could not be read even without faults must still be known as such, unless it is not there at all.
function forgottenGaps(facet: FacetName, recorder: MemoryRecorder, truth: MemoryRecorder): string[] {
  const present = new Set(recorder.rows('ad_group').map(row => row.guid));
  return truth.coverage
    .filter(line => line.facet === facet && line.object !== '' && present.has(line.object))
    .filter(line => recorder.covered(facet, line.object) === undefined)
    .map(line => `${facet} forgets that ${line.object} was not read`);
}

function inventions(recorder: MemoryRecorder, truth: MemoryRecorder): string[] {
  return tablesOf(recorder).flatMap(table => {
    const open = [...lent.flatMap(([name, columns]) => columns.map(column => [name, column] as const)), ...guessed];
    const skipped = new Set(open.filter(([name]) => name === table).map(([, column]) => column));
    const known = (row: Cells) =>
      textOf(
        row,
        Object.keys(row).filter(name => !skipped.has(name)),
      );
    const real = new Set(cellsOf(truth, table).map(known));
    const invented = cellsOf(recorder, table).filter(row => !real.has(known(row)));
    return invented.slice(0, 2).map(row => `${table} has a row that is not so: ${textOf(row).slice(0, 300)}`);
  });
}

function difference(facet: string, table: string, got: readonly string[], want: readonly string[]): string[] {
  if (same([...got].sort(), [...want].sort())) return [];
  const lost = want.filter(row => !got.includes(row));
  const more = got.filter(row => !want.includes(row));
  return [
    `${facet} is called complete, but ${table} has ${got.length} rows instead of ${want.length}; lost ${lost[0] ?? 'none'}, more ${more[0] ?? 'none'}`,
  ];
}

// A recorder may hold the cloud as well.
function tablesOf(from: MemoryRecorder): TableName[] {
  return [...from.tables.keys()].filter(table => table.startsWith('ad_'));
}

function cellsOf(from: MemoryRecorder, table: TableName): readonly Cells[] {
  return from.rows(table) as readonly Row<TableName>[] as readonly Cells[];
}

function textOf(row: Cells, names: readonly string[] = Object.keys(row)): string {
  return JSON.stringify([...names].sort().map(name => [name, row[name]]));
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
