import type { Json } from '../base/index.ts';
import { facets } from './facets.ts';
import type { QueryRecord, Scope, SourceRecord } from './manifest.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import type { Recorder } from './recorder.ts';
import { rights } from './rights.ts';
import { type Row, type TableName, tables } from './tables.ts';
import { type TextClass, textClasses } from './text-classes.ts';

/** How pseudonyms are made, as a manifest says it. */
export const REDACTION = 'hmac-sha256-80/base32';

/** Takes the names out of everything that goes into a snapshot, before any of it reaches a disk. */
export type Redaction = {
  readonly keyId: string;
  readonly rows: <N extends TableName>(table: N, rows: readonly Row<N>[]) => readonly Row<N>[];
  readonly query: (record: QueryRecord) => QueryRecord;
  readonly source: (record: SourceRecord) => SourceRecord;
  readonly scope: (scope: Scope) => Scope;
};

/** Redaction by these pseudonyms. */
export function redactionBy(pseudonyms: Pseudonyms): Redaction {
  const { dn } = pseudonyms;
  return {
    keyId: pseudonyms.keyId,
    rows: (table, rows) => {
      const columns = tellingColumns(table);
      return columns.length === 0 ? rows : rows.map(row => redactRow(row, columns, pseudonyms));
    },
    query: record => ({
      ...record,
      request: redactRequest(record.request, pseudonyms),
      reason: record.reason === null ? null : withoutNames(record.reason),
    }),
    source: record => ({
      ...record,
      identity: pseudonyms.address(record.identity),
      server: Object.fromEntries(Object.entries(record.server).map(([key, value]) => [key, redactServer(key, value)])),
    }),
    scope: scope => ({ ...scope, containers: scope.containers.map(each => ({ ...each, dn: dn(each.dn) })) }),
  };
}

/** A recorder that hands on what it is given without the names. */
export function redactedRecorder(recorder: Recorder, { rows, query, source }: Redaction): Recorder {
  const adding =
    (to: Pick<Recorder, 'add'>): Recorder['add'] =>
    (table, given) =>
      to.add(table, rows(table, given));
  return {
    add: adding(recorder),
    part: () => {
      const part = recorder.part();
      return { ...part, add: adding(part) };
    },
    complete: recorder.complete,
    gap: (facet, reason, object, counts) => recorder.gap(facet, withoutNames(reason), object, counts),
    query: record => recorder.query(query(record)),
    source: record => recorder.source(source(record)),
  };
}

type Telling = readonly [string, Exclude<TextClass, 'plain'>];

function tellingColumns(table: TableName): readonly Telling[] {
  const classes: Readonly<Record<string, TextClass>> = textClasses[table];
  return Object.entries(classes).flatMap(([column, kind]) => (kind === 'plain' ? [] : [[column, kind] as const]));
}

function redactRow<R extends object>(row: R, columns: readonly Telling[], pseudonyms: Pseudonyms): R {
  const changed: Record<string, unknown> = {};
  for (const [column, kind] of columns) {
    const value: unknown = Reflect.get(row, column);
    if (typeof value === 'string') changed[column] = pseudonyms[kind](value);
    else if (Array.isArray(value)) changed[column] = value.map(item => pseudonyms[kind](String(item)));
  }
  return { ...row, ...changed };
}

/** `sub "OU=…" (filter) [attributes]` keeps its base as a redacted DN; the words of a filter or URL stay as far as they can be no names. */
function redactRequest(text: string, { dn }: Pseudonyms): string {
  const [, scope = '', base = '', filter = '', attributes = ''] =
    /^(base|one|sub) "(.*)" (\(.*\)) \[([\w;=, -]*)\]$/s.exec(text) ?? [];
  if (scope !== '') return `${scope} "${dn(base)}" ${withoutNames(filter)} [${attributes}]`;
  // Quoted text in a URL comes from us or from the directory; everything else there is ours.
  if (/^(GET|POST) \/(v1\.0|beta)\/[\w/$.{}?=&,%:() -]*$/.test(text.replace(QUOTED, '')))
    return text.replace(QUOTED, "'…'");
  return withoutNames(text);
}

const QUOTED = /'[^']*'|%27.*?%27/g;

/** What a server says of itself that names servers, domains and rights only. */
const OF_SERVERS = new Set(
  ['dnsHostName', 'invocationId', 'domain', 'forest', 'highestCommittedUsnBefore', 'highestCommittedUsnAfter'].concat([
    'endpoint',
    'url',
    'dsServiceName',
    'tenant',
    'cloud',
    'permissions',
  ]),
);

