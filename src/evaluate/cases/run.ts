import { flavours, type Problem } from '../../base/index.ts';
import { model as builtIn, type Model } from '../../model/index.ts';
import { type CompiledInvariant, findTests } from '../../policy/index.ts';
import { type MemorySnapshots, memorySnapshots, type Snapshot } from '../../snapshot/index.ts';
import { comparePlaces, problemAt } from '../../yaml/index.ts';
import { evaluate } from '../evaluate.ts';
import { type ConditionCoverage, conditionsOn, lopsided, together } from './conditions.ts';
import { earlierFacts, earlierRows } from './earlier-rows.ts';
import { isSuite, type Prepared, rowsOf, type Suite, suiteOf } from './suite.ts';
import { type Branch, branches, compare } from './verdicts.ts';

/** One case as it came out: `misses` are the expectations that did not hold, as problems at their place in the file. */
export type CaseResult = {
  readonly policy: string;
  readonly file: string;
  readonly name: string;
  readonly misses: readonly Problem[];
};

/** The branches of one invariant that the cases prove, and those that it can take. */
export type InvariantCoverage = {
  readonly policy: string;
  readonly invariant: string;
  readonly reached: readonly Branch[];
  readonly missing: readonly Branch[];
  /** Conditions that the cases leave one-sided, in sentences; only when they were asked for. */
  readonly lopsided: readonly string[];
};

/** What came of all tests. With `problems` nothing was run: the files have mistakes. */
export type TestRun = {
  readonly problems: readonly Problem[];
  readonly files: number;
  readonly cases: readonly CaseResult[];
  /** By policy and invariant, in the order of the files. */
  readonly coverage: readonly InvariantCoverage[];
};

/** Which tests to run: files or folders, relative to `cwd`; the path of a policy stands for the tests beside it. */
export type TestRequest = {
  readonly paths: readonly string[];
  readonly cwd: string;
  /** Whether to see how every condition comes out, which takes longer. */
  readonly conditions?: boolean;
  /** The populations that policies may speak about; the built-in ones when absent. */
  readonly model?: Model;
};

/**
 * Runs the tests beside policies: every mistake of every file first, then every case in one database. The same compiled SQL judges here as in an audit.
 * Never throws on what the files hold.
 */
export async function runTests(request: TestRequest): Promise<TestRun> {
  const { conditions = false } = request;
  const { ready, problems, files } = suitesAt(request);
  if (problems.some(problem => problem.level === 'error')) return { problems, files, cases: [], coverage: [] };
  const jobs = ready.flatMap(suite => suite.cases.map(prepared => ({ suite, prepared })));
  const done = await inLanes(jobs, (snapshots, { suite, prepared }) => runCase(snapshots, suite, prepared, conditions));
  const coverage = ready.flatMap(suite => {
    const reached = new Map<string, Set<Branch>>();
    for (const { result, branches: proved } of done)
      if (result.file === suite.document.file && result.misses.length === 0)
        for (const [id, branch] of proved) reached.set(id, (reached.get(id) ?? new Set()).add(branch));
    const own = done.filter(({ result }) => result.file === suite.document.file);
    return suite.order.map(compiled => ({
      ...coverageOf(suite.policy, compiled, reached),
      lopsided: lopsidedOf(suite, compiled, own),
    }));
  });
  return { problems, files, cases: done.map(({ result }) => result), coverage };
}

/** The tests that a request names, ready to run, and every mistake in them. */
export function suitesAt({ paths, cwd, model = builtIn }: TestRequest): {
  readonly ready: readonly Suite[];
  readonly problems: readonly Problem[];
  readonly files: number;
} {
  const beside = paths.map(path => (/\.ya?ml$/.test(path) ? path.replace(/(\.test)?(\.ya?ml)$/, '.test$2') : path));
  const found = findTests(beside, cwd);
  const suites = found.files.map(file => suiteOf(file, cwd, model));
  const problems = [...found.problems, ...suites.flatMap(suite => suite.problems)].sort((a, b) =>
    comparePlaces(a.at, b.at),
  );
  return { ready: suites.filter(isSuite), problems, files: found.files.length };
}

