import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AuditError } from '../../src/base/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import { model } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import { loadWaivers } from '../../src/waivers/index.ts';
import { readDocument } from '../../src/yaml/index.ts';
import { anchorsOf, blocksOf, linksOf, pages, proseOf, root, textOf } from './markdown.ts';

// Generated pages are held to their sources by the first test; reading a hundred of them again for commands would find nothing.
const written = pages().filter(page => !page.startsWith('docs/reference/'));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('generated files are what their sources give; if the change is meant: npm run generate', () => {
  const { stderr, status } = spawnSync(process.execPath, ['--no-warnings', '.ci/generate.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
}, 240_000);

test.each(pages())('the links of %s lead somewhere', page => {
  const dead = linksOf(textOf(page)).filter(target => !isAlive(page, target));
  expect(dead).toEqual([]);
});

function isAlive(page: string, target: string): boolean {
  if (/^(https|mailto):/.test(target)) return URL.canParse(target);
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path)).replaceAll('\\', '/');
  if (!existsSync(join(root, file)) || file.startsWith('..')) return false;
  return anchor === undefined || (statSync(join(root, file)).isFile() && anchorsOf(textOf(file)).has(anchor));
}

test('no page is an orphan: one can click from the README to every page', () => {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const target of linksOf(textOf(page))) {
      const file = normalize(join(dirname(page), target.split('#')[0] ?? '')).replaceAll('\\', '/');
      if (file.endsWith('.md') && existsSync(join(root, file))) reached.add(file);
    }
  expect(pages().filter(page => !reached.has(page))).toEqual([]);
});

/** Every command line of tallystick in a page: in blocks of shell, in indented blocks, and in `code`. */
function commandLines(page: string): readonly string[] {
  const text = textOf(page);
  const shell = blocksOf(text).flatMap(({ language, text: block }) =>
    /^(sh|yaml|yml|)$/.test(language) ? block.split('\n') : [],
  );
  const prose = proseOf(text);
  const code = [...prose.matchAll(/`(tallystick [^`]+)`/g)].map(([, command = '']) => command);
  return [...shell, ...prose.split('\n').filter(line => line.startsWith('    ')), ...code].flatMap(line => {
    const [, command] = /(?:^|[\s|;&])tallystick ([a-z-]+(?: .*)?)$/.exec(line.replace(/\s#.*$/, '').trimEnd()) ?? [];
    return command === undefined ? [] : [command];
  });
}

test('documented commands and their options are those of the program', () => {
  const help = readFileSync(join(root, 'docs/reference/commands.md'), 'utf8');
  const options = new Map<string, string>();
  for (const [, name = '', text = ''] of help.matchAll(/^## (.+)\n\n```text\n([\s\S]*?)\n```$/gm))
    options.set(name, text);
  const mistakes = written.flatMap(page =>
    commandLines(page).flatMap(line => {
      const words = line.split(/[\s|>&]+/);
      const name = [`${words[0]} ${words[1]}`, `${words[0]}`].find(candidate => options.has(candidate));
      if (name === undefined) return [`${page}: there is no command in: tallystick ${line}`];
      return [...line.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)]
        .filter(([option]) => !new RegExp(`(?<![\\w-])${option}(?![\\w-])`).test(options.get(name) ?? ''))
        .map(([option]) => `${page}: ${name} has no ${option}`);
    }),
  );
  expect(options.size).toBeGreaterThan(8);
  expect(written.flatMap(commandLines).length).toBeGreaterThan(20);
  expect(mistakes).toEqual([]);
});

test('documented npm scripts exist', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = written.flatMap(page =>
    [...textOf(page).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(([, run, short]) => run ?? short ?? ''),
  );
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter(name => scripts[name] === undefined)).toEqual([]);
});

test('documented scripts of node exist', () => {
  const named = written.flatMap(page =>
    [...textOf(page).matchAll(/\bnode ((?:test|src)\/[\w./-]+)/g)].map(([, file = '']) => file),
  );
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter(file => !existsSync(join(root, file)))).toEqual([]);
});

test('the messages that the guide to troubleshooting explains are messages of the program', () => {
  const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => readFileSync(join(root, 'src', name), 'utf8'))
    .join('\n')
    .replaceAll("\\'", "'");
  const text = textOf('docs/troubleshooting.md');
  const rows = [...text.matchAll(/^\| (?:gap )?`([^`]+)` \|/gm)].map(([, message = '']) => message);
  const quoted = [...text.matchAll(/^\*\*"([^"]+)"\*\*/gm)].map(([, message = '']) =>
    message.replace('No audit was performed: ', ''),
  );
  const pieces = [...rows, ...quoted]
    .flatMap(message => message.replaceAll('manifest.json', '…').split('…'))
    .map(piece => piece.trim());
  expect(pieces.length).toBeGreaterThan(25);
  expect(pieces.filter(piece => piece !== '' && !source.includes(piece))).toEqual([]);
});

