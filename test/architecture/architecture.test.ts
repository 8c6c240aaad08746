import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { breachesOf, rooms, sayBreach } from './rules.ts';
import { readSource } from './source.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const files = new Map(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => file.endsWith('.ts') && !file.includes('.generated.'))
    .sort()
    .map(file => [file, readFileSync(`${src}/${file}`, 'utf8')]),
);

test('the house rules hold', () => {
  expect(files.size).toBeGreaterThan(100);
  expect(breachesOf(files).map(sayBreach)).toEqual([]);
});

test('every room of the table exists', () => {
  const found = new Set(
    [...files.keys()].map(file =>
      file
        .split('/')
        .slice(0, file.startsWith('collect/') ? 2 : 1)
        .join('/'),
    ),
  );
  for (const room of Object.keys(rooms).filter(name => name !== 'top')) expect(found).toContain(room);
});

// One planted breach per rule: [name, files to add, the rule that must speak up, a word of its message].
const planted: readonly [string, Readonly<Record<string, string>>, string, RegExp][] = [
  [
    'a forbidden room',
    { 'base/x.ts': "import { model } from '../model/index.ts';\n" },
    'room',
    /base imports model.*may import nothing/,
  ],
  [
    'a forbidden room, for types',
    { 'report/x.ts': "import type { Config } from '../config/index.ts';\n" },
    'room',
    /report imports config/,
  ],
  [
    'a value where only types may come',
    { 'collect/ad/x.ts': "import { type Config, loadConfig } from '../../config/index.ts';\n" },
    'room',
    /collect\/ad imports config/,
  ],
  [
    'one collector in the other',
    { 'collect/ad/x.ts': "export * from '../graph/index.ts';\n" },
    'room',
    /collect\/graph/,
  ],
  [
    'a room below the command line that imports it',
    { 'report/x.ts': "import { tell } from '../cli/terminal.ts';\n" },
    'room',
    /report imports cli/,
  ],
  ['a back door', { 'model/x.ts': "import { tables } from '../snapshot/tables.ts';\n" }, 'face', /snapshot\/index\.ts/],
  [
    'a lazy back door',
    { 'cli/x.ts': "const later = () => import('../snapshot/tables.ts');\n" },
    'face',
    /snapshot\/index\.ts/,
  ],
  [
    'a computed import',
    { 'base/x.ts': 'export const load = (name: string) => import(name);\n' },
    'computed-import',
    /computed/,
  ],
  ['an import without its ending', { 'base/x.ts': "import { sha256 } from './digest';\n" }, 'missing', /\.ts ending/],
  [
    'DuckDB elsewhere',
    { 'evaluate/x.ts': "import type { DuckDBInstance } from '@duckdb/node-api';\n" },
    'world',
    /snapshot/,
  ],
  ['DuckDB in a command', { 'cli/x.ts': "import { DuckDBInstance } from '@duckdb/node-api';\n" }, 'world', /snapshot/],
  [
    'the file system elsewhere',
    { 'findings/x.ts': "import { readFile } from 'node:fs/promises';\n" },
    'world',
    /node:fs\/promises/,
  ],
  [
    'the file system in another module of the policies',
    { 'policy/x.ts': "import fs from 'node:fs';\n" },
    'world',
    /policy\/files\.ts/,
  ],
  ['a process', { 'evidence/x.ts': "import { execFile } from 'node:child_process';\n" }, 'world', /src\/cli only/],
  ['an unlisted package', { 'report/x.ts': "import { z } from 'zod';\n" }, 'world', /zod/],
  [
    'printing',
    { 'evaluate/x.ts': 'export const f = () => {\n  console.log(1);\n};\n' },
    'process',
    /x\.ts:2 .*console/,
  ],
  ['the environment', { 'config/x.ts': 'export const a = process.env.HOME;\n' }, 'process', /process/],
  ['the clock', { 'findings/x.ts': 'export const now = () => Date.now();\n' }, 'clock', /Date\.now/],
  ['the clock, dressed up', { 'findings/x.ts': 'export const now = () => new Date( );\n' }, 'clock', /new Date/],
  [
    'the clock in a template',
    { 'findings/x.ts': `export const now = () => \`at \${new Date()} }\`;\n` },
    'clock',
    /new Date/,
  ],
  ['the monotonic clock', { 'snapshot/x.ts': 'export const t = performance.now();\n' }, 'clock', /performance/],
  ['chance', { 'report/x.ts': 'export const dice = Math.random();\n' }, 'randomness', /Math\.random/],
  ['random ids', { 'evidence/x.ts': "import { randomUUID } from 'node:crypto';\n" }, 'randomness', /randomUUID/],
  [
    'keys made elsewhere',
    { 'evidence/x.ts': "import { generateKeyPairSync } from 'node:crypto';\n" },
    'randomness',
    /evidence\/key\.ts/,
  ],
  ['a default export', { 'base/x.ts': 'export default 1;\n' }, 'default-export', /by its name/],
  [
    'a default export, renamed',
    { 'base/x.ts': 'const a = 1;\nexport { a as default };\n' },
    'default-export',
    /by its name/,
  ],
  ['a vague file', { 'base/helpers.ts': '' }, 'vague-name', /helpers\.ts/],
  ['a vague folder', { 'policy/common/x.ts': '' }, 'vague-name', /common/],
  ['a new room', { 'extra/x.ts': '' }, 'unknown-room', /extra is no room/],
  [
    'code in a face',
    { 'findings/index.ts': "export * from './read.ts';\nexport const one = 1;\n" },
    'face',
    /re-exports/,
  ],
  [
    'a circle of rooms',
    {
      'config/x.ts': "import { validate } from '../policy/index.ts';\n",
      'policy/x.ts': "import type { Config } from '../config/index.ts';\n",
    },
    'cycle',
    /config → policy → config|policy → config → policy/,
  ],
];