/** Databases that judge cases side by side; each uses one thread. */
const LANES = 4;

/** Does all jobs, each lane with a database of its own; results in the order of the jobs. */
export async function inLanes<J, R>(
  jobs: readonly J[],
  work: (snapshots: MemorySnapshots, job: J) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const queue = jobs.entries();
  const lane = async () => {
    const snapshots = await memorySnapshots();
    try {
      for (const [index, job] of queue) results.set(index, await work(snapshots, job));
    } finally {
      await snapshots.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, jobs.length) }, lane));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

/** A case that was judged, with the branches that its expectations prove if they hold. */
type Judged = {
  readonly result: CaseResult;
  readonly branches: readonly (readonly [string, Branch])[];
  readonly conditions: ReadonlyMap<string, readonly ConditionCoverage[]>;
};

async function runCase(
  snapshots: MemorySnapshots,
  { document, policy }: Suite,
  prepared: Prepared,
  withConditions: boolean,
): Promise<Judged> {
  const { draft, place, world, compiled } = prepared;
  const snapshot = await openCase(snapshots, prepared);
  const { outcomes } = await evaluate(snapshot, compiled, { model: prepared.model });
  const conditions = new Map<string, readonly ConditionCoverage[]>();
  // A case speaks for the invariants that it names.
  const named = compiled.filter(({ invariant }) => withConditions && Object.hasOwn(draft.expect, invariant.id));
  for (const each of named)
    conditions.set(each.invariant.id, await conditionsOn(snapshot, each, world.asOf, prepared.model));
  const compared = compare(draft, place, outcomes, world);
  const misses = compared.misses.map(miss =>
    problemAt(document, document.at(miss.place, miss.part), { code: 'verdict', message: miss.message }),
  );
  return { result: { policy, file: document.file, name: draft.name, misses }, branches: compared.reached, conditions };
}

/** The snapshot that a case states, opened. */
export function openCase(snapshots: MemorySnapshots, { draft, world }: Prepared): Promise<Snapshot> {
  const instant = new Date(world.asOf).toISOString();
  const containers = world.containers
    .filter(({ kind }) => kind === 'writeback')
    .map(({ dn, flavour }) => ({ dn, flavour }));
  const facts = { scope: { flavours: draft.flavours, containers }, start: instant, end: instant };
  const rows = rowsOf(world);
  const earlier = earlierRows(world, rows);
  return snapshots.open(rows, facts, earlier && { rows: earlier, facts: earlierFacts(world, facts) });
}

function lopsidedOf(
  { equivalent }: Suite,
  { invariant: { id } }: CompiledInvariant,
  judged: readonly Judged[],
): readonly string[] {
  const seen = together(judged.flatMap(({ conditions }) => [conditions.get(id) ?? []]));
  return lopsided(
    seen,
    equivalent.filter(({ invariant }) => invariant === id),
  );
}

function coverageOf(
  policy: string,
  { invariant }: CompiledInvariant,
  reached: ReadonlyMap<string, ReadonlySet<Branch>>,
): Omit<InvariantCoverage, 'lopsided'> {
  const own = reached.get(invariant.id) ?? new Set();
  const restricted = invariant.when !== undefined || !flavours.every(flavour => invariant.flavours.includes(flavour));
  const possible = branches.filter(branch => branch !== 'out-of-scope' || restricted);
  return {
    policy,
    invariant: invariant.id,
    reached: branches.filter(branch => own.has(branch)),
    missing: possible.filter(branch => !own.has(branch)),
  };
}

/** The exit code of a run of tests: 2 for mistakes in files, 3 when there are no tests, 1 for a failed case or missing coverage. */
export function testExitCode(run: TestRun, requireCoverage: boolean): 0 | 1 | 2 | 3 {
  if (run.problems.some(({ level }) => level === 'error')) return 2;
  if (run.cases.length === 0) return 3;
  if (run.cases.some(({ misses }) => misses.length > 0)) return 1;
  const thin = run.coverage.some(({ missing, lopsided: sides }) => missing.length > 0 || sides.length > 0);
  return requireCoverage && thin ? 1 : 0;
}