type Snippet = { readonly page: string; readonly line: number; readonly text: string };

function snippets(language: RegExp): readonly Snippet[] {
  return written.flatMap(page =>
    blocksOf(textOf(page))
      .filter(block => language.test(block.language))
      .map(({ line, text }) => ({ page, line, text })),
  );
}

test('snippets of JSON are JSON', () => {
  for (const { text } of snippets(/^json$/)) expect(() => JSON.parse(text)).not.toThrow();
});

test.each(
  snippets(/^cel$/).flatMap(({ page, text }) =>
    text
      .trimEnd()
      .split('\n')
      .map(line => [line, page]),
  ),
)('the expression %s of %s is one about groups', (expression = '') => {
  const file = join(folder, 'expression.yaml');
  const invariant = {
    id: 'expression',
    title: 'An expression',
    flavours: ['cloud-sync'],
    over: 'groups',
    expect: expression,
    severity: 'low',
    message: 'no',
    remediation: 'none',
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ policy: 'expression', title: 'Expression', invariants: [invariant] }));
  const { problems } = loadPolicies({ paths: [file], cwd: folder, params: {}, model, asOf: 0 });
  // By itself an expression may have parts that can only be true.
  expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
});

/** The first key of a snippet of YAML says what kind of file it is. */
const kinds = {
  policy: /^policy:/m,
  profile: /^profile:/m,
  tests: /^tests:/m,
  waivers: /^waivers:/m,
  configuration: /^(ad|graph|flavour|acceptUnknown|policies|populations):/m,
} as const;

const yaml = snippets(/^ya?ml$/).map(snippet => ({
  ...snippet,
  kind: Object.entries(kinds).find(([, pattern]) => pattern.test(snippet.text))?.[0],
}));
const known = yaml
  .filter(snippet => snippet.kind !== undefined)
  .map(snippet => [`${snippet.page}:${snippet.line}`, snippet] as const);

test('snippets of YAML are YAML, and of every kind there are some', () => {
  for (const { page, line, text } of yaml) {
    const reading = readDocument(Buffer.from(text), `${page}:${line}`);
    expect(reading.ok ? [] : reading.problems).toEqual([]);
  }
  expect(new Set(yaml.flatMap(({ kind }) => kind ?? []))).toEqual(new Set(Object.keys(kinds)));
});

test.each(known)('the snippet of %s passes the check of its kind', (_, { kind, text }) => {
  const name = /^(?:policy|tests): ([\w-]+)/m.exec(text)?.[1] ?? 'snippet';
  const file = join(folder, `${name}.yaml`);
  const shipped = join(root, 'policies');
  writeFileSync(file, text);
  const load = (paths: readonly string[], profile?: string) =>
    loadPolicies({ paths, cwd: folder, params: {}, model, asOf: 0, ...(profile === undefined ? {} : { profile }) });
  if (kind === 'policy') expect(refersToRecipe(text) ? [] : load([file]).problems).toEqual([]);
  if (kind === 'profile') expect(load([shipped], file).problems).toEqual([]);
  if (kind === 'waivers')
    expect(loadWaivers(file, folder, { policies: load([shipped]), model, asOf: 0 }).problems).toEqual([]);
  if (kind === 'configuration') expect(problemsOf(text)).toEqual([]);
});

/** Fields and populations that only a page itself brings are judged by a test of that page, with what it brings. */
function refersToRecipe(text: string): boolean {
  return /group\.cloud\.mailEnabled|over: (deletedGroups|guestMembers)/.test(text);
}

function problemsOf(text: string): readonly string[] {
  const path = join(folder, 'tallystick.yaml');
  // What the snippets only name must be there.
  for (const name of ['ca.pem', 'audit.pem'])
    writeFileSync(join(folder, name), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
  writeFileSync(path, text);
  try {
    loadConfig(path, {});
    return [];
  } catch (thrown) {
    if (thrown instanceof AuditError) return thrown.problems.map(problem => problem.message);
    throw thrown;
  }
}

const suites = known.filter(([, { kind }]) => kind === 'tests');

test.each(suites)('the cases of %s hold for the policy of the same page', (_, { page, text }) => {
  const name = /^tests: ([\w-]+)/m.exec(text)?.[1] ?? '';
  const policy = known.find(
    ([, other]) => other.page === page && other.kind === 'policy' && other.text.includes(`policy: ${name}\n`),
  );
  // A page may also show cases of a shipped policy.
  const source = policy?.[1].text ?? readFileSync(join(root, 'policies', `${name}.yaml`), 'utf8');
  if (refersToRecipe(source)) return;
  writeFileSync(join(folder, `${name}.yaml`), source);
  writeFileSync(join(folder, `${name}.test.yaml`), text);
  const main = join(root, 'src', 'cli', 'main.ts');
  const { stdout, status } = spawnSync(process.execPath, ['--no-warnings', main, 'test', `${name}.test.yaml`], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ stdout, status }).toEqual({ stdout, status: 0 });
});
