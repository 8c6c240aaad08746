#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { exitCodes, flavours } from '../base/index.ts';
import { outliveReaders, reportFailure } from './terminal.ts';
import { toolVersion } from './version.ts';

type Run = (options: never, args: readonly string[]) => Promise<number>;

/** A command: what it is for, its options, and where its code is. */
type Entry = {
  readonly name: string;
  readonly about: string;
  readonly args?: string;
  readonly options: readonly Option[];
  readonly load: () => Promise<Run>;
};

const many = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];
const needed = (flags: string, about: string): Option => new Option(flags, about).makeOptionMandatory();

const config = new Option('-c, --config <file>', 'configuration (default: tallystick.yaml, then none)');
const quiet = new Option('-q, --quiet', 'no progress, no warnings and no summary');
const json = new Option('--json', 'print the outcome as JSON');
const profile = new Option('--profile <file>', 'profile that selects, re-grades and re-parameterises');
const param = new Option(
  '--param <name=value>',
  'parameter of a policy, NAME=VALUE or POLICY.NAME=VALUE; repeatable',
).argParser(many);
const policies = new Option('-p, --policies <path...>', 'policy files or folders');
const populations = new Option('--populations <file...>', 'populations of your own, as SQL files');
const baseline = new Option('--baseline <file>', 'earlier results.json, to tell new, unchanged and fixed apart');
const baselineSnapshot = new Option(
  '--baseline-snapshot <folder>',
  'snapshot of the baseline, to tell what comes from changed policies',
);
const previous = new Option(
  '--previous <folder>',
  'earlier snapshot to compare with: what policies over memberTurnovers judge',
);
const waivers = new Option('--waivers <file>', 'approved exceptions');
const asOf = new Option('--as-of <time>', 'instant from which ages are measured (default: end of the snapshot)');
const members = new Option('--members <mode>', 'how memberships of Entra ID are read').choices(['batch', 'delta']);
const minimal = new Option('--minimal', 'read only what the policies need');
const redact = new Option('--redact', 'store keyed pseudonyms in place of names (redact.key in the configuration)');
const memory = new Option('--memory <size>', 'memory of the database (default: 1GB); it spills to disk beyond that');

const resume = new Option(
  '--resume [folder]',
  'continue an interrupted collection: the last one, or the one in this folder',
);

