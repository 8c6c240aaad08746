// Completes package-lock.json: a registry mirror that serves one platform only makes npm leave the other platforms' packages out of the lockfile, and
// `npm ci` refuses such a lockfile. Run after every change of dependencies; --check only says whether something is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit, stdout } from 'node:process';
import { root } from './setup.mjs';

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    if (places.every(place => lock.packages[place] === undefined)) missing.push({ name, range, dev: entry.dev });
  }
}

/** What the name of a platform package says about where it runs: …-linux-arm64-musl. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'].find(word => words.includes(word));
  const cpu = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'].find(word =>
    words.includes(word),
  );
  if (os === undefined || cpu === undefined)
    throw new Error(`${name} is no platform package: install it, then run this again`);
  const libc = words.some(word => word.startsWith('musl')) ? 'musl' : 'glibc';
  return { os: [os], cpu: [cpu], ...(os === 'linux' && cpu !== 'arm' ? { libc: [libc] } : {}) };
}

for (const { name } of missing) stdout.write(`${name} is not in package-lock.json\n`);
if (argv.includes('--check')) exit(missing.length === 0 ? 0 : 1);
for (const { name, range, dev } of missing) {
  const { cpu, libc, os } = platformOf(name);
  const version = range.replace(/^[\^~]/, '');
  lock.packages[`node_modules/${name}`] = {
    version,
    cpu,
    ...(dev ? { dev } : {}),
    ...(libc ? { libc } : {}),
    optional: true,
    os,
  };
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
