// Many collections from the double of Microsoft Graph, each under one to three random faults.
//   npm run campaign:graph [-- --from SEED] [--seeds N]
// Prints how they ended, and every one that told something untrue; exits 1 when there was one.
import { argv, exit, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { type Ending, runSeed, startFaulty } from './random-faults.ts';

const { values } = parseArgs({
  args: argv.slice(2),
  options: { from: { type: 'string', default: '1' }, seeds: { type: 'string', default: '5000' } },
});
const [from, seeds] = [Number(values.from), Number(values.seeds)];
const tally: Record<Ending | 'wrong', number> = { right: 0, gaps: 0, failed: 0, wrong: 0 };
const double = await startFaulty();
for (let seed = from; seed < from + seeds; seed++) {
  try {
    tally[await runSeed(double, seed)]++;
  } catch (thrown) {
    tally.wrong++;
    stdout.write(`${String(thrown)}\n`);
  }
}
await double.close();
stdout.write(`seeds ${from} to ${from + seeds - 1}: ${JSON.stringify(tally)}\n`);
exit(tally.wrong > 0 ? 1 : 0);
