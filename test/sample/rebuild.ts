import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '../lab/generator/index.ts';
import { startLab } from '../lab/lab.ts';

/**
 * `npm run sample`: makes the sample tenant anew. Starts the lab, lets the collectors read it as they read any estate, and keeps their snapshot,
 * the configuration without its secrets, the planted violations, and the reports of its audit. `npm run sample -- --reports` makes only the reports.
 */
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'src', 'cli', 'main.ts');
const gallery = join(root, 'reports', 'sample');

// Parameters that are lists.
const lists: ReadonlySet<string> = new Set([
  'evidence.apiVersions',
  'identity.allowedChildren',
  'mail.acceptedHiddenGroups',
  'privilege.knownApps',
  'scope.allowedPimGroups',
  'source-of-authority.convertedGroups',
]);

if (!process.argv.includes('--reports')) await collectSample();
mkdirSync(gallery, { recursive: true });
const profile = ['--profile', 'test/sample/profile.yaml'];
const audit = ['audit', '--config', 'test/sample/tallystick.yaml', '--snapshot', 'test/sample/snapshot', ...profile];
const formats = ['--format', 'json,sarif,markdown,summary,github'];
await tallystick([...audit, '--fail-on', 'none', ...formats, '--out', gallery], process.env);

async function collectSample(): Promise<void> {
  const estate = generate({ seed: 1, drift: 'every invariant', asOf: Math.floor(Date.now() / 1000) * 1000 });
  const lab = await startLab({ estate });
  const work = mkdtempSync(join(tmpdir(), 'tallystick-sample-'));
  try {
    const env = { ...process.env, ...lab.env };
    // In the folder of the lab: the snapshot names the file of declared facts as it is seen from there.
    await tallystick(['collect', '--config', lab.configPath, '--out', work], env, lab.folder);
    const [snapshot = ''] = readdirSync(work);
    rmSync(join(here, 'snapshot'), { recursive: true, force: true });
    cpSync(join(work, snapshot), join(here, 'snapshot'), { recursive: true });
    writeFileSync(join(here, 'tallystick.yaml'), sampleConfig(estate.config.flavours));
    writeFileSync(join(here, 'profile.yaml'), sampleProfile(estate.config.params));
    writeFileSync(join(here, 'planted.json'), `${JSON.stringify(lab.labels, undefined, 1)}\n`);
  } finally {
    await lab.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

/** Runs a command beside this process, in which the tenant lives. */
async function tallystick(args: readonly string[], env: NodeJS.ProcessEnv, cwd = root): Promise<void> {
  const [code] = await once(spawn(process.execPath, [main, ...args], { cwd, env, stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`tallystick ${args[0]} ended with ${code}`);
}

/** What the audit of the sample needs: where groups belong and what is judged; no source, because the snapshot is there already. */
function sampleConfig(flavours: readonly string[]): string {
  return [
    '# The sample tenant: an invented estate that the collectors read from the lab (npm run lab). Rebuilt with: npm run sample',
    `flavour: [${flavours.join(', ')}]`,
    'policies: [../../policies]',
    'reports: ../../reports',
    '',
  ].join('\n');
}

/** The invariants that the generator breaks, with what the estate declares. */
function sampleProfile(params: Readonly<Record<string, string>>): string {
  const planted = readFileSync(new URL('../lab/planted.yaml', import.meta.url), 'utf8');
  const declared = Object.entries(params).map(([name, value]) => {
    if (!lists.has(name)) return `  ${name}: ${/^\d+$/.test(value) ? value : JSON.stringify(value)}\n`;
    const items = value.split(',').map(item => `    - ${item}\n`);
    return `  ${name}:\n${items.join('')}`;
  });
  const head = planted
    .replace('profile: planted', 'profile: sample')
    .replace(
      'title: The invariants that the generator of estates breaks',
      'title: The invariants that the sample tenant breaks',
    );
  return declared.length === 0 ? head : `${head}params:\n${declared.join('')}`;
}
