import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The command line as it is shipped, which starts in half the time, unless a source file is newer; then as it is written. */
export const MAIN = isFresh(join(root, 'dist/cli/main.js'))
  ? join(root, 'dist/cli/main.js')
  : join(root, 'src/cli/main.ts');

function isFresh(built: string): boolean {
  const made = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return false;
  const source = join(root, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).every(
    file => statSync(join(source, file)).mtimeMs <= made,
  );
}
