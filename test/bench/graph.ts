// A large tenant read through Microsoft Graph's documented quotas, members by batch and by delta; the figures go into docs/benchmarks.md.
//   npm run bench:graph [-- --quick] [--only batch|delta] [--latency MS] [--connections N]
// --quick divides the tenant by fifty and writes nothing into the docs.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import type { MemberMode } from '../../src/config/index.ts';
import { intoDocs, machine } from './figures.ts';
import type { Job, Measured } from './graph-client.ts';
import type { Ready, Served } from './graph-double.ts';
import { fullSize, sizeOf } from './graph-tenant.ts';

const { values: options } = parseArgs({
  args: argv.slice(2),
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    latency: { type: 'string', default: '150' },
    connections: { type: 'string', default: '16' },
  },
});

const COMMAND = 'npm run bench:graph';
/** Pause of the double for each part of a batch, on top of the latency. */
const PART_MS = 10;
const UNITS_PER_SECOND = 800;
const latencyMs = Number(options.latency);
const scale = options.quick ? 50 : 1;
const size = { groups: fullSize.groups / scale, users: fullSize.users / scale };
const modes = (['batch', 'delta'] as const).filter(mode => options.only === undefined || options.only === mode);

const bound = lowerBound();
const header = `| members by | seconds | × lower bound of batch | seconds to write the snapshot | processor seconds | peak MB | requests | parts of batches | resource units | 429 | as planted |
|---|---|---|---|---|---|---|---|---|---|---|`;
const lines: string[] = [];
let wrong = false;
for (const mode of modes) {
  const { measured, served } = await run(mode);
  stderr.write(`${mode}: ${JSON.stringify({ ...measured, ...served })}\n`);
  if (measured.wrong.length > 0) wrong = true;
  lines.push(
    `| ${mode} | ${measured.collectSeconds} | ${(measured.collectSeconds / bound.seconds).toFixed(2)} | ${measured.sealSeconds} | ${measured.cpuSeconds} | ${measured.peakRssMb} | ${served.requests} | ${served.parts} | ${served.units} | ${served.throttled} | ${measured.wrong.length === 0 ? 'yes' : 'NO'} |`,
  );
}
const about = `${machine(COMMAND)}: ${size.groups} groups, ${bound.edges} memberships, ${size.users} users; ${latencyMs} ms for each request and ${PART_MS} ms for each part of a batch, ${options.connections} connections, 8,000 resource units in ten seconds, 400 MB for DuckDB. Lower bound of batch: ${bound.seconds.toFixed(0)} s.`;
const report = [about, '', header, ...lines].join('\n');
stdout.write(`${report}\n`);
if (!options.quick && options.only === undefined) await intoDocs(COMMAND, report);
if (wrong) exit(1);

/** What no reading of every group's own list can go below: the quota, and the longest chain of pages. Writing, checking and counting not included. */
function lowerBound(): { readonly seconds: number; readonly edges: number } {
  const sizes = Array.from({ length: size.groups }, (_, group) => sizeOf(group, size));
  const pages = (members: number) => Math.max(1, Math.ceil(members / 999));
  const total = sizes.reduce((sum, members) => sum + pages(members), 0);
  const chain = Math.max(pages(sizes.reduce((most, members) => Math.max(most, members), 0)), pages(size.users));
  return {
    seconds: Math.max((2 * total) / UNITS_PER_SECOND, (chain * latencyMs) / 1000),
    edges: sizes.reduce((sum, members) => sum + members, 0),
  };
}

async function run(mode: MemberMode): Promise<{ readonly measured: Measured; readonly served: Served }> {
  const directory = await mkdtemp(join(tmpdir(), 'tallystick-bench-'));
  const double = start('graph-double.ts', [size.groups, size.users, latencyMs, PART_MS].map(String));
  try {
    const ready = await answerOf<Ready>(double);
    const client = start('graph-client.ts', []);
    const job: Job = { ...ready, mode, connections: Number(options.connections), size, directory };
    const waiting = answerOf<Measured>(client);
    client.send(job);
    const measured = await waiting;
    const figures = answerOf<Served>(double);
    double.send('figures');
    return { measured, served: await figures };
  } finally {
    double.disconnect();
    await rm(directory, { recursive: true, force: true });
  }
}

function start(script: string, args: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, script), [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The next message of a child; rejects when it ends without one. */
async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  try {
    const [message] = await Promise.race([
      once(child, 'message', { signal: ended.signal }),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`a part of the benchmark ended with ${String(code)}`);
      }),
    ]);
    return message as T;
  } finally {
    ended.abort();
  }
}
