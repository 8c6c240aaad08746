import { battle } from './battle.ts';

// node test/policy/expression/campaign.ts <cases> <seed>: compiled SQL against a CEL library, for as long as you like.
const [cases = '1000000', seed = '1'] = process.argv.slice(2);
const tally = await battle(Number(cases), Number(seed));
const share = (count: number): string => `${((100 * count) / tally.cases).toFixed(1)} %`;
console.log(
  `${tally.cases} cases, ${tally.expressions} expressions: true ${share(tally.yes)}, false ${share(tally.no)}, unknown ${share(tally.unknown)}; refused ${JSON.stringify([...tally.refused])}`,
);
for (const disagreement of tally.disagreements) console.log(disagreement);
process.exitCode = tally.disagreements.length === 0 ? 0 : 1;
