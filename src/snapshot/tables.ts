import { adTables } from './ad-tables.ts';
import { cloudTables } from './cloud-tables.ts';
import { may, must, type Table } from './column.ts';
import { declaredTables } from './declared-tables.ts';
import { readingTables } from './reading-tables.ts';
import { tenantTables } from './tenant-tables.ts';

export { containerKinds, type SchemaKind, schemaKinds } from './ad-tables.ts';
export type { ColumnType, Table } from './column.ts';
export { type MemberKind, memberKinds } from './tenant-tables.ts';

/**
 * Every table of a snapshot. Source tables stay faithful to the source: no joining, no interpretation beyond decoding. Add a column here and the
 * writer, the reader, the schema and the docs follow. A NULL is "read, not set"; whether something was read at all is said by `coverage` alone.
 */
export const tables = {
  ...adTables,
  ...tenantTables,
  ...cloudTables,
  ...declaredTables,
  scope_flavour: {
    about: 'Flavours that the configuration declares',
    sortedBy: ['flavour'],
    columns: { flavour: must('text', 'connect-v1, connect-v2 or cloud-sync') },
  },
  ...readingTables,
  coverage: {
    about:
      'What was read in full. object = "" speaks for the whole facet, other rows for single objects where they differ; no row = never read',
    sortedBy: ['facet', 'object'],
    columns: {
      facet: must('text', 'name of the facet'),
      object: must('text', 'id of the object (GUID text, job id), or empty for the facet as a whole'),
      complete: must('bool', 'whether everything was read'),
      reason: may('text', 'why not'),
      expected: may('long', 'how many items the source announced'),
      retrieved: may('long', 'how many items were read'),
    },
  },
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** The tables of memberships, which can be tens of millions of rows: the writer takes them as raw ids too. */
export type EdgeTable = 'ad_member' | 'cloud_member';

type Value<T> = T extends 'bool'
  ? boolean
  : T extends 'int' | 'long' | 'instant'
    ? number
    : T extends 'text[]'
      ? readonly string[]
      : string;
type Columns<N extends TableName> = (typeof tables)[N]['columns'];

/** One row of a table. Optional columns hold null when the source has no value. */
export type Row<N extends TableName> = {
  readonly [C in keyof Columns<N>]: Columns<N>[C] extends { readonly type: infer T; readonly required: infer R }
    ? R extends true
      ? Value<T>
      : Value<T> | null
    : never;
};
