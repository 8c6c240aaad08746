// Builds dist/: TypeScript by the compiler, then what it does not copy (SQL, precompiled validators).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')];
const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit', cwd: root });
if (status !== 0) process.exit(status ?? 1);
for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
  const source = join(root, 'src', file);
  if (/\.sql$|\.generated\.(js|d\.ts)$/.test(file) && statSync(source).isFile())
    cpSync(source, join(root, 'dist', relative(join(root, 'src'), source)));
}
chmodSync(join(root, 'dist/cli/main.js'), 0o755);
