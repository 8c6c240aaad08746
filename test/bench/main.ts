// All contenders on both estates, each in a process of its own and in turn, and the table of what they took into docs/benchmarks.md.
//   npm run bench [-- --quick] [--rounds N] [--keep FOLDER] [--only a|b]
// --quick divides the estates by fifty and writes nothing into the docs; --keep uses and keeps the estates of FOLDER.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { argv, execPath, exit, stderr, stdout } from 'node:process';
import { parseArgs, promisify } from 'node:util';
import type { Outcome } from './contender.ts';
import { intoDocs, machine } from './figures.ts';
import { oneMoreRows } from './one-more.ts';

const { values: options } = parseArgs({
  args: argv.slice(2),
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '2' },
    keep: { type: 'string' },
    only: { type: 'string' },
    'more-rounds': { type: 'string', default: '5' },
  },
});
const run = promisify(execFile);
const here = new URL('.', import.meta.url).pathname;
const root = new URL('../..', import.meta.url).pathname;
const scale = options.quick ? 50 : 1;
const rounds = Number(options.rounds);
const estates = ['a', 'b'].filter(name => options.only === undefined || options.only === name);
const contenders: Readonly<Record<string, readonly string[]>> = {
  tallystick: [join(here, 'judge.ts')],
  'hand-written SQL': [join(here, 'handwritten.ts')],
  'Maps and Sets': ['--max-old-space-size=16000', join(here, 'maps.ts')],
};

const header = `| estate | contender | seconds, each round | × tallystick's best | processor seconds | peak MB | findings | as planted |
|---|---|---|---|---|---|---|---|`;

const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'tallystick-bench-')));
const lines: string[] = [];
const more: string[] = [];
let wrong = false;
try {
  for (const name of estates) {
    const snapshot = await estateOf(name);
    await warm(snapshot);
    const results = new Map<string, Outcome[]>(Object.keys(contenders).map(contender => [contender, []]));
    for (let round = 0; round < rounds; round++)
      for (const [contender, command] of Object.entries(contenders)) {
        // Maps of more than 16,777,216 entries do not exist, and one round of minutes tells enough.
        if (contender === 'Maps and Sets' && (name === 'b' || round > 0)) continue;
        results.get(contender)?.push(await outcome(name, contender, [...command, snapshot]));
      }
    lines.push(...rowsOf(name, results));
    if (name === 'a')
      more.push(
        ...(await oneMoreRows(Number(options['more-rounds']), further =>
          node([join(here, 'judge.ts'), snapshot, '1GB', ...further]),
        )),
      );
  }
  const command = await checkCommand();
  const check = await checkTimes(command);
  lines.push(
    '',
    `\`check\` on all shipped policies, from cold start (${relative(root, command)}): median of ${check.length} runs ${median(check)} ms.`,
  );
  const report = [
    `${machine('npm run bench')}${options.quick ? ', at one fiftieth of the size' : ''}.`,
    '',
    header,
    ...lines,
    ...more,
  ].join('\n');
  stdout.write(`${report}\n`);
  if (!options.quick && options.only === undefined) await intoDocs('npm run bench', report);
} finally {
  if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
}
if (wrong) exit(1);

/** The snapshot of an estate, made when it is not there yet. */
async function estateOf(name: string): Promise<string> {
  const place = join(folder, `${name}-${scale}`);
  await mkdir(place, { recursive: true });
  const found = (await readdir(place)).find(each => each.endsWith('.expected.json'));
  if (found !== undefined) return join(place, found.replace(/\.expected\.json$/, ''));
  const text = await node([join(here, 'generate.ts'), name, place, '1', String(scale)]);
  stderr.write(`${name}: ${text}`);
  return String(JSON.parse(text).snapshot);
}

/** Reads every file once, so that no contender pays for the disk. */
async function warm(snapshot: string): Promise<void> {
  for (const file of await readdir(snapshot))
    if ((await stat(join(snapshot, file))).isFile()) await readFile(join(snapshot, file));
}

async function outcome(estate: string, contender: string, args: readonly string[]): Promise<Outcome> {
  const result: Outcome = JSON.parse(await node(args));
  stderr.write(`${estate} ${contender}: ${result.seconds} s, ${result.peakRssMb} MB ${result.wrong.join('; ')}\n`);
  if (result.wrong.length > 0) wrong = true;
  return result;
}

async function node(args: readonly string[]): Promise<string> {
  return (await run(execPath, args, { cwd: root, maxBuffer: 2 ** 26 })).stdout;
}

/** How `check` is started: the built command, or the source when nothing is built or the build is older than the policies. */
async function checkCommand(): Promise<string> {
  const built = join(root, 'dist/cli/main.js');
  const usable =
    existsSync(built) &&
    (await node([built, 'check', 'policies']).then(
      () => true,
      () => false,
    ));
  return usable ? built : join(root, 'src/cli/main.ts');
}

/** Milliseconds of eleven runs of a command that checks the shipped policies. */
async function checkTimes(command: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < 11; round++) {
    const begun = performance.now();
    await node([command, 'check', 'policies']);
    times.push(Math.round(performance.now() - begun));
  }
  return times;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function least(numbers: readonly number[]): number {
  return Math.min(...numbers);
}

function rowsOf(name: string, results: ReadonlyMap<string, readonly Outcome[]>): readonly string[] {
  const ours = least((results.get('tallystick') ?? []).map(each => each.seconds));
  return [...results].flatMap(([contender, outcomes]) => {
    if (outcomes.length === 0) return [];
    const times = outcomes.map(each => each.seconds);
    const exact = outcomes.every(each => each.wrong.length === 0) ? 'yes' : 'NO';
    const cpu = least(outcomes.map(each => each.cpuSeconds)).toFixed(1);
    const memory = Math.max(...outcomes.map(each => each.peakRssMb));
    const ratio = (least(times) / ours).toFixed(2);
    return [
      `| ${name} | ${contender} | ${times.map(time => time.toFixed(1)).join(', ')} | ${ratio} | ${cpu} | ${memory} | ${outcomes[0]?.findings ?? 0} | ${exact} |`,
    ];
  });
}