// Rooms are loaded by the command that needs them: `check` starts without the database, `--help` without anything.
const commands: readonly Entry[] = [
  {
    name: 'init',
    about: 'write a commented configuration to begin with; never over an existing one',
    options: [
      new Option('-o, --out <file>', 'the file to write').default('tallystick.yaml'),
      new Option('--domain <name>', 'DNS name of the AD domain'),
      new Option('--dc <host...>', 'domain controllers, in order (default: dc1 of the domain)'),
      new Option('--container <dn...>', 'where written-back groups belong'),
      new Option('--tenant <id>', 'id of the tenant'),
      new Option('--auth <kind>', 'how to sign in to Microsoft Graph')
        .choices([
          ...['client-secret', 'client-certificate', 'managed-identity', 'workload-identity'],
          ...['github-oidc', 'azure-cli', 'token'],
        ])
        .default('client-certificate'),
      new Option('--client-id <id>', 'id of the application'),
      new Option('--flavour <name...>', 'engines that write groups back').choices(flavours).default(['cloud-sync']),
    ],
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'doctor',
    about: 'check configuration, reachability, TLS, sign-in, rights, clocks and schema; keeps nothing',
    options: [config, json],
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'collect',
    about: 'read Active Directory and Microsoft Graph into a snapshot',
    options: [
      ...[config, new Option('-o, --out <folder>', 'folder of the snapshots'), resume],
      new Option(
        '--incremental',
        'read again only what has changed since an earlier snapshot, and carry over the rest',
      ),
      new Option('--base <folder>', 'with --incremental: the snapshot to continue (default: the newest that fits)'),
      new Option('--prove', 'with --incremental: also read in full, and compare; exit 5 when something differs'),
      ...[new Option('--discard', 'only remove what interrupted collections left'), members],
      ...[minimal, policies, populations, param, profile, redact],
      ...[memory, json, quiet],
    ],
    load: async () => (await import('./collect.ts')).collect,
  },
  {
    name: 'audit',
    about: 'judge a snapshot by the policies and write reports',
    options: [
      ...[config, new Option('-s, --snapshot <folder>', 'snapshot to judge; without it the sources are read first')],
      ...[previous, resume, policies, populations, param, profile],
      new Option(
        '-f, --format <list>',
        'formats, comma separated: json, sarif, markdown, summary, github (default: json,sarif,markdown)',
      ),
      new Option('-o, --out <folder>', 'where to write; - with one format writes to stdout'),
      new Option('--confirm', 'read what violates something again from the live sources, and report what still does'),
      new Option(
        '--settle <duration>',
        'how long --confirm waits, such as 5m or 0 (default: the grace of the engines)',
      ),
      new Option('--fail-on <severity>', 'least severity that fails the run, or none (default: high)'),
      new Option('--max-unknown <n>', 'unknown verdicts to put up with (default: 0)'),
      ...[baseline, baselineSnapshot, waivers, asOf, minimal, redact, memory, quiet],
    ],
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'check',
    about: 'check policies and waivers without reading any source',
    args: '[paths...]',
    options: [
      ...[config, populations, param, profile],
      new Option('-f, --format <name>', 'how mistakes are written')
        .choices(['text', 'json', 'sarif', 'github'])
        .default('text'),
      new Option('--resolved', 'print the invariants as they will be judged'),
      new Option('-s, --snapshot <folder>', 'also tell invariants of which nothing in this snapshot is in scope'),
      new Option('--waivers <file>', 'also check waivers; with --snapshot also tell those that match nothing'),
      ...[asOf, memory, quiet],
    ],
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'controls',
    about: 'print which invariants are evidence for which control, and with results what they found',
    options: [
      ...[
        config,
        policies,
        populations,
        param,
        needed('--profile <file>', 'profile that names a framework and its controls'),
      ],
      new Option('--results <file>', 'results.json whose invariants are to speak of the controls'),
      new Option('-f, --format <name>', 'how they are written').choices(['text', 'json', 'markdown']).default('text'),
      quiet,
    ],
    load: async () => (await import('./controls.ts')).controls,
  },
  {
    name: 'permissions',
    about: 'print the least rights that the policies need, and the commands that grant them',
    options: [
      ...[config, policies, populations, param, profile],
      new Option('--commands <tool>', 'print only the commands for one tool').choices([
        'powershell',
        'azure-cli',
        'dsacls',
      ]),
      ...[json, quiet],
    ],
    load: async () => (await import('./permissions.ts')).permissions,
  },
  {
    name: 'test',
    about: 'run the tests beside the policies',
    args: '[paths...]',
    options: [
      ...[config, populations],
      new Option('--require-coverage', 'fail when the cases leave an invariant or one of its branches untested'),
      new Option('--conditions', 'also tell which conditions are never true, or never false, in the cases'),
      new Option('--mutate', 'also change every expression a little, one change at a time: 1 when no case notices'),
      quiet,
    ],
    load: async () => (await import('./test.ts')).test,
  },
  {
    name: 'impact',
    about: 'compare what two versions of the policies find on one snapshot',
    options: [
      config,
      needed('--base <path|ref>', 'policies before: a folder, or a git revision'),
      needed('--head <path|ref>', 'policies after: a folder, or a git revision'),
      needed('-s, --snapshot <folder>', 'snapshot on which both are judged'),
      new Option('-f, --format <name>', 'how the comparison is written')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
      new Option(
        '--fail-on <severity>',
        'fail when a finding of this severity or worse appears or disappears (default: none)',
      ),
      ...[asOf, memory],
    ],
    load: async () => (await import('./impact.ts')).impact,
  },
  {
    name: 'explain',
    about: 'explain an invariant by its id, or a finding by its fingerprint',
    args: '<id>',
    options: [
      ...[config, policies, populations, param, profile],
      new Option('--results <file>', 'results.json that holds the finding'),
      new Option('--sql', 'print only the SQL that judges the invariant'),
      new Option(
        '-s, --snapshot <folder>',
        'of a finding: also tell all facts, the way of the membership and its changes; with --sql: also open its tables',
      ),
      ...[previous, asOf, memory],
    ],
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'waivers',
    about: 'list waivers and how they stand: in force, expiring, over, unused, invalid',
    options: [
      ...[config, waivers, new Option('--results <file>', 'results.json of a run with waivers, instead of --waivers')],
      new Option('-s, --snapshot <folder>', 'snapshot to judge; without it nobody knows what they cover'),
      ...[policies, populations, param, profile, asOf, memory, json, quiet],
    ],
    load: async () => (await import('./waivers.ts')).waivers,
  },
  {
    name: 'docs',
    about: 'write a reference of populations, fields, functions, exit codes and the invariants of the policies',
    options: [
      ...[config, policies, param, profile],
      new Option('-o, --out <folder>', 'where the reference is written').default('reference'),
      new Option('--check', 'write nothing; exit 2 when the reference there is not what would be written'),
      quiet,
    ],
    load: async () => (await import('./docs.ts')).docs,
  },
  {
    name: 'lsp',
    about:
      'serve editors over stdin and stdout: diagnostics, hover and completion of policies (Language Server Protocol)',
    options: [new Option('--stdio', 'speak over stdin and stdout, which it always does')],
    load: async () => (await import('./lsp.ts')).lsp,
  },
  {
    name: 'drill',
    about: 'inject every known fault into a snapshot and print which invariants notice',
    options: [
      needed('-s, --snapshot <folder>', 'snapshot to inject into; its files stay as they are'),
      ...[config, policies, populations, param, profile],
      new Option('--seed <n>', 'chooses where faults happen').default('1'),
      new Option('--pairs <n>', 'how many pairs of faults are injected together').default('0'),
      new Option('--fault <id...>', 'only these faults'),
      new Option('-f, --format <name>', 'how the matrix is written')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
      ...[asOf, memory, quiet],
    ],
    load: async () => (await import('./drill.ts')).drill,
  },
  {
    name: 'query',
    about: 'ask a snapshot one question in SQL; reads only',
    args: '<sql>',
    options: [
      needed('-s, --snapshot <folder>', 'snapshot to ask'),
      new Option('--previous <folder>', 'earlier snapshot: its tables are there as earlier.ad_group and so on'),
      ...[config, populations],
      new Option('-f, --format <name>', 'how rows are written').choices(['table', 'json', 'csv']).default('table'),
      new Option('--limit <n>', 'most rows').default('1000'),
      new Option('--timeout <seconds>', 'most time').default('60'),
      memory,
    ],
    load: async () => (await import('./query.ts')).query,
  },
];

