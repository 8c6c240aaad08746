import { battleReference, battleSoundness, ISLANDS } from './battle.ts';
import { loadInvariants, loadShipped } from './judging.ts';

// node test/evaluate/campaign.ts <worlds> <seed>: soundness and the differential test on as many worlds as you like.
const [worlds = '100', seed = '1'] = process.argv.slice(2);
const scope = { from: Number(seed), worlds: Number(worlds) };
const shipped = loadShipped();
const tallies = [
  ['soundness of the shipped invariants', await battleSoundness(shipped, { ...scope, degradations: 5 })],
  [
    'soundness of others',
    await battleSoundness(loadInvariants(['test/evaluate/extra.yaml']), { ...scope, degradations: 5 }),
  ],
  ['reference', await battleReference(shipped, scope)],
] as const;
for (const [name, { islands, breaches }] of tallies) {
  console.log(`${name}: ${islands} small worlds (${ISLANDS} to a snapshot), ${breaches.length} breaches`);
  for (const breach of breaches.slice(0, 20)) console.log(`  ${breach}`);
}
process.exitCode = tallies.every(([, { breaches }]) => breaches.length === 0) ? 0 : 1;