// Faces and what the plants name are enough: nothing else bears on them.
const house = [...files].filter(([file]) => /index\.ts$|^snapshot\/tables\.ts$|^cli\/terminal\.ts$/.test(file));

test.each(planted)('finds %s', (_, extra, rule, message) => {
  const found = breachesOf(new Map([...house, ...Object.entries(extra)])).filter(
    breach => breach.rule === rule && Object.hasOwn(extra, breach.file),
  );
  expect(found.map(sayBreach)).toEqual([expect.stringMatching(message)]);
  expect(found[0]?.remedy).not.toBe('');
});

test('strings, comments, patterns and properties are no breaches', () => {
  const innocent = `// console.log, Date.now() and import x from '../cli/main.ts'
/* process.exit() */
export const text = 'import { a } from "../cli/main.ts"; process.env';
export const pattern = /console\\.log['"]|[/]process\\.env/;
export const nested = \`\${[1].map(n => \`\${n} Math.random()\`).join('}')} process.env\`;
export const own = (a: { readonly process: { readonly id: number } }) => a.process.id + new Date(0).getTime();
export const half = 4 / 2 / 1;
`;
  expect(breachesOf(new Map([['findings/x.ts', innocent]]))).toEqual([]);
  expect(readSource(innocent).imports).toEqual([]);
});

test('reads every kind of import', () => {
  const text = `import './a.ts';
import type { B } from './b.ts';
import c, { type D } from "./c.ts";
import { type E, type F } from './e.ts';
import {
  g,
} from './g.ts';
export * from './h.ts';
export type { I } from './i.ts';
const later = () => import('./j.ts');
type K = typeof import('./k.ts');
`;
  expect(
    readSource(text).imports.map(
      ({ specifier, line, typesOnly }) => `${specifier}:${line}${typesOnly ? ' types' : ''}`,
    ),
  ).toEqual([
    './a.ts:1',
    './b.ts:2 types',
    './c.ts:3',
    './e.ts:4 types',
    './g.ts:5',
    './h.ts:8',
    './i.ts:9 types',
    './j.ts:10',
    './k.ts:11 types',
  ]);
});
