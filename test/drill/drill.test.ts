import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DrillResult, faults, renderDrill, unnoticed } from '../../src/drill/index.ts';
import { evaluate } from '../../src/evaluate/index.ts';
import { openSnapshot, openVariants } from '../../src/snapshot/index.ts';
import { drillTenant, matrixFile, shippedInvariants } from './shipped.ts';
import { writeTenant } from './tenant.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-drill-test-'));
let tenant: string;
let result: DrillResult;

beforeAll(async () => {
  tenant = (await writeTenant(folder)).path;
  result = await drillTenant(tenant);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the tenant is in good order: no violation, and nothing unknown', async () => {
  const snapshot = await openSnapshot(tenant);
  try {
    const { outcomes } = await evaluate(snapshot, shippedInvariants());
    const told = outcomes.flatMap(({ invariant, judgements }) =>
      judgements.map(({ verdict }) => [invariant.id, verdict]),
    );
    expect(told).toEqual([]);
    expect(outcomes.length).toBe(shippedInvariants().length);
  } finally {
    await snapshot.close();
  }
});

test('every fault has a place in the tenant and is noticed by a shipped invariant', () => {
  expect(result.faults.filter(({ place }) => place === undefined).map(({ fault }) => fault.id)).toEqual([]);
  expect(unnoticed(result).map(({ fault }) => fault.id)).toEqual([]);
  expect(result.faults.length).toBe(faults.length);
});

test('every shipped invariant is tripped by some fault', () => {
  expect(result.idle).toEqual([]);
});

test('the matrix is what the drill finds, byte for byte (else: npm run drill)', () => {
  expect(renderDrill(result, 'markdown')).toBe(readFileSync(matrixFile, 'utf8'));
});

test('faults are called by one name each', () => {
  expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
});

// What a fault does not reach is not judged again; here everything is.
test.each(['nested-in-domain-admins', 'owners-unread', 'group-purged'])(
  'judging again only what is reached finds what judging everything finds: %s',
  async id => {
    const drilled = result.faults.find(({ fault }) => fault.id === id);
    const variants = await openVariants(tenant, { threads: 1 });
    try {
      if (drilled === undefined) throw new Error(`no fault ${id}`);
      const [fault] = [drilled.fault];
      const place = Object.entries(drilled.picked ?? {}).map(([name, value]) => `'${value}' AS "${name}"`);
      const statements = [`CREATE TEMP TABLE picked AS SELECT ${place.join(', ')}`, ...fault.changes];
      const { outcomes } = await evaluate(await variants.open(fault.tables, statements), shippedInvariants());
      const told = outcomes.filter(({ judgements }) => judgements.length > 0).map(({ invariant }) => invariant.id);
      expect(told.sort()).toEqual([...drilled.noticed].sort());
    } finally {
      await variants.close();
    }
  },
);
