import { nearest, type Position, type Problem } from '../base/index.ts';
import { type Document, problemAt } from '../yaml/index.ts';
import { type Facet, facetsOf, type Population } from './catalogue.ts';
import {
  type Catalogue,
  checkExpression,
  checkTemplate,
  type ExpressionMistake,
  reachOf,
  type TemplatePart,
} from './expression/index.ts';
import type { Invariant } from './invariant.ts';

/** What an invariant's texts compile to; SQL is over the relation of its population, true/false/NULL for unknown. */
export type CompiledTexts = {
  /** `true` when every subject is in scope. */
  readonly whenSql: string;
  readonly expectSql: string;
  readonly messageParts: readonly TemplatePart[];
  readonly remediationParts: readonly TemplatePart[];
  /** Fields and objects that the verdict rests on (`when` and `expect`), sorted; parameters and `asOf` included. */
  readonly reads: readonly string[];
  /** Those whose text counts as it is: pseudonyms in its place may make the verdict unknown. */
  readonly clears: readonly string[];
  /** Facets of what it reads, sorted: when one was not read, the verdict may be unknown. */
  readonly facets: readonly Facet[];
  /** Those, and the facets of `message` and `remediation`: what has to be read for a finding without a blank. */
  readonly told: readonly Facet[];
};

/** An invariant with the SQL that judges it. */
export type CompiledInvariant = CompiledTexts & {
  readonly invariant: Invariant;
  /** Where it says which rows it judges: `when`, else `over`, with its line for underlining. */
  readonly scope: { readonly at: Position; readonly excerpt: string };
};

/** What is known about the texts of an invariant before its shape is known to be right. */
export type Texts = {
  readonly over: unknown;
  readonly when: unknown;
  readonly expect: unknown;
  readonly message: unknown;
  readonly remediation: unknown;
  readonly facts: unknown;
  readonly flavours: unknown;
};

/** Where the texts stand and what they may name. */
export type Setting = {
  readonly document: Document;
  /** JSON pointer of the invariant. */
  readonly pointer: string;
  readonly populations: ReadonlyMap<string, Population>;
  readonly catalogue: (name: string, population: Population) => Catalogue;
  /** True for a text that cannot be judged, because it names a parameter whose declaration is broken. */
  readonly skips: (text: string) => boolean;
};

/** Checks all texts of an invariant and compiles them; every mistake in any of them is reported. Texts of a wrong type are passed over. */
export function compileTexts(
  texts: Texts,
  setting: Setting,
): { compiled: CompiledTexts | undefined; problems: Problem[] } {
  const { document, pointer, populations } = setting;
  if (typeof texts.over !== 'string') return { compiled: undefined, problems: [] };
  const population = populations.get(texts.over);
  if (!population)
    return { compiled: undefined, problems: [unknownPopulation(document, pointer, texts.over, populations)] };
  const catalogue = setting.catalogue(texts.over, population);
  const problems: Problem[] = [];
  const checkable = (text: unknown): text is string => typeof text === 'string' && text !== '' && !setting.skips(text);
  const blame = (key: keyof Texts, mistakes: readonly ExpressionMistake[]) => {
    problems.push(...mistakeProblems(document, `${pointer}/${key}`, texts[key], mistakes, catalogue));
    return undefined;
  };
  const scope = checkable(texts.when) ? texts.when : undefined;
  const bool = (key: 'when' | 'expect', assume?: string) => {
    const text = texts[key];
    if (!checkable(text)) return undefined;
    const result = checkExpression(text, catalogue, 'bool', assume);
    return result.ok ? result.checked : blame(key, result.mistakes);
  };
  const template = (key: 'message' | 'remediation') => {
    const text = texts[key];
    if (!checkable(text)) return undefined;
    const result = checkTemplate(text, catalogue, scope);
    return result.ok ? result.template : blame(key, result.mistakes);
  };
  problems.push(...unknownFacts(texts.facts, document, pointer, catalogue));
  const when = bool('when');
  const expect = bool('expect', scope);
  const [message, remediation] = [template('message'), template('remediation')];
  if (problems.length > 0 || !expect || !message || !remediation) return { compiled: undefined, problems };
  const facets = facetsOf(population, when ? [when, expect] : [expect]);
  const compiled: CompiledTexts = {
    whenSql: when?.sql ?? 'true',
    expectSql: expect.sql,
    messageParts: message.parts,
    remediationParts: remediation.parts,
    reads: [...new Set([...(when?.reads ?? []), ...expect.reads])].sort(),
    clears: [...new Set([...(when?.clears ?? []), ...expect.clears])].sort(),
    facets,
    told: facetsOf(population, [...(when ? [when] : []), expect, message, remediation]),
  };
  const doubts = [
    ...constantProblems(texts, setting, population, catalogue),
    ...braceProblems(texts, setting, catalogue),
  ];
  return { compiled, problems: doubts };
}

/** Conditions, and parts of them, that come out the same whatever is found: somebody meant something else. */
function constantProblems(
  { when, expect, flavours }: Texts,
  { document, pointer }: Setting,
  { flavour }: Population,
  catalogue: Catalogue,
): Problem[] {
  if (typeof expect !== 'string') return [];
  const scope = typeof when === 'string' ? when : undefined;
  const values = Array.isArray(flavours) ? flavours.filter(value => typeof value === 'string') : [];
  const restriction = flavour?.path === undefined || values.length === 0 ? undefined : { path: flavour.path, values };
  const reach = reachOf(scope, expect, catalogue, restriction);
  const tell = (key: 'when' | 'expect', text: string) =>
    reach[key].map(({ start, end, always }) => {
      const whole = start === 0 && end === text.trimEnd().length;
      const code = always ? 'always-true' : 'never-true';
      const at = document.inScalar(`${pointer}/${key}`, start, end - start);
      return problemAt(document, at, { code, level: 'warning', ...wordsFor(key, whole, always) });
    });
  return [...(scope === undefined ? [] : tell('when', scope)), ...tell('expect', expect)];
}

