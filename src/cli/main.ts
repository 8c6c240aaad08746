#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { exitCodes } from '../base/index.ts';
import { reportFailure } from './terminal.ts';
import { toolVersion } from './version.ts';

type Run = (options: never, args: readonly string[]) => Promise<number>;

const many = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

const options = {
  config: new Option('-c, --config <file>', 'configuration (default: tallystick.yaml, then none)'),
  quiet: new Option('-q, --quiet', 'no progress and no summary'),
  policies: new Option('-p, --policies <path...>', 'policy files or folders'),
  param: new Option(
    '--param <name=value>',
    'parameter of a policy, NAME=VALUE or POLICY.NAME=VALUE; repeatable',
  ).argParser(many),
  profile: new Option('--profile <file>', 'profile that selects, re-grades and re-parameterises'),
  snapshot: new Option('-s, --snapshot <folder>', 'snapshot to judge; without it the sources are read first'),
  asOf: new Option('--as-of <time>', 'instant from which ages are measured (default: end of the snapshot)'),
  memory: new Option(
    '--memory <size>',
    'memory that the database may use (default: 1GB); it spills to disk beyond that',
  ),
} as const;

// Rooms are loaded by the command that needs them: `check` starts without the database, `--help` without anything.
const program = new Command('tallystick')
  .description('Audits group writeback from Microsoft Entra ID to Active Directory by policies')
  .version(toolVersion().version)
  .showHelpAfterError('(tallystick --help lists the commands)')
  .configureOutput({ writeErr: text => process.stderr.write(text) })
  .exitOverride();

function add(name: string, about: string, chosen: readonly Option[], load: () => Promise<Run>, args = ''): Command {
  const command = program.command(`${name} ${args}`.trim()).description(about);
  for (const option of chosen) command.addOption(option);
  command.exitOverride().action(async (...given: unknown[]) => {
    const run = await load();
    const values = command.processedArgs.flat().filter((value): value is string => typeof value === 'string');
    process.exitCode = await Reflect.apply(run, undefined, [command.opts(), values]);
    void given;
  });
  return command;
}

add(
  'collect',
  'read Active Directory and Microsoft Graph into a snapshot',
  [options.config, new Option('-o, --out <folder>', 'folder of the snapshots'), options.memory, options.quiet],
  async () => (await import('./collect.ts')).collect,
);

add(
  'audit',
  'judge a snapshot by the policies and write reports',
  [
    options.config,
    options.snapshot,
    options.policies,
    options.param,
    options.profile,
    new Option(
      '-f, --format <list>',
      'formats, comma separated: json, sarif, markdown, summary, github (default: json,sarif,markdown)',
    ),
    new Option('-o, --out <folder>', 'where to write; - with one format writes to stdout'),
    new Option('--fail-on <severity>', 'least severity that fails the run, or none (default: high)'),
    new Option('--max-unknown <n>', 'unknown verdicts to put up with (default: 0)'),
    new Option('--baseline <file>', 'earlier results.json, to tell new, unchanged and fixed apart'),
    options.asOf,
    options.memory,
    options.quiet,
  ],
  async () => (await import('./audit.ts')).audit,
);

add(
  'check',
  'check policies without reading any source',
  [
    options.config,
    options.param,
    options.profile,
    new Option('-f, --format <name>', 'how mistakes are written')
      .choices(['text', 'json', 'sarif', 'github'])
      .default('text'),
    new Option('--resolved', 'print the invariants as they will be judged'),
    options.quiet,
  ],
  async () => (await import('./check.ts')).check,
  '[paths...]',
);

add(
  'test',
  'run the tests beside the policies',
  [options.config, options.quiet],
  async () => (await import('./test.ts')).test,
  '[paths...]',
);

add(
  'impact',
  'compare what two versions of the policies find on one snapshot',
  [
    options.config,
    new Option('--base <dir|ref>', 'policies before: a folder, or a git revision').makeOptionMandatory(),
    new Option('--head <dir|ref>', 'policies after: a folder, or a git revision').makeOptionMandatory(),
    options.snapshot,
    new Option('-f, --format <name>', 'how the comparison is written')
      .choices(['text', 'json', 'markdown'])
      .default('text'),
    new Option(
      '--fail-on <severity>',
      'fail when a finding of this severity or worse appears or disappears (default: none)',
    ),
    options.asOf,
    options.memory,
    options.quiet,
  ],
  async () => (await import('./impact.ts')).impact,
);

const evidence = program
  .command('evidence')
  .description('seal a run into a pack that an auditor can verify, and verify it')
  .exitOverride();
function addEvidence(
  name: string,
  about: string,
  chosen: readonly Option[],
  load: () => Promise<Run>,
  args = '',
): void {
  const command = evidence.command(`${name} ${args}`.trim()).description(about).exitOverride();
  for (const option of chosen) command.addOption(option);
  command.action(async () => {
    const run = await load();
    const values = command.processedArgs.flat().filter((value): value is string => typeof value === 'string');
    process.exitCode = await Reflect.apply(run, undefined, [command.opts(), values]);
  });
}
addEvidence(
  'seal',
  'audit a snapshot and seal snapshot, policies, SQL and results into a signed zip',
  [
    options.config,
    new Option('-s, --snapshot <folder>', 'snapshot to seal').makeOptionMandatory(),
    options.policies,
    options.param,
    options.profile,
    new Option('-k, --key <file>', 'Ed25519 private key in PEM (PKCS#8)').makeOptionMandatory(),
    new Option('-o, --out <file>', 'the pack to write').makeOptionMandatory(),
    new Option('--force', 'overwrite an existing pack'),
    new Option('--baseline <file>', 'earlier results.json'),
    options.asOf,
    options.memory,
    options.quiet,
  ],
  async () => (await import('./evidence.ts')).seal,
);
addEvidence(
  'verify',
  'verify a pack offline; exit 5 when a byte was altered',
  [new Option('-k, --key <file>', 'public key to trust, in PEM'), options.quiet],
  async () => (await import('./evidence.ts')).verify,
  '<pack>',
);
addEvidence(
  'keygen',
  'make an Ed25519 key pair',
  [new Option('-o, --out <file>', 'file of the private key; the public one goes to <file>.pub').makeOptionMandatory()],
  async () => (await import('./evidence.ts')).keygen,
);

add(
  'explain',
  'explain an invariant, or a finding by its fingerprint',
  [
    options.config,
    options.policies,
    options.param,
    options.profile,
    new Option('--results <file>', 'results.json that holds the finding'),
    new Option('--sql', 'print only the SQL that judges the invariant'),
  ],
  async () => (await import('./explain.ts')).explain,
  '<invariant-or-fingerprint>',
);

add(
  'query',
  'ask a snapshot one question in SQL; reads only',
  [
    new Option('-s, --snapshot <folder>', 'snapshot to ask').makeOptionMandatory(),
    new Option('-f, --format <name>', 'how rows are written').choices(['table', 'json', 'csv']).default('table'),
    new Option('--limit <n>', 'most rows').default('1000'),
    new Option('--timeout <seconds>', 'most time').default('60'),
    options.memory,
  ],
  async () => (await import('./query.ts')).query,
  '<sql>',
);

try {
  await program.parseAsync(process.argv);
} catch (thrown) {
  // commander has already told what is wrong with the arguments.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? exitCodes.clean : exitCodes.input;
  else process.exitCode = reportFailure(thrown);
}
