// Writes everything that is made from other files: the reference below docs/, the generated blocks of pages, the precompiled validators.
//   npm run generate             writes
//   npm run generate -- --check  fails when a committed file is not what would be written
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  facetsPage,
  functionsPage,
  invariantPage,
  invariantsPage,
  populationsPage,
  readersOf,
} from '../src/reference/index.ts';
import { cataloguePage } from './catalogue.mjs';
import { completionData } from './completion.mjs';
import { fence, fill } from './markdown.mjs';
import { checksTable, formatsTable, graphRightsTable, snapshotPage } from './reference.mjs';
import { commandsPage, commandsTable, configurationTables, readCommands } from './reference-commands.mjs';
import { faultsTable } from './reference-drill.mjs';
import { controlsOf, controlsPage, shippedInvariants, shippedMappings } from './reference-invariants.mjs';
import { refresh } from './validators.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = file => readFileSync(join(root, file), 'utf8');

/** The guide lies beside the reference, and what the policies say is ours. */
const site = {
  command: 'npm run generate',
  guide: (words, page) => `[${words}](../${page})`,
  file: (words, path, up) => `[${words}](${up}/${path})`,
  words: text => text,
  prose: text => text.trim(),
};

/** Path relative to the root → what the file must hold. */
async function generated() {
  const shipped = shippedInvariants(root);
  const mappings = shippedMappings(root);
  const commands = await readCommands(root);
  const files = new Map([
    ['docs/reference/populations.md', populationsPage(site)],
    ['docs/reference/functions.md', functionsPage(site)],
    ['docs/reference/facets.md', facetsPage(site, readersOf(shipped.compiled))],
    ['docs/reference/snapshot.md', snapshotPage()],
    ['docs/reference/commands.md', commandsPage(commands)],
    ['docs/reference/invariants.md', invariantsPage(site, shipped)],
    ['docs/reference/catalogue.md', cataloguePage(shipped)],
    ['docs/reference/controls.md', controlsPage(mappings)],
  ]);
  for (const each of shipped.compiled) {
    const { path } = shipped.policies.find(({ name }) => name === each.invariant.policy);
    const beside = path.replace(/\.yaml$/, '.test.yaml');
    const tests = existsSync(join(root, beside)) ? beside : undefined;
    const { id } = each.invariant;
    const text = invariantPage(site, each, { path, tests, controls: controlsOf(id, mappings) });
    files.set(`docs/reference/invariants/${id}.md`, text);
  }
  files.set('docs/configuration.md', fill(read('docs/configuration.md'), 'keys', configurationTables(root)));
  files.set('docs/troubleshooting.md', fill(read('docs/troubleshooting.md'), 'checks', checksTable()));
  files.set('docs/permissions.md', fill(read('docs/permissions.md'), 'rights', graphRightsTable(shipped.compiled)));
  files.set('docs/drill.md', fill(read('docs/drill.md'), 'faults', faultsTable()));
  files.set('schemas/completion.json', completionData());
  files.set('README.md', readme(commands));
  return files;
}

function readme(commands) {
  let text = fill(read('README.md'), 'commands', commandsTable(commands, 'docs/reference/commands.md'));
  text = fill(text, 'formats', formatsTable());
  // `npm run sample` audits the sample tenant and leaves the summary there.
  const sample = 'reports/sample/summary.txt';
  return existsSync(join(root, sample)) ? fill(text, 'sample', fence(picture(read(sample)), 'text')) : text;
}

/** The beginning of a summary and what it says to do next; the whole would fill the page. */
function picture(summary) {
  const lines = summary.trimEnd().split('\n');
  const table = lines.findIndex(line => line.startsWith('  severity '));
  const first = lines.findIndex((line, at) => at > table && /^[✗!?] (?!\w+ +[\w-]+ +\d)/.test(line));
  const next = lines.findLastIndex(line => line.startsWith('Next: '));
  const shown = [lines.slice(0, 8), lines.slice(table, table + 9), ['  …', ''], lines.slice(first, first + 6)];
  return [...shown.flat(), '  …', '', ...lines.slice(next)].join('\n');
}

/** Reference pages that nothing makes any more. */
function leftOver(files) {
  return ['docs/reference', 'docs/reference/invariants']
    .filter(folder => existsSync(join(root, folder)))
    .flatMap(folder =>
      readdirSync(join(root, folder))
        .filter(name => name.endsWith('.md'))
        .map(name => `${folder}/${name}`),
    )
    .filter(file => !files.has(file));
}

const check = argv.includes('--check');
const files = await generated();
const stale = await refresh({ write: !check });
for (const [file, text] of files) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(file);
  if (check) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
for (const file of leftOver(files)) {
  stale.push(file);
  if (!check) rmSync(join(root, file));
}
for (const file of stale) (check ? stderr : stdout).write(`${check ? 'stale' : 'wrote'} ${file}\n`);
if (check && stale.length > 0) {
  stderr.write('run: npm run generate\n');
  exit(1);
}
