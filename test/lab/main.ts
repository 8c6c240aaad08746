import { once } from 'node:events';
import { relative } from 'node:path';
import { generate } from './generator/index.ts';
import { startLab } from './lab.ts';

/** `npm run lab`: a directory and a tenant to try tallystick on, until Ctrl-C. */
const seed = Number(process.argv[2] ?? 1);
if (!Number.isSafeInteger(seed)) throw new RangeError('the argument is a seed, a whole number');

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort());

process.stdout.write('Starting a domain controller and a tenant …\n');
// Ages count from now, so that an audit without --as-of finds what was planted.
const estate = generate({ seed, drift: 'every invariant', asOf: Math.floor(Date.now() / 1000) * 1000 });
const lab = await startLab({ estate });
try {
  const { AD_PASSWORD, GRAPH_TOKEN } = lab.env;
  const command = `node ${relative(process.cwd(), new URL('../../src/cli/main.ts', import.meta.url).pathname)}`;
  process.stdout.write(`
Ready: ${estate.directory.entries.length} objects in AD, ${estate.tenant.groups.length} groups and ${estate.tenant.users.length} users in the cloud,
${lab.labels.length} violations planted. The configuration is ${lab.configPath}:

${lab.configText.trimEnd().replace(/^/gm, '  ')}

In another terminal:
  export AD_PASSWORD='${AD_PASSWORD}' GRAPH_TOKEN='${GRAPH_TOKEN}'
  ${command} audit --config ${lab.configPath}
  ${command} collect --config ${lab.configPath}

Ctrl-C ends both and removes everything.
`);
  // Servers do not keep the process alive by themselves; this timer does.
  const alive = setInterval(() => undefined, 60_000);
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort');
  clearInterval(alive);
} finally {
  await lab.stop();
}
process.stdout.write('Stopped.\n');
