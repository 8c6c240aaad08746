import type { Problem } from '../../base/index.ts';
import type { Model } from '../../model/index.ts';
import { type CompiledInvariant, type FoundFile, loadPolicies } from '../../policy/index.ts';
import type { TableRows } from '../../snapshot/index.ts';
import { type Document, problemAt } from '../../yaml/index.ts';
import { accessRows } from './access-rows.ts';
import { filledIn } from './ad-group.ts';
import { adRows } from './ad-rows.ts';
import { authorityRows } from './authority-rows.ts';
import type { CaseDraft, CaseFile, EquivalentDraft } from './case-draft.ts';
import { readCaseFile } from './case-file.ts';
import { cloudRows } from './cloud-rows.ts';
import { declaredRows } from './declared-rows.ts';
import { earlierRows } from './earlier-rows.ts';
import { eventRows } from './event-rows.ts';
import { forestRows } from './forest-rows.ts';
import { withGaps } from './gap-rows.ts';
import { exchangeRows } from './mail-rows.ts';
import { notesOn, type Place, suggest, within } from './naming.ts';
import { pipelineRows } from './pipeline-rows.ts';
import { privilegeRows } from './privilege-rows.ts';
import { withReadings } from './reading-rows.ts';
import { scopeRows } from './scope-rows.ts';
import { type World, worldOf } from './world.ts';

/** The tests of one policy, ready to run. */
export type Suite = {
  readonly document: Document;
  readonly policy: string;
  readonly order: readonly CompiledInvariant[];
  readonly cases: readonly Prepared[];
  readonly equivalent: readonly EquivalentDraft[];
  readonly problems: readonly Problem[];
};

/** A case with its names resolved and its policy compiled. */
export type Prepared = {
  readonly draft: CaseDraft;
  readonly place: Place;
  readonly world: World;
  readonly compiled: readonly CompiledInvariant[];
  readonly model: Model;
};

/** Whether a file became a suite; else it only has problems. */
export function isSuite(suite: Suite | { readonly problems: readonly Problem[] }): suite is Suite {
  return 'cases' in suite;
}

/** Reads, checks and compiles the tests of one policy; every mistake is among the problems. */
export function suiteOf(file: FoundFile, cwd: string, model: Model): Suite | { readonly problems: readonly Problem[] } {
  const { document, content, problems } = readCaseFile(file.path, file.shown);
  if (!document || !content) return { problems };
  const compile = compiler(file.path.replace(/\.test(\.ya?ml)$/, '$1'), cwd, model);
  const standard = compile(undefined, 0);
  if (standard.problems.length > 0) return { problems: [...problems, ...standard.problems] };
  const notes = notesOn(document);
  noteRepeatedNames(content, notes);
  const ids = standard.compiled.map(({ invariant }) => invariant.id);
  const more: Problem[] = [];
  const cases = content.cases.map((draft, index): Prepared => {
    const place = within('/cases', index);
    const world = worldOf(draft, place, notes);
    earlierRows(world, rowsOf(world));
    for (const id of Object.keys(draft.expect))
      if (!ids.includes(id))
        notes.note(
          within(place, 'expect', id),
          'unknown-invariant',
          `${content.tests} has no invariant \`${id}\``,
          suggest(id, ids),
          'key',
        );
    const { compiled, problems: inParams } = compile(paramsOf(draft, place, world), world.asOf);
    more.push(...inParams.map(problem => atCase(document, place, problem)));
    return { draft, place, world, model, compiled: compiled.filter(({ invariant }) => isMeant(draft, invariant.id)) };
  });
  const all = [...problems, ...notes.problems, ...more];
  const { tests, equivalent = [] } = content;
  return { document, policy: tests, order: standard.compiled, cases, equivalent, problems: all };
}

/** Whether a case is about an invariant: about every one, or only about those that it names. */
function isMeant({ only, expect }: CaseDraft, id: string): boolean {
  return only !== true || expect[id] !== undefined;
}

/** The parameters of a case; in a text {name} stands for an id of the cloud, {ad:name} for an objectGUID. */
function paramsOf({ params = {} }: CaseDraft, place: Place, world: World): NonNullable<CaseDraft['params']> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? filledIn(world, value, within(place, 'params', name)) : value,
    ]),
  );
}

function noteRepeatedNames({ cases }: CaseFile, notes: ReturnType<typeof notesOn>): void {
  const seen = new Set<string>();
  for (const [index, { name }] of cases.entries()) {
    if (seen.has(name))
      notes.note(
        within('/cases', index, 'name'),
        'duplicate-name',
        'an earlier case has this name',
        'say what is different',
      );
    seen.add(name);
  }
}

/** A problem of the parameters that a case gives, at the case. */
function atCase(document: Document, place: Place, { code, message, hint }: Problem): Problem {
  return problemAt(document, document.at(within(place, 'params'), 'key'), {
    code,
    // The parameters travel as those of the command line do.
    message: message.replace(/^--param /, ''),
    ...(hint === undefined ? {} : { hint }),
  });
}

type Compiled = { readonly compiled: readonly CompiledInvariant[]; readonly problems: readonly Problem[] };

/** Compiles one policy for given parameters and instant, once each. */
function compiler(path: string, cwd: string, model: Model): (params: CaseDraft['params'], asOf: number) => Compiled {
  const done = new Map<string, Compiled>();
  return (params = {}, asOf) => {
    const key = JSON.stringify([params, asOf]);
    const known = done.get(key);
    if (known) return known;
    const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
    const loaded = loadPolicies({ paths: [path], cwd, params: texts, model, asOf });
    const problems = loaded.problems.filter(({ level }) => level === 'error');
    const result = { compiled: [...loaded.compiled.values()], problems };
    done.set(key, result);
    return result;
  };
}

/** The snapshot that a case states; mistakes in names go to the notes of its world. */
export function rowsOf(world: World): TableRows {
  const { rows, groups } = adRows(world);
  const seen = withGaps(
    world,
    joined([
      cloudRows(world),
      rows,
      accessRows(world, groups),
      forestRows(world, groups),
      authorityRows(world),
      declaredRows(world),
      exchangeRows(world, groups),
      eventRows(world),
      privilegeRows(world),
      pipelineRows(world),
      scopeRows(world, rows.ad_user ?? []),
    ]),
  );
  return withReadings(world, seen);
}

/** The rows of several parts, table by table. */
function joined(parts: readonly TableRows[]): TableRows {
  const all = new Map<string, unknown[]>();
  for (const part of parts)
    for (const [table, rows] of Object.entries(part)) all.set(table, [...(all.get(table) ?? []), ...rows]);
  // Each part keeps the types of its tables, and tables are not mixed.
  return Object.fromEntries(all) as TableRows;
}
