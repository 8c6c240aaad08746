import { may, must, type Table } from './column.ts';

/** Tables about the reading itself, made of the manifest's queries and sources when the snapshot is sealed. */
export const readingTables = {
  reading: {
    about: 'How each facet was read, from the queries of the manifest; coverage says how far that went',
    sortedBy: ['facet', 'source'],
    columns: {
      facet: must('text', 'name of the facet'),
      source: must('text', 'ad, graph, or import for declared facts'),
      queries: must('long', 'queries that were made for it'),
      incomplete: must('long', 'those of them that did not end well'),
      api_versions: must('text[]', 'versions of Microsoft Graph that were asked: v1.0, beta'),
      first: must('instant', 'when the first answer was asked for'),
      last: must('instant', 'when the last answer was there'),
    },
  },
  reading_server: {
    about: 'Who answered, from the sources of the manifest: one row per domain of AD and server, one for the tenant',
    sortedBy: ['source', 'domain', 'server'],
    columns: {
      source: must('text', 'ad or graph'),
      domain: must('text', 'DNS name of the domain of AD, or id of the tenant'),
      server: must('text', 'dnsHostName of the domain controller, or the address that was asked'),
      invocation_id: may('uuid', 'invocationId of the domain controller'),
      usn_before: may('long', 'highestCommittedUSN before the domain was read'),
      usn_after: may('long', 'highestCommittedUSN after that'),
      clock_skew_ms: may('long', 'clock of the server minus that of this machine'),
    },
  },
} as const satisfies Record<string, Table>;
