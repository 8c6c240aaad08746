import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type ColumnType,
  createSnapshot,
  type DraftOptions,
  type Row,
  type SnapshotDraft,
  type TableName,
  tables,
} from '../../src/snapshot/index.ts';

/** When every snapshot of these tests was taken. */
export const start = '2026-08-22T09:00:00.000Z';
export const end = '2026-08-22T09:05:00.000Z';
export const scope = {
  flavours: ['connect-v1'],
  containers: [{ dn: 'OU=GroupWriteback,DC=contoso,DC=com', flavour: null }],
} as const;

/** Runs `work` with a new folder and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'snapshot-test-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a snapshot below `directory`. */
export async function writeSnapshot(
  directory: string,
  record: (draft: SnapshotDraft) => Promise<void>,
  options: Partial<DraftOptions> = {},
): Promise<{ readonly path: string; readonly id: string }> {
  const draft = await createSnapshot({ directory, start, version: '0.1.0', scope, ...options });
  try {
    await record(draft);
    return await draft.finish(end);
  } finally {
    await draft.abort();
  }
}

/** Ordinary contents: two groups, three members, a gap. */
export async function recordSample(draft: SnapshotDraft): Promise<void> {
  await draft.add('cloud_managed_group', [{ group_id: guid(2) }, { group_id: guid(1) }]);
  await draft.add('cloud_member', [
    { group_id: guid(2), member_id: guid(30), kind: 'user' },
    { group_id: guid(1), member_id: guid(30), kind: 'servicePrincipal' },
    { group_id: guid(1), member_id: guid(10), kind: 'group' },
  ]);
  draft.complete('cloud.groups', '', { expected: 2, retrieved: 2 });
  draft.gap('ad.acl', 'no READ_CONTROL', guid(1));
  draft.source({ source: 'graph', endpoint: 'https://graph.example', identity: 'app', server: {}, clockSkewMs: 12 });
}

/** A GUID from a number. */
export function guid(number: number): string {
  return `00000000-0000-0000-0000-${number.toString(16).padStart(12, '0')}`;
}

const values: Readonly<Record<ColumnType, fc.Arbitrary<unknown>>> = {
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes =>
    Buffer.from(bytes)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  ),
  text: fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('', '\0', "'", 'ẞ😀', 'x'.repeat(5000))),
  bool: fc.boolean(),
  int: fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0)),
  long: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -(2 ** 32), 0)),
  instant: fc.oneof(
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.constantFrom(-1, 0, 1, -62_135_596_800_000, -8.64e15, 8.64e15, 9_007_199_254_740, 9_007_199_254_741),
  ),
  'text[]': fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 5 }),
};

type Column = { readonly type: ColumnType; readonly required: boolean };

/** Any row that fits a table. */
export function rowOf<N extends TableName>(table: N): fc.Arbitrary<Row<N>> {
  const columns: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, { type, required }] of Object.entries<Column>(tables[table].columns)) {
    const value =
      table === 'cloud_member' && name === 'kind' ? fc.constantFrom('user', 'group', 'other') : values[type];
    columns[name] = required ? value : fc.option(value, { freq: 3 });
  }
  return fc.record(columns) as fc.Arbitrary<Row<N>>;
}

/** The values of a row's key, as one text. */
export function keyOf(table: TableName, row: object): string {
  const cells = row as Readonly<Record<string, unknown>>;
  return JSON.stringify(tables[table].sortedBy.map(name => cells[name]));
}
