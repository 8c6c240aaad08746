import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { splitDn } from '../../src/base/index.ts';
import { collectActiveDirectory } from '../../src/collect/ad/index.ts';
import { collectGraph } from '../../src/collect/graph/index.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';
import { evaluate } from '../../src/evaluate/index.ts';
import { model } from '../../src/model/index.ts';
import { type CompiledInvariant, loadPolicies, neededFacets } from '../../src/policy/index.ts';
import {
  createPseudonyms,
  createSnapshot,
  type FacetName,
  facetsFrom,
  NOT_ASKED,
  openSnapshot,
  type Pseudonyms,
  type Snapshot,
  type TableName,
  tables,
  withPrerequisites,
} from '../../src/snapshot/index.ts';
import { textClasses } from '../../src/snapshot/text-classes.ts';
import { generate } from '../lab/generator/index.ts';
import { randomFrom } from '../lab/generator/random.ts';
import { type Lab, startLab } from '../lab/lab.ts';

// One directory and one tenant, read whole, read for some policies only, and read without names.

const MINUTES = 60_000;
const estate = generate({ seed: 11, groups: 150, users: 200, memberships: 900, drift: 'every invariant' });
const pseudonyms = createPseudonyms('a key of at least thirty-two characters');

let lab: Lab;
let folder: string;
let config: Config;
let directories: readonly CompiledInvariant[];
let whole: string;
let verdicts: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallystick-test-'));
  lab = await startLab({ estate });
  config = loadConfig(lab.configPath, lab.env);
  const asOf = Date.parse(estate.asOf);
  const { compiled } = loadPolicies({ paths: ['policies'], cwd: process.cwd(), params: {}, model, asOf });
  // What is said of a reading is said of that one, whatever another holds.
  directories = [...compiled.values()].filter(
    ({ invariant }) => !['snapshots', 'readings', 'domainReadings'].includes(invariant.over),
  );
  whole = await read();
  verdicts = await judge(whole, directories);
}, 4 * MINUTES);

