import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { drill, faults } from '../../src/drill/index.ts';
import { openVariants, type Variants } from '../../src/snapshot/index.ts';
import { shippedInvariants } from './shipped.ts';
import { writeTenant } from './tenant.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-drill-test-'));
const invariants = shippedInvariants();
let variants: Variants;

beforeAll(async () => {
  variants = await openVariants((await writeTenant(folder)).path, { threads: 1 });
});
afterAll(async () => {
  await variants.close();
  rmSync(folder, { recursive: true, force: true });
});

test('faults are called by one name each, and every theme has some', () => {
  expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
  expect(new Set(faults.map(({ theme }) => theme)).size).toBe(11);
});

test('every fault has a place in the tenant, and where nothing looks nothing is noticed', async () => {
  const { faults: drilled } = await drill({ variants, invariants: [], faults, seed: 1, pairs: 0 });
  expect(drilled.filter(({ place }) => place === undefined).map(({ fault }) => fault.id)).toEqual([]);
  expect(drilled.flatMap(({ noticed }) => noticed)).toEqual([]);
});

// One policy each: a drill of all policies at once takes minutes (npm run drill).
test.each(['prerequisites', 'lifecycle'])('every fault of %s is noticed by the policy of that name', async theme => {
  const own = invariants.filter(({ invariant }) => invariant.policy === theme);
  const chosen = faults.filter(fault => fault.theme === theme);
  const result = await drill({ variants, invariants: own, faults: chosen, seed: 1, pairs: 0 });
  expect(result.faults.filter(({ noticed }) => noticed.length === 0).map(({ fault }) => fault.id)).toEqual([]);
});

// `npm run drill` writes it: every fault, with all shipped policies.
test('in the matrix that is kept every fault is noticed, and every shipped invariant notices one', () => {
  const matrix = readFileSync(new URL('../../reports/drill/matrix.md', import.meta.url), 'utf8');
  expect(matrix).toContain(`${faults.length} faults injected, ${faults.length} noticed, 0 not; 0 have no place`);
  const rows = new Set(matrix.match(/^\| `[a-z0-9-]+`/gm)?.map(start => start.slice(3, -1)));
  expect(faults.map(({ id }) => id).filter(id => !rows.has(id))).toEqual([]);
  const ids = invariants.map(({ invariant }) => invariant.id);
  expect(ids.filter(id => !matrix.includes(`\`${id}\``))).toEqual([]);
});