const evidenceCommands: readonly Entry[] = [
  {
    name: 'seal',
    about: 'audit a snapshot and seal snapshot, policies, SQL and results into a signed zip',
    options: [
      ...[config, needed('-s, --snapshot <folder>', 'snapshot to seal'), policies, populations, param, profile],
      needed('-k, --key <file>', 'Ed25519 private key in PEM (PKCS#8)'),
      needed('-o, --out <file>', 'the pack to write'),
      ...[new Option('--force', 'overwrite an existing pack'), baseline, baselineSnapshot, waivers, asOf],
      ...[memory, quiet],
    ],
    load: async () => (await import('./evidence.ts')).seal,
  },
  {
    name: 'verify',
    about: 'verify a pack offline; exit 5 when a byte was altered',
    args: '<pack>',
    options: [new Option('-k, --key <file>', 'public key to trust, in PEM'), json, quiet],
    load: async () => (await import('./evidence.ts')).verify,
  },
  {
    name: 'keygen',
    about: 'make an Ed25519 key pair',
    options: [needed('-o, --out <file>', 'file of the private key; the public one goes to <file>.pub'), quiet],
    load: async () => (await import('./evidence.ts')).keygen,
  },
];

const exitCodesHelp = `
Exit codes: 0 clean, 1 findings, 2 wrong input, 3 too little could be judged,
4 a source could not be read, 5 a snapshot or pack does not verify, 70 a bug`;

function add(parent: Command, { name, about, args = '', options, load }: Entry): void {
  const command = parent.command(`${name} ${args}`.trim()).description(about);
  for (const option of options) command.addOption(option);
  command.action(async () => {
    const run = await load();
    const values = command.processedArgs.flat().filter((value): value is string => typeof value === 'string');
    process.exitCode = await Reflect.apply(run, undefined, [command.opts(), values]);
  });
}

const program = new Command('tallystick')
  .description('Audits group writeback from Microsoft Entra ID to Active Directory by policies')
  .version(toolVersion().version)
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride()
  .addHelpText('after', exitCodesHelp);
for (const entry of commands) add(program, entry);
const evidence = program
  .command('evidence')
  .description('seal a run into a pack that an auditor can verify, and verify it');
for (const entry of evidenceCommands) add(evidence, entry);

outliveReaders();
try {
  await program.parseAsync(process.argv);
} catch (thrown) {
  // commander has already told what is wrong with the arguments.
  if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? exitCodes.clean : exitCodes.input;
  else process.exitCode = reportFailure(thrown);
}
