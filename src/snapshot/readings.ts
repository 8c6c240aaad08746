import { AuditError, guidText, instantMs, type Json } from '../base/index.ts';
import type { FacetName, Source } from './facets.ts';
import type { QueryRecord, SourceRecord } from './manifest.ts';
import type { Row } from './tables.ts';

/** How each facet was read, by source. */
export function readingRows(queries: readonly QueryRecord[]): Row<'reading'>[] {
  const grouped = Map.groupBy(queries, ({ facet, source }) => `${facet} ${source}`);
  return [...grouped.values()].flatMap(all => {
    const [one] = all;
    return one === undefined ? [] : [readingRow(one.facet, one.source, all)];
  });
}

function readingRow(facet: FacetName, source: Source, queries: readonly QueryRecord[]): Row<'reading'> {
  const versions = queries.flatMap(({ request }) => (source === 'graph' ? versionOf(request) : []));
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let incomplete = 0;
  for (const query of queries) {
    first = Math.min(first, moment(query.begun));
    last = Math.max(last, moment(query.ended));
    if (!query.complete) incomplete++;
  }
  return {
    facet,
    source,
    queries: queries.length,
    incomplete,
    api_versions: [...new Set(versions)].sort(),
    first,
    last,
  };
}

/** `GET /v1.0/groups?…`, also behind words such as `12 more like:`; several where a reading asks for several things. */
function versionOf(request: string): readonly string[] {
  return [...request.matchAll(/(?:^|\s)(?:GET|POST) \/(v1\.0|beta)\//g)].flatMap(([, version]) => version ?? []);
}

function moment(text: string): number {
  const ms = instantMs(text);
  if (ms === undefined) throw new AuditError('bug', `'${text.slice(0, 60)}' is not an RFC 3339 time`);
  return ms;
}

type Told = Readonly<Record<string, Json | undefined>>;

/** Who answered: the domain controller of each domain, and Microsoft Graph. */
export function serverRows(sources: readonly SourceRecord[]): Row<'reading_server'>[] {
  const rows = new Map<string, Row<'reading_server'>>();
  for (const record of sources)
    for (const row of rowsOf(record)) rows.set(JSON.stringify([row.source, row.domain, row.server]), row);
  return [...rows.values()];
}

function rowsOf({ source, endpoint, server, clockSkewMs }: SourceRecord): readonly Row<'reading_server'>[] {
  if (source === 'import') return [];
  if (source === 'graph') {
    const told = { source, domain: text(server.tenant) ?? '', server: endpoint };
    return [{ ...told, invocation_id: null, usn_before: null, usn_after: null, clock_skew_ms: whole(clockSkewMs) }];
  }
  const domains = Array.isArray(server.domains) ? server.domains.filter(isRecord) : [];
  return domains.map(domain => ({
    source,
    domain: text(domain.domain) ?? '',
    server: text(domain.dnsHostName) ?? text(domain.endpoint) ?? endpoint,
    invocation_id: guidText(text(domain.invocationId) ?? '') ?? null,
    usn_before: usnOf(domain.highestCommittedUsnBefore),
    usn_after: usnOf(domain.highestCommittedUsnAfter),
    clock_skew_ms: whole(domain.clockSkewMs),
  }));
}

function isRecord(value: Json | undefined): value is Told {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A sequence number travels as text: LDAP has no numbers, and JSON loses those beyond 2^53. */
function usnOf(value: Json | undefined): number | null {
  const usn = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
  return usn !== undefined && Number.isSafeInteger(usn) ? usn : null;
}

function whole(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : null;
}
