import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { golden } from './golden.ts';

/** Rewrites test/report/golden: node test/report/regenerate.ts, then read the diff. */
const folder = fileURLToPath(new URL('golden/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [file, text] of golden()) writeFileSync(join(folder, `${file}.golden`), text);
