// tallystick itself on a snapshot: open (with all digests), load the policies, judge what the other contenders judge, settle, write results.json.
//   node test/bench/judge.ts <snapshot> [memory = 1GB] [a policy of test/bench/one-more, which is judged but not compared]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, stdout } from 'node:process';
import { evaluate } from '../../src/evaluate/index.ts';
import { settle } from '../../src/findings/index.ts';
import { model } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import { openSnapshot } from '../../src/snapshot/index.ts';
import { outcomeOf, stopwatch } from './contender.ts';
import { comparedOf } from './invariants.ts';

const [path = '.', memory = '1GB', further] = argv.slice(2);
const root = new URL('../..', import.meta.url).pathname;
const watch = stopwatch();
const snapshot = await openSnapshot(path, { memory });
watch.lap('open');
const asOf = snapshot.manifest.end;
const loaded = loadPolicies({
  paths: [join(root, 'policies'), ...(further === undefined ? [] : [further])],
  cwd: root,
  params: {},
  model,
  asOf: Date.parse(asOf),
});
const compared = comparedOf(loaded.compiled);
const added = [...loaded.compiled.values()].filter(({ invariant }) => invariant.id === 'one-more');
watch.lap('load');
const evaluation = await evaluate(snapshot, [...compared, ...added]);
watch.lap('judge');
const result = settle(evaluation, {
  run: {
    tool: { name: 'tallystick', version: 'bench' },
    snapshot: { id: snapshot.id, start: snapshot.manifest.start, end: asOf, sources: [] },
    policies: [],
  },
  asOf,
  failOn: 'high',
  maxUnknown: 0,
  acceptUnknown: [],
});
const folder = await mkdtemp(join(tmpdir(), 'tallystick-bench-'));
await writeFile(join(folder, 'results.json'), JSON.stringify(result));
watch.lap('results');
await rm(folder, { recursive: true });
await snapshot.close();

const known = evaluation.outcomes.filter(({ invariant }) => invariant.id !== 'one-more');
const keys = new Map(
  known.map(outcome => [
    outcome.invariant.id,
    outcome.judgements.filter(judgement => judgement.verdict === 'fail').map(judgement => judgement.subject.key),
  ]),
);
const unknown = evaluation.outcomes.reduce((sum, outcome) => sum + outcome.counts.unknown, 0);
const seconds = watch.total();
stdout.write(
  `${JSON.stringify({ ...(await outcomeOf(path, keys, seconds, watch.laps())), invariants: evaluation.outcomes.length, unknown })}\n`,
);
