import { model } from '../model/index.ts';
import { type Context, contextAt, linesOf, type Place } from './context.ts';
import { functionNames, type Name, namesOf, populationNames } from './names.ts';
import type { PolicyKeys } from './schema.ts';

/** What could be written at a place: names that replace the text from `start` to the place. */
export type Completion = { readonly start: Place; readonly end: Place; readonly names: readonly Name[] };

/** What stands at a place, and where it stands. */
export type Explanation = { readonly start: Place; readonly end: Place; readonly name: Name };

const MOST_NAMES = 500;

/** Names that could be written at a place of a policy, by what stands before it. */
export function complete(text: string, place: Place, keys: PolicyKeys): Completion {
  const lines = linesOf(text);
  const context = contextAt(lines, place);
  const { before } = context;
  const word = /[A-Za-z_][\w.-]*$/.exec(before)?.[0] ?? '';
  const end = { line: place.line, character: before.length };
  const offer = (names: readonly Name[], written = word): Completion => ({
    start: { ...end, character: before.length - written.length },
    end,
    names: names.filter(({ name }) => name.toLowerCase().startsWith(written.toLowerCase())).slice(0, MOST_NAMES),
  });
  if (context.key === undefined) return offer(isKeyPlace(before) ? keysFor(context, keys) : []);
  if (context.inExpression) return inExpression(context, lines, offer);
  if (context.key === 'over') return offer(populationNames());
  if (context.key === 'facts')
    return offer(namesOf(populationOf(context), lines).filter(({ kind }) => kind === 'field'));
  const inner =
    context.within === 'params' ? (/\b(type|default):\s*["']?[\w[\]]*$/.exec(before)?.[1] ?? '') : context.key;
  return offer(keys.values(context.within, inner));
}

function isKeyPlace(before: string): boolean {
  return /^\s*(?:- +)?[\w-]*$/.test(before);
}

function keysFor({ within, present }: Context, keys: PolicyKeys): readonly Name[] {
  return keys.keys(within).filter(({ name }) => !present.has(name));
}

type Offer = (names: readonly Name[], written?: string) => Completion;

function inExpression(context: Context, lines: readonly string[], offer: Offer): Completion {
  const { before } = context;
  // Within a text: the values of the field that it is compared with.
  const compared = /([A-Za-z][\w.]*)\s*(?:==|!=|in\s*\[)\s*(?:["'][\w -]*["']\s*,\s*)*\\?["']([\w-]*)$/.exec(before);
  const population = populationOf(context);
  if (compared) {
    const [, path = '', written = ''] = compared;
    const values = population?.fields.find(field => field.path === path)?.values ?? [];
    return offer(
      values.map((name): Name => ({ name, kind: 'value', detail: path, about: '' })),
      written,
    );
  }
  const word = /[A-Za-z_][\w.]*$/.exec(before)?.[0] ?? '';
  const names = namesOf(population, lines);
  const found = offer([...names, ...functionNames()], word);
  const dot = word.lastIndexOf('.');
  const isValue = dot > 0 && names.some(({ name, kind }) => name === word.slice(0, dot) && kind !== 'object');
  // After a value: what can be called on it.
  return found.names.length === 0 && isValue ? offer(functionNames(), word.slice(dot + 1)) : found;
}

function populationOf({ over }: Context) {
  return over === undefined ? undefined : model.populations.get(over);
}

/** What the name at a place means; undefined where there is nothing to say. */
export function explain(text: string, place: Place, keys: PolicyKeys): Explanation | undefined {
  const lines = linesOf(text);
  const context = contextAt(lines, place);
  const left = /[A-Za-z_][\w.-]*$/.exec(context.before)?.[0] ?? '';
  const right = /^[\w-]*/.exec(context.after)?.[0] ?? '';
  const written = left + right;
  const start = { line: place.line, character: context.before.length - left.length };
  const at = (name: Name | undefined, skipped = 0): Explanation | undefined =>
    name && {
      start: { ...start, character: start.character + skipped },
      end: { ...start, character: start.character + skipped + name.name.length },
      name,
    };
  if (written === '') return undefined;
  const isKey = /^\s*(?:- +)?$/.test(context.before.slice(0, start.character)) && /^[\w-]*:/.test(context.after);
  if (isKey) return at(keys.keys(context.within).find(({ name }) => name === written));
  if (context.key === 'over') return at(populationNames().find(({ name }) => name === written));
  if (!context.inExpression && context.key !== 'facts') return undefined;
  // CEL reads a hyphen as a minus.
  const path = written.slice(written.lastIndexOf('-') + 1);
  const skipped = written.length - path.length;
  const field = namesOf(populationOf(context), lines).find(({ name }) => name === path);
  const last = path.slice(path.lastIndexOf('.') + 1);
  return (
    at(field, skipped) ??
    at(
      functionNames().find(({ name }) => name === last),
      written.length - last.length,
    )
  );
}
