import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type Facts, loadFacts, standIn } from '../../src/declared/index.ts';
import { type FacetName, facetsFrom, NOT_ASKED } from '../../src/snapshot/index.ts';
import { memoryRecorder } from '../collect/memory-recorder.ts';
import { FACTS, TENANT } from './facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'facts-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function facts(text = FACTS): Facts | undefined {
  writeFileSync(join(folder, 'facts.yaml'), text);
  return loadFacts('facts.yaml', folder, TENANT).facts;
}

const NOW = Date.parse('2026-09-01T12:00:00Z');
const FEATURES = 'cloud.onPremisesSynchronization';
const REFUSED = 'Microsoft Graph does not let applications read it';

function begin(declared: Facts | undefined, asked?: ReadonlySet<FacetName>) {
  const memory = memoryRecorder();
  const { recorder, settle } = standIn(memory, declared, asked);
  return { memory, recorder, settle };
}

test('what the source refused is filled, and the snapshot tells from where', async () => {
  const { memory, recorder, settle } = begin(facts());
  recorder.gap(FEATURES, REFUSED);
  await settle(NOW);
  expect(memory.covered(FEATURES)).toMatchObject({ complete: true, retrieved: 2 });
  expect(memory.rows('cloud_sync_feature')).toEqual([
    { name: 'groupWriteBackEnabled', enabled: false },
    { name: 'blockSoftMatchEnabled', enabled: null },
  ]);
  for (const facet of facetsFrom('import')) expect(memory.covered(facet)).toMatchObject({ complete: true });
  expect(memory.sources).toMatchObject([
    { source: 'import', endpoint: 'facts.yaml', identity: 'jane.doe@contoso.com' },
  ]);
  expect(memory.queries.find(({ facet }) => facet === FEATURES)).toMatchObject({ source: 'import', complete: true });
});

test('what was read live is never touched, in full or in part', async () => {
  const full = begin(facts());
  await full.recorder.add('cloud_sync_feature', [{ name: 'groupWriteBackEnabled', enabled: true }]);
  full.recorder.complete(FEATURES);
  await full.settle(NOW);
  expect(full.memory.rows('cloud_sync_feature')).toEqual([{ name: 'groupWriteBackEnabled', enabled: true }]);
  expect(full.memory.queries.map(({ facet }) => facet)).not.toContain(FEATURES);

  const part = begin(facts());
  await part.recorder.add('cloud_sync_feature', [{ name: 'groupWriteBackEnabled', enabled: true }]);
  part.recorder.gap(FEATURES, 'broke off');
  await part.settle(NOW);
  expect(part.memory.covered(FEATURES)).toMatchObject({ complete: false, reason: 'broke off' });
  expect(part.memory.rows('cloud_sync_feature')).toHaveLength(1);
});

test('what nobody asked for stays a gap', async () => {
  const { memory, recorder, settle } = begin(facts(), new Set<FacetName>(['import.statements']));
  recorder.gap(FEATURES, NOT_ASKED);
  await settle(NOW);
  expect(memory.covered(FEATURES)).toMatchObject({ complete: false, reason: NOT_ASKED });
  expect(memory.covered('import.connectScope')).toMatchObject({ complete: false, reason: NOT_ASKED });
  expect(memory.covered('import.statements')).toMatchObject({ complete: true });
  expect(memory.rows('declared_connect_scope')).toEqual([]);
});

test('without a file, without a part of it, or after its end nothing is known', async () => {
  const none = begin(undefined);
  none.recorder.gap(FEATURES, REFUSED);
  await none.settle(NOW);
  const partly = begin(facts('declared: { by: jane, on: 2026-08-01, until: 2026-11-01 }\nstatements: {}\n'));
  partly.recorder.gap(FEATURES, REFUSED);
  await partly.settle(NOW);
  const over = begin(facts());
  over.recorder.gap(FEATURES, REFUSED);
  await over.settle(Date.parse('2026-11-01T00:00:00Z'));
  for (const { memory } of [none, partly, over])
    expect(memory.covered(FEATURES)).toMatchObject({ complete: false, reason: REFUSED });
  const reasons = (facet: FacetName) => [none, partly, over].map(({ memory }) => memory.covered(facet)?.reason);
  expect(reasons('import.connectScope')).toEqual([
    'not declared: the configuration names no file of facts',
    'not declared in facts.yaml',
    'declared in facts.yaml, which may be relied on until 2026-11-01T00:00:00.000Z only',
  ]);
  expect(partly.memory.covered('import.statements')).toMatchObject({ complete: true, retrieved: 0 });
  expect(over.memory.rows('declared_connect_scope')).toEqual([]);
});

test('a facet that no source was asked for is filled too: nothing was read that it could replace', async () => {
  const { memory, settle } = begin(facts());
  await settle(NOW);
  expect(memory.covered(FEATURES)).toMatchObject({ complete: true });
});
