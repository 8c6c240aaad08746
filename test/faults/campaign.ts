// Many collections from misbehaving servers, each under one to three random faults, and audits of what they recorded.
//   npm run campaign:faults [-- --from SEED] [--seeds N] [--only ad|batch|delta|both]
// Prints how they ended, by what was collected and by fault, and every one that told something untrue; exits 1 when there was one.
import { argv, exit, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { faultKinds } from '../lab/graph/server.ts';
import { adFaults } from './ad-faults.ts';
import { type Mode, modeOf, modes, openStage } from './runs.ts';
import { emptyTally, tableOf } from './tally.ts';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '5000' },
    only: { type: 'string' },
  },
});
const [from, seeds] = [Number(values.from), Number(values.seeds)];
const only: Mode | undefined = modes.find(mode => mode === values.only);
const aboutMode: Readonly<Record<string, string>> = {
  ad: 'AD, with the cloud as it is',
  batch: 'the cloud, members in batches, with AD as it is',
  delta: 'the cloud, members by delta, with AD as it is',
  both: 'both, into a snapshot on disk',
};
const aboutFault = (name: string): string => {
  const [, source, kind = ''] = /^(AD|Graph): (.*)$/.exec(name) ?? [];
  const known: Readonly<Record<string, { readonly about: string }>> = source === 'AD' ? adFaults : faultKinds;
  return known[kind]?.about ?? 'its place was never reached';
};
const say = (text: string): void => void stdout.write(`${text}\n`);

const [byMode, byFault] = [emptyTally(modes), emptyTally([])];
const stage = await openStage();
let wrong = 0;
for (let seed = from; seed < from + seeds; seed++) {
  const { mode, ending, struck, plan, wrong: lies } = await stage.run(seed, only ?? modeOf(seed));
  byMode.count(mode, ending);
  for (const fault of struck.length > 0 ? struck : ['none struck']) byFault.count(fault, ending);
  if (ending !== 'wrong') continue;
  wrong++;
  say(`seed ${seed}, ${mode}: ${plan}\n  ${lies.slice(0, 5).join('\n  ')}`);
}
say(`seeds ${from} to ${from + seeds - 1}, ${stage.judged()} different snapshots audited\n`);
say(tableOf(['collected', 'how'], byMode, name => aboutMode[name] ?? ''));
say(tableOf(['fault', 'what the server does'], byFault, aboutFault));
await stage.close();
exit(wrong > 0 ? 1 : 0);
