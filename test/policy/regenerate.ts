// Rewrites the golden texts: node test/policy/regenerate.ts
import { writeFileSync } from 'node:fs';
import { terminal } from './authoring/terminal.ts';
import { doubtful, malformed, together } from './malformed.ts';
import { reportOf } from './report-problems.ts';

for (const [name, input] of Object.entries({ ...malformed, ...doubtful, together })) {
  writeFileSync(new URL(`golden/${name}.txt`, import.meta.url), reportOf(input));
}
writeFileSync(new URL('authoring/terminal.txt', import.meta.url), await terminal('wrong'));
