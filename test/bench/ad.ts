// How fast AD is read, against OpenLDAP's ldapsearch on the same Samba domain controller in turn, and how much memory it takes as a directory grows.
//   npm run bench:ad [-- --quick] [--rounds N] [--groups N] [--only speed|memory] [--server FILE]
// --quick divides the directories by twenty and writes nothing into the docs; --server uses a domain controller that runs and is loaded (the JSON that a
// run with --serve prints), --serve loads one and waits. Needs root for Samba, and the package ldap-utils.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, execPath, stderr, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { groupAttributes } from '../../src/collect/ad/group-row.ts';
import { startDomainController } from '../lab/samba/domain-controller.ts';
import { readWithCollector, readWithLdapsearch } from './ad/contenders.ts';
import { ldifTexts, WRITEBACK } from './ad/estate.ts';
import type { Job, Reading } from './ad/job.ts';
import { intoDocs, machine } from './figures.ts';

const { values: options } = parseArgs({
  args: argv.slice(2),
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    groups: { type: 'string', default: '10000' },
    only: { type: 'string' },
    server: { type: 'string' },
    serve: { type: 'boolean', default: false },
  },
});
// Little enough that a search which kept what it read would not get through the largest directory.
const SEARCH_HEAP_MB = 64;
const WHOLE_HEAP_MB = 384;
const scale = options.quick ? 20 : 1;
const rounds = Number(options.rounds);
const folder = await mkdtemp(join(tmpdir(), 'tallystick-bench-ad-'));
const here = new URL('./ad/', import.meta.url).pathname;

type Server = Pick<Job, 'url' | 'ca' | 'user' | 'password'> & { readonly base: string; readonly software: string };

try {
  const report = [`${machine('npm run bench:ad')}.`];
  if (options.only !== 'memory') report.push('', ...(await speed()));
  if (options.only !== 'speed' && !options.serve) report.push('', ...(await memory()));
  stdout.write(`${report.join('\n')}\n`);
  if (!options.quick && options.only === undefined && !options.serve)
    await intoDocs('npm run bench:ad', report.join('\n'));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function speed(): Promise<readonly string[]> {
  if (options.server !== undefined) return compare(JSON.parse(await readFile(options.server, 'utf8')));
  const groups = Math.round(Number(options.groups) / scale);
  const dc = await startDomainController();
  try {
    const begun = performance.now();
    for (const text of ldifTexts({ groups, users: groups, members: 20 }, dc.base, dc.domainSid)) await dc.load([text]);
    stderr.write(`${groups} users and groups loaded in ${Math.round((performance.now() - begun) / 1000)} s\n`);
    const { user, password } = dc.auditor;
    const server = {
      url: dc.ldaps,
      ca: dc.ca.path,
      user,
      password,
      base: dc.base,
      software: `Samba ${dc.samba.text.replace(/^Version /, '')}`,
    };
    if (!options.serve) return await compare(server);
    stdout.write(`${JSON.stringify(server)}\n`);
    await once(process, 'SIGINT');
    return [];
  } finally {
    await dc.stop();
  }
}

/** All contenders in turn, `rounds` times, after one reading each that does not count. */
async function compare(server: Server): Promise<readonly string[]> {
  const secret = join(folder, 'password');
  await writeFile(secret, server.password, { mode: 0o600 });
  const attributes = [...groupAttributes, 'member', 'memberOf', 'nTSecurityDescriptor'];
  const container = `${WRITEBACK},${server.base}`;
  const job = {
    ...server,
    container,
    filter: '(objectClass=group)',
    attributes,
    pageSize: 1000,
    plain: false,
    whole: false,
  };
  const few = [
    'objectGUID',
    'objectSid',
    'cn',
    'sAMAccountName',
    'displayName',
    'groupType',
    'mail',
    'whenChanged',
    'member',
  ];
  const plain = { ...job, attributes: few, plain: true };
  const contenders: Readonly<Record<string, () => Promise<Reading>>> = {
    'all that is read of a group, tallystick': () => readWithCollector(job),
    'all that is read of a group, ldapsearch': () => readWithLdapsearch(job, secret, false),
    'few attributes, tallystick': () => readWithCollector(plain),
    'few attributes, ldapsearch': () => readWithLdapsearch(plain, secret, false),
    'the whole collection of AD into a snapshot, tallystick': () => readWithCollector({ ...job, whole: true }),
  };
  const { objects } = await readWithLdapsearch(job, secret, true);
  const readings = new Map<string, Reading[]>(Object.keys(contenders).map(name => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const [name, read] of Object.entries(contenders)) {
      const reading = await read();
      if (!name.includes('whole') && name.includes('tallystick') && reading.objects !== objects)
        throw new Error(`${name} read ${reading.objects} groups, ldapsearch ${objects}`);
      stderr.write(`${name}: ${reading.seconds.toFixed(2)} s, ${reading.cpuSeconds.toFixed(2)} s of processor\n`);
      if (round >= 0) readings.get(name)?.push(reading);
    }
  const head = `${objects} groups of 20 members over LDAPS, ${server.software} on the same machine, pages of 1,000, ${rounds} rounds in turn, medians:`;
  return [
    head,
    '',
    '| reading | seconds, each round | median | objects per second | processor seconds of the reader |',
    '|---|---|---|---|---|',
    ...[...readings].map(([name, list]) => row(name, list, objects)),
  ];
}

function row(name: string, list: readonly Reading[], objects: number): string {
  const seconds = median(list.map(one => one.seconds));
  const read = Math.max(objects, ...list.map(one => one.objects));
  const each = list.map(one => one.seconds.toFixed(2)).join(', ');
  const cpu = median(list.map(one => one.cpuSeconds)).toFixed(2);
  return `| ${name} | ${each} | ${seconds.toFixed(2)} | ${Math.round(read / seconds)} | ${cpu} |`;
}

/** Directories of growing size on the fake server, each read by a process of its own. */
async function memory(): Promise<readonly string[]> {
  const lines = [
    '| users and groups | members | one search: peak MB | whole collection: peak MB | seconds |',
    '|---|---|---|---|---|',
  ];
  for (const objects of [10_000, 50_000, 200_000].map(size => size / scale)) {
    const server = await startDouble(objects / 2);
    try {
      const attributes = [...groupAttributes, 'member', 'memberOf', 'nTSecurityDescriptor'];
      const job = { ...server, container: `${WRITEBACK},${server.base}`, attributes, pageSize: 1000, plain: false };
      const search = await readWithCollector(
        {
          ...job,
          filter: '(objectClass=*)',
          container: server.base,
          whole: false,
        },
        SEARCH_HEAP_MB,
      );
      const whole = await readWithCollector({ ...job, filter: '', whole: true }, WHOLE_HEAP_MB);
      if (search.objects < objects || whole.objects < objects)
        throw new Error(`of ${objects} objects a search read ${search.objects}, a collection ${whole.objects}`);
      lines.push(
        `| ${objects} | ${objects * 5} | ${search.peakRssMb} | ${whole.peakRssMb} | ${whole.seconds.toFixed(1)} |`,
      );
      stderr.write(`${lines.at(-1)}\n`);
    } finally {
      await server.stop();
    }
  }
  return lines;
}

async function startDouble(half: number): Promise<Server & { readonly stop: () => Promise<void> }> {
  const args = ['--no-warnings', '--max-old-space-size=6000', join(here, 'double.ts'), half, half, 10, folder].map(
    String,
  );
  const child = spawn(execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const stop = async () => {
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  };
  return { ...JSON.parse(String(line)), software: 'a double', stop };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
