// Collections that are killed at random moments and resumed until they end, against one that nobody interrupted.
//   npm run campaign:resume [-- --kills N] [--seed SEED] [--members batch|delta]
// Prints how many were killed how often, and every table that differs; exits 1 when there is one.
import { argv, exit, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { generate } from '../lab/generator/index.ts';
import { startLab } from '../lab/lab.ts';
import { collectKilled, collectWhole, differingTables } from './kill.ts';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    members: { type: 'string', default: 'batch' },
  },
});
const wanted = Number(values.kills);
const say = (text: string): void => void stdout.write(`${text}\n`);

// Slow enough, and in pages small enough, that there are many moments to be killed at.
const lab = await startLab({
  estate: generate({ seed: 7, drift: 'every invariant', groups: 150, users: 600 }),
  graph: { latencyMs: 15, pageCap: 20, deltaMembers: 40 },
});
let wrong = 0;
try {
  const more = ['--members', values.members];
  const reads = () => lab.graph.requests.filter(({ path }) => !path.endsWith('$batch')).length;
  const whole = await collectWhole(lab, 'whole', more);
  const again = await collectWhole(lab, 'again', more);
  const unsteady = await differingTables(whole.snapshot, again.snapshot);
  if (unsteady.length > 0) throw new Error(`two uninterrupted collections differ in ${unsteady.join(', ')}`);
  const first = reads();
  const { ms } = await collectWhole(lab, 'timed', more);
  const perWhole = reads() - first;
  say(`uninterrupted: ${Math.round(ms)} ms, ${perWhole} reads of Graph`);
  let [kills, early, runs, asked] = [0, 0, 0, 0];
  for (let seed = Number(values.seed); kills < wanted; seed++) {
    const before = reads();
    const killed = await collectKilled(lab, `killed-${seed}`, seed, ms, more);
    asked += reads() - before;
    const differing = await differingTables(whole.snapshot, killed.snapshot);
    if (differing.length > 0) wrong++;
    runs++;
    kills += killed.kills;
    early += killed.early;
    say(
      `seed ${seed}: ${killed.kills} kills, ${differing.length === 0 ? 'equal' : `DIFFERS in ${differing.join(', ')}`}`,
    );
  }
  say(`${runs} collections, ${kills} kills (${early} before there was anything to resume), ${wrong} wrong`);
  say(`Graph was asked ${asked} times for ${runs} collections; ${runs * perWhole} times without an interruption`);
} finally {
  await lab.stop();
}
exit(wrong > 0 ? 1 : 0);