afterAll(async () => {
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Collects into a snapshot; resolves to its path. */
async function read(asked?: ReadonlySet<FacetName>, hide?: Pseudonyms): Promise<string> {
  const draft = await createSnapshot({
    directory: folder,
    start: new Date().toISOString(),
    version: 'test',
    scope: { flavours: config.flavours, containers: [] },
    ...(hide === undefined ? {} : { pseudonyms: hide }),
  });
  try {
    await draft.add(
      'scope_flavour',
      config.flavours.map(flavour => ({ flavour })),
    );
    const context = {
      ...{ asked, flavours: config.flavours, progress: () => {}, now: Date.now },
      ...{ signal: new AbortController().signal, environment: {} },
    };
    const wants = (source: 'ad' | 'graph') => facetsFrom(source).some(facet => asked?.has(facet) ?? true);
    if (config.ad && wants('ad')) await collectActiveDirectory(config.ad, draft, context);
    if (config.graph && wants('graph')) await collectGraph(config.graph, draft, context);
    return (await draft.finish(new Date().toISOString())).path;
  } finally {
    await draft.abort();
  }
}

async function opened<T>(path: string, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const snapshot = await openSnapshot(path, { verify: false });
  try {
    return await work(snapshot);
  } finally {
    await snapshot.close();
  }
}

/** By invariant: its counts, and the subjects that did not pass. */
function judge(
  path: string,
  invariants: readonly CompiledInvariant[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  return opened(path, async snapshot => {
    const { outcomes } = await evaluate(snapshot, invariants);
    return new Map(
      outcomes.map(({ invariant, counts, judgements }) => [
        invariant.id,
        [JSON.stringify(counts), ...judgements.map(({ verdict, subject }) => `${verdict} ${subject.key}`).sort()],
      ]),
    );
  });
}

const askedBy = (invariants: readonly CompiledInvariant[]): ReadonlySet<FacetName> =>
  new Set(withPrerequisites(invariants.flatMap(each => neededFacets(each, model))));

/** What the double of Microsoft Graph was asked, by the facet that it is asked for. */
const paths: Partial<Record<FacetName, RegExp>> = {
  'cloud.groups': /^\/v1\.0\/groups\?.*displayName/,
  'cloud.members': /\/members/,
  'cloud.owners': /\/owners/,
  'cloud.eligibility': /privilegedAccess/,
  'cloud.provisioningLog': /auditLogs\/provisioning/,
  'cloud.auditLog': /directoryAudits/,
  'cloud.roles': /roleAssignments/,
  'cloud.domains': /\/domains/,
  'cloud.lifecyclePolicies': /groupLifecyclePolicies/,
  'cloud.agents': /onPremisesPublishingProfiles/,
  'cloud.jobSettings': /\/secrets\?/,
  'cloud.users': /^\/v1\.0\/users\?.*userPrincipalName/,
  'cloud.errors': /ProvisioningErrors/,
  'cloud.writebackConfiguration': /^\/beta\/groups\?/,
  'cloud.deletedGroups': /deletedItems/,
  'cloud.groupSettings': /groupSettings/,
  'cloud.onPremisesSynchronization': /^\/v1\.0\/directory\/onPremisesSynchronization/,
  'cloud.syncConfiguration': /^\/beta\/directory\/onPremisesSynchronization/,
  'cloud.jobs': /applicationTemplateId/,
  'cloud.jobSchema': /\/schema\?/,
};

async function expectNothingElse(path: string, asked: ReadonlySet<FacetName>, from: number): Promise<void> {
  const requests = lab.graph.requests.slice(from).map(({ path: asked, search }) => `${asked}?${search}`);
  for (const [facet, pattern] of Object.entries(paths) as [FacetName, RegExp][]) {
    // The groups that are managed in the cloud are a list of groups too.
    if (facet === 'cloud.groups' && asked.has('cloud.sourceOfAuthority')) continue;
    expect([facet, requests.some(request => pattern.test(request))]).toEqual([facet, asked.has(facet)]);
  }
  if (!facetsFrom('graph').some(facet => asked.has(facet))) expect(requests).toEqual([]);
  await opened(path, async snapshot => {
    const gaps = await snapshot.rows(`SELECT facet FROM coverage WHERE reason = '${NOT_ASKED}' AND object = ''`);
    const sources = (['ad', 'graph'] as const).filter(source => facetsFrom(source).some(facet => asked.has(facet)));
    const silent = sources.flatMap(source => facetsFrom(source).filter(facet => !asked.has(facet)));
    expect(gaps.map(row => row.facet).sort()).toEqual([...silent].sort());
  });
}

test(
  'what is read for some policies yields the verdicts of the whole, and nothing else is asked for',
  async () => {
    const random = randomFrom(3);
    const alone = [...Map.groupBy(directories, each => [...askedBy([each])].join(' ')).values()];
    const some = Array.from({ length: 2 }, () => random.sample(directories, random.between(2, 5)));
    expect(alone.length).toBeGreaterThan(20);
    // That each is judged alike is proved on worlds (test/evaluate/needs.test.ts); here a dozen of them from live sources.
    for (const invariants of [...random.sample(alone, 12), ...some]) {
      const asked = askedBy(invariants);
      const from = lab.graph.requests.length;
      const path = await read(asked);
      await expectNothingElse(path, asked, from);
      for (const [id, judged] of await judge(path, invariants)) expect([id, judged]).toEqual([id, verdicts.get(id)]);
      await rm(path, { recursive: true });
    }
  },
  4 * MINUTES,
);

/** Every row of a snapshot, and its manifest, as text. */
async function textOf(path: string): Promise<string> {
  const rows = await opened(path, async snapshot => {
    const all: unknown[] = [];
    for (const table of Object.keys(tables)) all.push(await snapshot.rows(`SELECT * FROM "${table}"`));
    return JSON.stringify(all);
  });
  return `${await readFile(join(path, 'manifest.json'), 'utf8')}${rows}`.toLowerCase();
}

/** The names in a snapshot, as they are in every column that can hold one. */
async function namesIn(path: string): Promise<ReadonlySet<string>> {
  return opened(path, async snapshot => {
    const names = new Set<string>();
    // Places are kept, and what a column of ours is called, or a type, may also be somebody's name.
    const kept = new Set<string>();
    const divide = (dn: string) => {
      for (const part of splitDn(dn))
        (/^(OU|DC)=/i.test(part) ? kept : names).add(
          part
            .replace(/^[^=]*=/, '')
            .replace(/\\0a/i, '\n')
            .toLowerCase(),
        );
    };
    for (const [table, classes] of Object.entries(textClasses) as [TableName, Readonly<Record<string, string>>][])
      for (const row of await snapshot.rows(`SELECT * FROM "${table}"`))
        for (const [column, kind] of Object.entries(classes)) {
          kept.add(column);
          for (const text of [row[column]].flat()) {
            if (typeof text !== 'string') continue;
            if (kind === 'plain') kept.add(text.toLowerCase());
            else if (kind === 'dn' || /^(CN|OU)=.*,DC=/i.test(text)) divide(text);
            else names.add(text.toLowerCase());
          }
        }
    const bare = [...names].map(name => name.replace(/^smtp:/, ''));
    return new Set(bare.filter(name => name.length > 3 && !kept.has(name) && pseudonyms.cn(name) !== name));
  });
}

test(
  'what is read without names holds none, and yields the same verdicts but for those on names',
  async () => {
    const path = await read(undefined, pseudonyms);
    const [text, names] = [await textOf(path), await namesIn(whole)];
    expect(names.size).toBeGreaterThan(300);
    expect([...names].filter(name => text.includes(JSON.stringify(name).slice(1, -1)))).toEqual([]);
    const restOnNames = new Set(
      directories
        .filter(({ facets, invariant }) =>
          [...facets, ...(model.populations.get(invariant.over)?.rows ?? [])].some(facet => facet.endsWith('.names')),
        )
        .map(({ invariant }) => invariant.id),
    );
    expect(restOnNames.size).toBeLessThan(directories.length / 5);
    for (const [id, judged] of await judge(path, directories)) {
      const plain = verdicts
        .get(id)
        ?.map(line => line.replace(/^fail (\S+@\S+)$/, (_, key: string) => `fail ${pseudonyms.address(key)}`))
        .sort();
      if (!restOnNames.has(id)) expect([id, [...judged].sort()]).toEqual([id, plain]);
      else
        for (const line of judged.slice(1))
          expect([id, line, plain?.includes(line) || line.startsWith('unknown ')]).toEqual([id, line, true]);
    }
  },
  4 * MINUTES,
);
