import { nearest, type Problem, sha256 } from '../../base/index.ts';
import { type Document, escapePointer, problemAt } from '../../yaml/index.ts';

/** A place in a case file, as a JSON pointer. */
export type Place = string;

/** The pointer of a part of a place. */
export function within(place: Place, ...steps: readonly (string | number)[]): Place {
  return [place, ...steps.map(step => escapePointer(String(step)))].join('/');
}

/** Everything that is called by a short name on one side, and the mistakes in calling it. */
export type Register<T> = {
  add(name: string, place: Place, thing: T): void;
  /** The thing of that name; a mistake is noted when there is none. */
  find(name: string, place: Place): T | undefined;
  get(name: string): T | undefined;
  entries(): Iterable<[string, T]>;
};

/** Where mistakes of one case file are noted. */
export type Notes = {
  readonly problems: Problem[];
  note(place: Place, code: string, message: string, hint?: string, part?: 'key'): void;
};

/** Notes on a document. */
export function notesOn(document: Document): Notes {
  const problems: Problem[] = [];
  return {
    problems,
    note: (place, code, message, hint, part) => {
      problems.push(
        problemAt(document, document.at(place, part), { code, message, ...(hint === undefined ? {} : { hint }) }),
      );
    },
  };
}

/** An empty register; `where` says in a mistake where the name was looked for, `common` are names that need not be listed there. */
export function createRegister<T>(where: string, notes: Notes, common: ReadonlySet<string> = new Set()): Register<T> {
  const things = new Map<string, T>();
  return {
    add: (name, place, thing) => {
      if (things.has(name))
        notes.note(
          place,
          'duplicate-name',
          `\`${name}\` is already the name of something else ${where}`,
          'give it another name',
        );
      else things.set(name, thing);
    },
    find: (name, place) => {
      const thing = things.get(name);
      if (thing === undefined)
        notes.note(
          place,
          'unknown-name',
          `nothing ${where} is called \`${name}\``,
          suggest(name, things.keys(), common),
        );
      return thing;
    },
    get: name => things.get(name),
    entries: () => things.entries(),
  };
}

/** "Did you mean", else the names there are. */
export function suggest(name: string, names: Iterable<string>, common: ReadonlySet<string> = new Set()): string {
  const known = [...names];
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  const all = known.filter(each => !common.has(each));
  if (all.length === 0) return 'there are no names yet';
  return `names: ${all.slice(0, 12).join(', ')}${all.length > 12 ? ', …' : ''}`;
}

/** The GUID that a short name stands for: the same in every run. */
export function guidOf(side: string, name: string): string {
  const hex = sha256(`${side}:${name}`);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
