// Reads a directory once with the collector's own directory layer, or with a whole collection, and prints what it took.
//   node test/bench/ad/reader.ts '<job as JSON>'
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, cpuUsage, resourceUsage, stdout } from 'node:process';
import { extendedDnControl, securityControl } from '../../../src/collect/ad/controls.ts';
import { directoryOf } from '../../../src/collect/ad/directory.ts';
import { bytesOf } from '../../../src/collect/ad/entry.ts';
import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import { serversOf } from '../../../src/collect/ad/servers.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { createSnapshot, openSnapshot } from '../../../src/snapshot/index.ts';
import type { Job, Reading } from './job.ts';

const job: Job = JSON.parse(argv[2] ?? '');
const source: AdSource = {
  urls: [job.url],
  startTls: false,
  ca: await readFile(job.ca, 'utf8'),
  serverName: undefined,
  bind: { user: job.user, password: { reveal: () => job.password, from: 'bench' } },
  base: undefined,
  domains: [],
  globalCatalog: [],
  containers: [{ dn: job.container, flavour: 'cloud-sync' }],
  replicationMetadata: true,
  syncIdentities: [],
  trustedWriters: [],
  timeoutMs: 120_000,
};
const signal = new AbortController().signal;

const begun = performance.now();
const cpu = cpuUsage();
const counts = job.whole ? await collect() : await read();
const seconds = (performance.now() - begun) / 1000;
const used = cpuUsage(cpu);
const reading: Reading = {
  ...counts,
  seconds,
  cpuSeconds: (used.user + used.system) / 1e6,
  peakRssMb: Math.round(resourceUsage().maxRSS / 1024),
};
stdout.write(`${JSON.stringify(reading)}\n`);

/** One search, every value looked at. */
async function read() {
  const endpoint = { url: job.url, serverName: undefined };
  const access = { source, recorder: { query: () => undefined }, now: () => 0, signal, replace: async () => false };
  const directory = directoryOf(await serversOf(source, [endpoint], signal).next(), access);
  let objects = 0;
  let values = 0;
  await directory.search(
    {
      facet: 'ad.groups',
      base: job.container,
      scope: 'sub',
      filter: job.filter,
      attributes: job.attributes,
      pageSize: job.pageSize,
      controls: () => (job.plain ? [] : [extendedDnControl(), securityControl()]),
    },
    entries => {
      for (const entry of entries) {
        objects += 1;
        for (const name of job.attributes) values += bytesOf(entry, name).length;
      }
    },
  );
  await directory.close();
  return { objects, values };
}

/** Everything that `collect` reads from AD, into a snapshot on disk. */
async function collect() {
  const directory = await mkdtemp(join(tmpdir(), 'tallystick-bench-'));
  try {
    const flavour = 'cloud-sync';
    const scope = { flavours: [flavour], containers: [{ dn: job.container, flavour }] } as const;
    const times = { start: '2026-08-22T09:00:00Z', end: '2026-08-22T10:00:00Z' };
    const draft = await createSnapshot({ directory, start: times.start, version: 'bench', memory: '256MB', scope });
    const now = () => Date.UTC(2026, 7, 22, 9);
    const progress = () => undefined;
    await collectActiveDirectory(source, draft, { flavours: [flavour], progress, now, signal });
    const { path } = await draft.finish(times.end);
    const snapshot = await openSnapshot(path, { memory: '256MB' });
    const rows = snapshot.manifest.tables.filter(({ table }) => table === 'ad_group' || table === 'ad_user');
    const objects = rows.reduce((sum, one) => sum + one.rows, 0);
    await snapshot.close();
    return { objects, values: 0 };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