function redactServer(key: string, value: Json): Json {
  if (Array.isArray(value)) return value.map(item => redactServer(key, item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redactServer(name, inner ?? null)]));
  if (typeof value !== 'string' || OF_SERVERS.has(key)) return value;
  // Of a referral the server, not what it points at.
  const [server] = /^ldaps?:\/\/[^/]*/i.exec(value) ?? [];
  return server ?? withoutNames(value);
}

const TOKEN = /[\p{L}\p{N}_$@.\\'-]+/gu;
const NUMBER = /^\d{1,7}$/;
const IDENTIFIER = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|S-1-\d+(?:-\d+){1,15})$/i;

/** A sentence for people with every word left out that could be a name. */
export function withoutNames(text: string): string {
  return text.replace(TOKEN, (token, at: number) => {
    const end = /[.']+$/.exec(token)?.[0] ?? '';
    const word = token.slice(0, token.length - end.length);
    // A value that is compared or assigned is the directory's.
    const isValue = text[at - 1] === '=';
    const isOurs = IDENTIFIER.test(word) || (!isValue && NUMBER.test(word)) || ourWords().has(word);
    return isOurs || word === '' ? token : `…${end}`;
  });
}

let words: ReadonlySet<string> | undefined;

/** Words of which our own sentences are made: those of the tables' and facets' descriptions, which name attributes and rights, and plain English. */
function ourWords(): ReadonlySet<string> {
  words ??= new Set(
    [
      PLAIN,
      ...Object.keys(facets),
      ...Object.values(facets).map(({ about }) => about),
      ...Object.values(rights).flatMap(({ name, about }) => [name, about]),
      ...Object.values(tables).flatMap(table => Object.values(table.columns).map(column => column.about)),
    ]
      .flatMap(text => text.match(TOKEN) ?? [])
      .map(word => word.replace(/[.']+$/, '')),
  );
  return words;
}

const PLAIN = `
a able above absence absent accept accepted access account accounts ACE acl Active address addresses administrative after again agree aged all allow allowed an and announced
announces another answer answered answers any anything application applications are as ask asked at attribute attributes authority back base batch be because before below
between bind body both broke broken but by bytes came can cannot certificate certificates changed changes check chunk circle class clear client clock clocks closed code collection come
comes complete compression configuration configured connect connection connections container containers control controller cookie could count counted counts coverage CN DACL data
DC DN DNs DSE OU decode decoded deleted Deleted denied denies deny descriptor did differ differed differs directory Directory DNS do documents does domain domains down each earlier else
elsewhere empty encoding encryption end ended ends entries entry error errors ever every exceeded exist exists expected expired facet failed failing fails failure false fewer first followed for forest
found from gave GET gets give given gives global got Graph grant group groups had has hash have held here hidden hide hides hold holds hole host how id ids if ignored in incomplete
index inside instead interrupted into is it item items its itself job jobs keep kept kind knows known known lacks last late later layer LDAP LDAPS least leaves left length less level like limit
limited limits link links list listed listing lists longer lost made makes malformed many map matched may mean means member members membership memberships message Microsoft missing moment more
most moved ms must name named names nameless needs network never new newer next no nobody none nor not nothing now null number numbers object objects Objects of off older on once one ones only
opaque open or order organisation organization other others out outside over page pages paging part partition partitions parts password pause permission permissions place places point port possible
properties property proven question range ranges read Read readable reader readers reading reads reason received referral refused refuses repeated replica request requests response
responses rest restored restart resync returned right rights run same schema search second seconds secret see seen send sends sent server servers service session setting settings several show
shows shown sign sign-in signed since size slow so some somebody something source space status stop stopped subject such support supported sync synced synchronization table taken tenant test than that the
their them then there these they thing this those throttled throttles throttling thrown time timed timeout times TLS to together token too tried tries true twice type types unavailable under undefined unit
unknown unnamed unpaged unread unreadable unstable until up used user users value values version very waiting want wanted was way were what when where whether which while who whole whom whose why will
with within without words would written written-back wrong yet you
audit audited cleaned computer gone keyword metadata mode modes place primary privilege primaryGroupID shown surely twice us
objectClass objectCategory objectGUID objectSid organizationalUnit crossRef systemFlags tokenGroups nTSecurityDescriptor primaryGroupID person group user
Forbidden Unauthorized Authorization_RequestDenied Request_ResourceNotFound TooManyRequests ServiceUnavailable InternalServerError Insufficient privileges complete operation
POST v1.0 beta READ_CONTROL List Contents`;
