import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { nearest, type Problem, sha256 } from '../base/index.ts';
import type { Selection, Selections } from '../evaluate/index.ts';
import {
  defaultWaiverLimits,
  endMs,
  startMs,
  type Waiver,
  type WaiverLimits,
  type Waivers,
} from '../findings/index.ts';
import { type CompiledInvariant, compileSelector, type Facet, type Loaded, type PolicyModel } from '../policy/index.ts';
import { comparePlaces, type Document, problemAt, readBytes, readDocument, schemaProblems } from '../yaml/index.ts';
import { validate } from './waivers-validator.generated.js';

/** What waivers are about: the loaded policies, the model that their populations are of, and the instant that `asOf` means. */
export type WaiverSetting = {
  readonly policies: Pick<Loaded, 'compiled' | 'skipped'>;
  readonly model: PolicyModel;
  readonly asOf: number;
};

/** A file of waivers with its conditions compiled, and every mistake in it; with an error among the problems it is undefined. */
export type LoadedWaivers = {
  readonly file: WaiversFile | undefined;
  readonly problems: readonly Problem[];
};

/** A file of waivers, its text, and what its conditions come to. */
export type WaiversFile = {
  readonly waivers: Waivers;
  readonly source: string;
  /** The conditions of `where`, by invariant; each has the id of its waiver. */
  readonly selections: Selections;
  /** The facets that the conditions need, sorted. */
  readonly facets: readonly Facet[];
};

/** A file with the shape of schemas/waivers.schema.json. */
type WaiverContent = {
  readonly limits?: Partial<Omit<WaiverLimits, 'longestDays'>> & {
    readonly longestDays?: Partial<WaiverLimits['longestDays']>;
  };
  readonly waivers: readonly Omit<Waiver, 'location'>[];
};

type Mistake = Pick<Problem, 'code' | 'level' | 'message'> & {
  readonly pointer: string;
  readonly hint?: string | undefined;
};

/** More conditions over one invariant would make its SQL larger than anybody reads. */
const MOST_CONDITIONS = 200;

/** Reads and checks a file of waivers. Never throws on what the file holds: all mistakes are in `problems`, in file order. */
export function loadWaivers(path: string, cwd: string, setting: WaiverSetting): LoadedWaivers {
  const absolute = resolve(cwd, path);
  const shown = relative(cwd, absolute).split(sep).join('/');
  const read = readBytes(absolute, shown);
  if ('problem' in read) return { file: undefined, problems: [read.problem] };
  const reading = readDocument(read.bytes, shown);
  if (!reading.ok) return { file: undefined, problems: reading.problems };
  const { document } = reading;
  const { value } = document;
  if (!isWaiverContent(value))
    return { file: undefined, problems: schemaProblems(document, validate.errors ?? [], readSchema()) };
  const waivers = value.waivers.map((waiver, index) => placed(waiver, index, document, setting.policies.compiled));
  const conditions = compileConditions(waivers, document, setting);
  const mistakes = [
    ...duplicateIds(waivers),
    ...waivers.flatMap(periodMistakes),
    ...strangers(waivers, setting.policies),
    ...tooMany(conditions.selections, waivers),
  ].map(mistake => problemOf(document, mistake));
  const problems = [...mistakes, ...conditions.problems].sort((a, b) => comparePlaces(a.at, b.at));
  if (problems.some(problem => problem.level === 'error')) return { file: undefined, problems };
  const { selections, facets } = conditions;
  const location = document.at('');
  const set: Waivers = { path: shown, sha256: sha256(read.bytes), location, limits: limitsOf(value), waivers };
  return { file: { waivers: set, source: document.text, selections, facets }, problems };
}

function isWaiverContent(value: unknown): value is WaiverContent {
  return validate(value);
}

function readSchema(): unknown {
  return JSON.parse(readFileSync(new URL('../../schemas/waivers.schema.json', import.meta.url), 'utf8'));
}

function limitsOf({ limits }: WaiverContent): WaiverLimits {
  const longestDays = { ...defaultWaiverLimits.longestDays, ...limits?.longestDays };
  return { ...defaultWaiverLimits, ...limits, longestDays };
}