// As other languages write it, where {{ }} does not stand around it already.
const SINGLE = /(?<!\{)\$?\{\s*([A-Za-z][\w.]*)\s*\}(?!\})/g;

/** Fields in single braces: they are not replaced, and nobody writes a field's name by chance. */
function braceProblems(texts: Texts, { document, pointer }: Setting, { fields }: Catalogue): Problem[] {
  return (['message', 'remediation'] as const).flatMap(key => {
    const text = texts[key];
    if (typeof text !== 'string') return [];
    return [...text.matchAll(SINGLE)].flatMap(({ 0: written, 1: path = '', index }): Problem[] => {
      if (!fields.has(path)) return [];
      const at = document.inScalar(`${pointer}/${key}`, index, written.length);
      const message = `this is not replaced by the value of ${path}`;
      return [problemAt(document, at, { code: 'single-brace', level: 'warning', message, hint: `write {{${path}}}` })];
    });
  });
}

function wordsFor(key: 'when' | 'expect', whole: boolean, always: boolean): { message: string; hint: string } {
  if (!whole)
    return {
      message: `this part is always ${always} where it is reached`,
      hint: 'leave it out, or write the condition that was meant',
    };
  if (key === 'when')
    return always
      ? { message: 'this condition is always true: every subject is in scope', hint: 'leave out `when`' }
      : {
          message: 'this condition is never true: no subject is ever in scope',
          hint: 'look for parts that exclude each other',
        };
  return always
    ? {
        message: 'this condition is always true in scope: the invariant can never fail',
        hint: 'say what must hold besides `when`',
      }
    : {
        message: 'this condition is never true in scope: the invariant can never pass',
        hint: 'look for what contradicts `when`',
      };
}

function unknownFacts(facts: unknown, document: Document, pointer: string, catalogue: Catalogue): Problem[] {
  const paths: readonly unknown[] = Array.isArray(facts) ? facts : [];
  return paths.flatMap((path, index): Problem[] => {
    if (typeof path !== 'string' || catalogue.fields.has(path)) return [];
    const near = nearest(path, catalogue.fields.keys());
    const message = `there is no field \`${path.slice(0, 60)}\``;
    const hint = near === undefined ? {} : { hint: `did you mean \`${near}\`?` };
    return [problemAt(document, document.at(`${pointer}/facts/${index}`), { code: 'unknown-field', message, ...hint })];
  });
}

function unknownPopulation(
  document: Document,
  pointer: string,
  over: string,
  populations: ReadonlyMap<string, Population>,
): Problem {
  const near = nearest(over, populations.keys());
  const hint = near ? `did you mean \`${near}\`?` : `populations: ${[...populations.keys()].sort().join(', ')}`;
  const message = `there is no population \`${over.slice(0, 60)}\``;
  return problemAt(document, document.at(`${pointer}/over`), { code: 'unknown-population', message, hint });
}

/** The mistakes of an expression as problems at the places where it is written. */
export function mistakeProblems(
  document: Document,
  pointer: string,
  text: unknown,
  mistakes: readonly ExpressionMistake[],
  catalogue: Catalogue,
): Problem[] {
  return mistakes.map(mistake => {
    const hint = mistake.hint ?? siblingsHint(text, mistake, catalogue) ?? generalHints[mistake.code];
    return mistakeProblem(document, pointer, { ...mistake, ...(hint === undefined ? {} : { hint }) });
  });
}

function mistakeProblem(document: Document, pointer: string, mistake: ExpressionMistake): Problem {
  const { code, start, end, hint } = mistake;
  const at = document.inScalar(pointer, start, end - start);
  const message = asClause(mistake.message);
  return problemAt(document, at, { code, message, ...(hint === undefined ? {} : { hint: asClause(hint) }) });
}

const generalHints: Readonly<Partial<Record<ExpressionMistake['code'], string>>> = {
  syntax: 'check operators, quotes and parentheses',
  'wrong-type': 'write a condition that is true or false, such as group.kind == "security"',
};

const MOST_SIBLINGS = 12;

/** What could stand in place of an unknown field: its siblings. */
function siblingsHint(text: unknown, { code, start }: ExpressionMistake, catalogue: Catalogue): string | undefined {
  if (code !== 'unknown-field' || typeof text !== 'string') return undefined;
  const above = /(?:[A-Za-z_]\w*\.)*$/.exec(text.slice(0, start))?.[0] ?? '';
  const paths = [...catalogue.fields.keys(), ...catalogue.objects.keys()].filter(path => path.startsWith(above));
  const names = [...new Set(paths.map(path => path.slice(above.length).split('.')[0] ?? ''))].sort();
  if (names.length === 0) return undefined;
  const shown = names.slice(0, MOST_SIBLINGS).join(', ');
  return `${above === '' ? 'names here' : `${above.slice(0, -1)} has`}: ${shown}${names.length > MOST_SIBLINGS ? ', …' : ''}`;
}

/** Expression mistakes are sentences; problems are clauses. */
function asClause(sentence: string): string {
  const text = sentence.replace(/^[A-Z](?=[a-z' ])/, letter => letter.toLowerCase());
  return /[.!?] /.test(text) ? text : text.replace(/\.$/, '');
}
