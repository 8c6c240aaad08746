import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { evaluate, fillersOf, type Outcome } from '../../src/evaluate/index.ts';
import { modelWith } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import { loadPopulations } from '../../src/populations/index.ts';
import { memorySnapshot, type Row, type TableRows } from '../../src/snapshot/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-populations-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const header = `-- population: guests
-- about: Each user
-- facets: [cloud.users]
-- key: [id]
-- columns:
--   id: { type: string, names: none, about: id }
--   kind: { type: string, nullable: true, names: none, about: kind }
`;
const select = 'SELECT id, user_type AS kind FROM cloud_user';

async function load(...texts: readonly string[]) {
  texts.forEach((text, index) => {
    writeFileSync(join(folder, `p${index}.sql`), text);
  });
  return loadPopulations(
    texts.map((_, index) => `p${index}.sql`),
    folder,
    fillersOf,
  );
}

const told = async (...texts: readonly string[]) =>
  (await load(...texts)).problems.map(({ at, message }) => `${at?.file}:${at?.line}:${at?.column} ${message}`);

test('a file becomes a population', async () => {
  const { populations, problems } = await load(`${header}${select};\n`);
  expect(problems).toEqual([]);
  expect(populations.map(({ name, path }) => [name, path])).toEqual([['guests', 'p0.sql']]);
  expect(populations[0]?.population.fields.map(({ path }) => path)).toEqual(['row.id', 'row.kind']);
});

test.each([
  ['no header', select, ['p0.sql:1:1 this population has no header']],
  [
    'an unknown key',
    header.replace('about: Each', 'abuot: Each') + select,
    ['p0.sql:1:4 `about` is missing', 'p0.sql:2:4 unknown key `abuot`'],
  ],
  [
    'an unknown facet',
    header.replace('[cloud.users]', '[cloud.user]') + select,
    ['p0.sql:3:13 there is no facet `cloud.user`'],
  ],
  ['an unknown key column', header.replace('[id]', '[ID]') + select, ['p0.sql:4:10 there is no column `ID`']],
  [
    'a key that may be absent',
    header.replace('[id]', '[kind]') + select,
    ['p0.sql:4:10 `kind` is part of the key and cannot be absent'],
  ],
  [
    'a built-in name',
    header.replace('guests', 'groups') + select,
    ['p0.sql:1:16 there is a population, table or relation `groups` already'],
  ],
  [
    'the name of a table',
    header.replace('guests', 'coverage') + select,
    ['p0.sql:1:16 there is a population, table or relation `coverage` already'],
  ],
  ['no SELECT', `${header}DROP TABLE cloud_user`, ['p0.sql:8:1 a population is one SELECT']],
  [
    'two statements',
    `${header}${select};\n${select}`,
    ['p0.sql:8:1 a population is one SELECT; these are 2 statements'],
  ],
  ['DESCRIBE', `${header}DESCRIBE cloud_user`, ['p0.sql:8:1 a population is one SELECT']],
  ['COPY', `${header}COPY cloud_user TO 'x.csv'`, ['p0.sql:8:1 a population is one SELECT']],
  ['parentheses that close ours', `${header}${select}) UNION (${select}`, ['p0.sql:8:45 syntax error at or near ")"']],
  [
    'a syntax error',
    `${header}SELECT id user_type AS kind FROM cloud_user`,
    ['p0.sql:8:21 syntax error at or near "AS"'],
  ],
  [
    'an unknown table',
    `${header}SELECT id, user_type AS kind\n  FROM cloud_users`,
    ['p0.sql:9:8 there is no table `cloud_users`'],
  ],
  [
    'a facet that is not named',
    `${header}SELECT group_id AS id, '' AS kind FROM cloud_owner`,
    ['p0.sql:8:40 rows of `cloud_owner` depend on cloud.owners, which `facets` does not name'],
  ],
  ['a file', `${header}SELECT * FROM '/etc/passwd'`, ['p0.sql:8:15 there is no table `/etc/passwd`']],
  [
    'a table function',
    `${header}SELECT id, kind FROM read_csv('/etc/passwd')`,
    ['p0.sql:8:22 `read_csv` cannot be read from'],
  ],
  ['a query in text', `${header}SELECT id, kind FROM query('SELECT 1')`, ['p0.sql:8:22 `query` cannot be read from']],
  [
    'another schema',
    `${header}SELECT table_name AS id, '' AS kind FROM information_schema.tables`,
    ['p0.sql:8:42 `tables` is named with its schema'],
  ],
  [
    'chance',
    `${header}SELECT id, user_type AS kind FROM cloud_user WHERE random() > 0.5`,
    ['p0.sql:8:52 `random` is not the same on every day and machine'],
  ],
  [
    'the clock',
    `${header}SELECT id, user_type AS kind FROM cloud_user WHERE now() > current_timestamp`,
    [
      'p0.sql:8:52 `now` is not the same on every day and machine',
      'p0.sql:8:60 `current_timestamp` is not the same on every day and machine',
    ],
  ],
  [
    'the settings',
    `${header}SELECT id, current_setting('memory_limit') AS kind FROM cloud_user`,
    ['p0.sql:8:12 `current_setting` is not the same on every day and machine'],
  ],
  [
    'an unknown column',
    `${header}SELECT id,\n  user_typ AS kind FROM cloud_user`,
    ['p0.sql:9:3 Referenced column "user_typ" not found in FROM clause!'],
  ],
  ['a missing column', `${header}SELECT id FROM cloud_user`, ['p0.sql:7:6 the SQL yields no column `kind`']],
  [
    'an undeclared column',
    `${header}SELECT *, user_type AS kind FROM (SELECT id, user_type, upn FROM cloud_user)`,
    [
      'p0.sql:5:4 the SQL yields a column `user_type` that is not declared',
      'p0.sql:5:4 the SQL yields a column `upn` that is not declared',
    ],
  ],
  [
    'another type',
    `${header}SELECT id, 1 AS kind FROM cloud_user`,
    ['p0.sql:7:6 `kind` is INTEGER in SQL, which is no string'],
  ],
])('%s is a mistake at its place', async (_, text, expected) => {
  expect(await told(text)).toEqual(expected);
});

test('two files with one name, and a file that is not there', async () => {
  expect(await told(header + select, header + select)).toEqual([
    'p1.sql:1:16 there is a population, table or relation `guests` already',
  ]);
  const gone = await loadPopulations(['none.sql'], folder, fillersOf);
  expect(gone.problems[0]?.message).toBe('cannot be read: there is no such file or folder');
});

test('the clock of a table is no clock: columns and common table expressions may be called like functions', async () => {
  const sql = `WITH cloud_user AS (SELECT 'x' AS id, 'y' AS "user") SELECT id, u."user" AS kind FROM cloud_user u`;
  expect(await told(header + sql)).toEqual([]);
});

const user = (id: string, kind: string | null): Row<'cloud_user'> => ({
  id: `00000000-0000-4000-8000-00000000000${id}`,
  upn: null,
  display_name: null,
  mail: null,
  enabled: true,
  user_type: kind,
  on_premises_sync_enabled: null,
  immutable_id: null,
  immutable_guid: null,
  on_premises_sid: null,
  on_premises_sam_account_name: null,
  on_premises_domain_name: null,
  on_premises_dn: null,
  on_premises_last_sync: null,
});
const facts = {
  scope: { flavours: ['cloud-sync'], containers: [] },
  start: '2026-01-01T00:00:00.000Z',
  end: '2026-01-01T00:00:00.000Z',
} as const;
const read = (facet: 'cloud.users', object = '', complete = true) => ({
  facet,
  object,
  complete,
  expected: null,
  retrieved: 0,
  reason: complete ? null : 'refused',
});

/** What an invariant over the population of `text` comes to on these rows. */
async function judge(text: string, rows: TableRows): Promise<Outcome['counts']> {
  const own = await load(text);
  expect(own.problems).toEqual([]);
  const model = modelWith(own.populations.map(({ population }) => population));
  writeFileSync(
    join(folder, 'policy.yaml'),
    'policy: policy\ntitle: P\ninvariants:\n  - { id: i, title: T, flavours: [cloud-sync], over: guests, expect: \'row.kind != "Guest"\', severity: low, message: m, remediation: r }\n',
  );
  const { compiled, problems } = loadPolicies({ paths: ['policy.yaml'], cwd: folder, params: {}, model, asOf: 0 });
  expect(problems).toEqual([]);
  const snapshot = await memorySnapshot({ scope_flavour: [{ flavour: 'cloud-sync' }], ...rows }, facts);
  try {
    const [outcome] = (await evaluate(snapshot, [...compiled.values()], { model })).outcomes;
    if (!outcome) throw new Error('nothing was judged');
    return outcome.counts;
  } finally {
    await snapshot.close();
  }
}

const two = [user('1', 'Guest'), user('2', 'Member')];

test('rows are judged where their facets were read, and unknown where not; a facet that was never read is not silence', async () => {
  const text = header + select;
  expect(await judge(text, { cloud_user: two, coverage: [read('cloud.users')] })).toMatchObject({
    pass: 1,
    fail: 1,
    unknown: 0,
  });
  expect(await judge(text, { coverage: [read('cloud.users')] })).toMatchObject({ subjects: 0 });
  expect(await judge(text, {})).toMatchObject({ subjects: 1, unknown: 1 });
  const part = [read('cloud.users'), read('cloud.users', 'x', false)];
  expect(await judge(text, { cloud_user: two, coverage: part })).toMatchObject({ pass: 0, fail: 0, unknown: 3 });
});

test('rows that are certain are judged although single objects were not read, but not when the whole facet was not', async () => {
  const sure = header
    .replace('-- key', '-- certain: sure\n-- key')
    .concat(
      '--   sure: { type: bool, about: whether it was read }\n',
      "SELECT id, user_type AS kind, user_type = 'Guest' AS sure FROM cloud_user",
    );
  const part = [read('cloud.users'), read('cloud.users', 'x', false)];
  expect(await judge(sure, { cloud_user: two, coverage: part })).toMatchObject({ pass: 0, fail: 1, unknown: 2 });
  expect(await judge(sure, { cloud_user: two, coverage: [read('cloud.users', '', false)] })).toMatchObject({
    unknown: 3,
  });
});

test.each([
  ['two rows with one key', `${select} UNION ALL ${select}`, /4:4 .*two rows have the same key \(id\)/],
  ['a row without its key', 'SELECT NULL::VARCHAR AS id, user_type AS kind FROM cloud_user', /4:4 .*a row has no `id`/],
  [
    'a value that does not cast',
    'SELECT id, (user_type::INTEGER)::VARCHAR AS kind FROM cloud_user',
    /1:16 .*Could not convert string/,
  ],
])('%s ends the run as wrong input', async (_, sql, expected) => {
  const judged = judge(header + sql, { cloud_user: two, coverage: [read('cloud.users')] });
  const problem = await judged.then(
    () => undefined,
    thrown => thrown,
  );
  expect(problem).toMatchObject({ kind: 'input' });
  const [first] = problem.problems;
  expect(`${first.at.line}:${first.at.column} ${first.message}`).toMatch(expected);
});