/** A waiver with its place, of the invariant that now has the id that it names. */
function placed(
  waiver: Omit<Waiver, 'location'>,
  index: number,
  document: Document,
  compiled: ReadonlyMap<string, CompiledInvariant>,
): Waiver {
  const renamed = compiled.has(waiver.invariant)
    ? undefined
    : [...compiled.values()].find(({ invariant }) => invariant.deprecatedIds?.includes(waiver.invariant));
  const invariant = renamed?.invariant.id ?? waiver.invariant;
  return { ...waiver, invariant, location: document.at(`/waivers/${index}/id`) };
}

type Conditions = {
  readonly selections: Map<string, Selection[]>;
  readonly facets: readonly Facet[];
  readonly problems: readonly Problem[];
};

/** Compiles every `where`. One over an invariant that is not judged cannot be checked; it covers nothing either. */
function compileConditions(waivers: readonly Waiver[], document: Document, setting: WaiverSetting): Conditions {
  const selections = new Map<string, Selection[]>();
  const facets = new Set<Facet>();
  const problems: Problem[] = [];
  for (const [index, { id, invariant, subject }] of waivers.entries()) {
    const compiled = setting.policies.compiled.get(invariant);
    if (!('where' in subject) || compiled === undefined) continue;
    const { model, asOf } = setting;
    const at = { document, pointer: `/waivers/${index}/subject/where`, compiled, model, asOf };
    const checked = compileSelector(subject.where, at);
    problems.push(...checked.problems);
    if (checked.selector === undefined) continue;
    for (const facet of checked.selector.facets) facets.add(facet);
    selections.set(invariant, [...(selections.get(invariant) ?? []), { name: id, sql: checked.selector.sql }]);
  }
  return { selections, facets: [...facets].sort(), problems };
}

function problemOf(document: Document, { pointer, hint, ...rest }: Mistake): Problem {
  return problemAt(document, document.at(pointer), { ...rest, ...(hint === undefined ? {} : { hint }) });
}

function duplicateIds(waivers: readonly Waiver[]): Mistake[] {
  const seen = new Set<string>();
  return waivers.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const message = `the waiver \`${id}\` is there twice`;
    return [
      { code: 'duplicate', level: 'error', message, pointer: `/waivers/${index}/id`, hint: 'give each its own id' },
    ];
  });
}

function periodMistakes({ effective, expires }: Waiver, index: number): Mistake[] {
  const hint = 'write a day such as 2027-01-31, or an instant such as 2027-01-31T00:00:00Z';
  const start = startMs(effective);
  const end = endMs(expires);
  const odd = [...(start === undefined ? ['effective'] : []), ...(end === undefined ? ['expires'] : [])].map(
    (name): Mistake => ({
      code: 'not-a-date',
      level: 'error',
      message: 'this is not a date',
      pointer: `/waivers/${index}/${name}`,
      hint,
    }),
  );
  if (start === undefined || end === undefined || start < end) return odd;
  const message = `the waiver ends before it holds (${effective})`;
  return [
    {
      code: 'empty-period',
      level: 'error',
      message,
      pointer: `/waivers/${index}/expires`,
      hint: 'let it expire later',
    },
  ];
}

/** A waiver for an invariant that is not there covers nothing: nothing is hidden, but somebody believes otherwise. */
function strangers(waivers: readonly Waiver[], { compiled, skipped }: WaiverSetting['policies']): Mistake[] {
  const known = new Set([...compiled.keys(), ...skipped.map(({ id }) => id)]);
  return waivers.flatMap(({ invariant }, index) => {
    if (known.has(invariant)) return [];
    const near = nearest(invariant, known);
    const message = `no loaded invariant is called \`${invariant}\`; this waiver covers nothing`;
    const hint = near === undefined ? 'remove it when the invariant is gone' : `did you mean \`${near}\`?`;
    return [{ code: 'unknown-invariant', level: 'warning', message, pointer: `/waivers/${index}/invariant`, hint }];
  });
}

function tooMany(selections: Selections, waivers: readonly Waiver[]): Mistake[] {
  return [...selections].flatMap(([invariant, { length }]): Mistake[] => {
    if (length <= MOST_CONDITIONS) return [];
    const index = waivers.findIndex(waiver => waiver.invariant === invariant && 'where' in waiver.subject);
    const message = `${length} conditions are over \`${invariant}\`; at most ${MOST_CONDITIONS} are judged`;
    const pointer = `/waivers/${index}/subject/where`;
    return [
      { code: 'too-many', level: 'error', message, pointer, hint: 'name subjects by ids, or take some together' },
    ];
  });
}
