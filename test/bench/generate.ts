// Writes a made-up snapshot and, beside it, the findings that were planted in it.
//   node test/bench/generate.ts <a|b> <folder> [seed = 1] [scale = 1] [memory = 3GB]
// Prints { snapshot, seconds, … } as JSON.
import { writeFile } from 'node:fs/promises';
import { argv, stdout } from 'node:process';
import { createSnapshot, ownFacets, type SnapshotDraft } from '../../src/snapshot/index.ts';
import { writeEdges } from './edges.ts';
import { writeEstate } from './estate.ts';
import { digestFindings, expectedFile } from './expected.ts';
import { DOMAIN, END, type World } from './rows.ts';
import { idsOf, sizeOf } from './world.ts';

const [name = 'a', folder = '.', seedText = '1', scaleText = '1', memory = '3GB'] = argv.slice(2);
const seed = Number(seedText);
const size = sizeOf(name, Number(scaleText));
const world: World = {
  seed,
  ids: idsOf(seed),
  users: size.users,
  groups: size.groups,
  natives: Math.max(400, size.groups / 50),
};

const expected = new Map<string, string[]>();
const expect = (invariant: string, key: string): void => {
  const list = expected.get(invariant);
  if (list === undefined) expected.set(invariant, [key]);
  else list.push(key);
};

const begun = performance.now();
const draft: SnapshotDraft = await createSnapshot({
  directory: folder,
  start: '2026-08-22T09:00:00Z',
  version: 'bench',
  memory,
  scope: {
    flavours: ['connect-v1', 'connect-v2', 'cloud-sync'],
    containers: [{ dn: `OU=Writeback,${DOMAIN}`, flavour: null }],
  },
});
for (const facet of ownFacets()) draft.complete(facet);
const edges = await writeEdges(world, size, draft, expect);
const edgesAt = performance.now();
await writeEstate(world, draft, expect, edges.lookalikes);
const rowsAt = performance.now();
const { path } = await draft.finish(END);
await writeFile(expectedFile(path), JSON.stringify(digestFindings(expected), undefined, 2));
const seconds = (from: number, to: number) => Math.round(to - from) / 1000;
stdout.write(
  `${JSON.stringify({
    snapshot: path,
    cloudMemberships: edges.cloud,
    adMemberships: edges.ad,
    edgeSeconds: seconds(begun, edgesAt),
    rowSeconds: seconds(edgesAt, rowsAt),
    finishSeconds: seconds(rowsAt, performance.now()),
  })}\n`,
);
