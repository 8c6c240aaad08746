/** Type of a field or of an expression. `int` is 64-bit; `timestamp` is SQL `TIMESTAMP` in UTC; `duration` is SQL `BIGINT` microseconds. */
export type FieldType = 'bool' | 'int' | 'double' | 'string' | 'timestamp' | 'duration' | 'string[]';

/** One readable field of a population row. */
export type Field = {
  /** Dotted, as written in policies: `group.ad.dn`, `inCloud`, `params.max`. */
  readonly path: string;
  readonly type: FieldType;
  /** May be absent although the object that holds it is present. A `string[]` is never absent: it is an empty list. */
  readonly nullable: boolean;
  /** SQL that yields the value, or NULL when absent. */
  readonly sql: string;
  /** SQL boolean that says whether the facet was read; the text `true` when it always is. */
  readonly known: string;
  readonly facet: string;
  /** Closed set of the strings it can hold. */
  readonly values?: readonly string[];
  readonly entity?: string;
  /** SQL boolean that says whether the value is what the source holds, not a pseudonym for it: without that, only its presence and its length as a list count. */
  readonly clear?: { readonly sql: string; readonly facets: readonly string[] };
};

/** An object path that can be absent as a whole, such as `group.ad` where there is no twin; the fields below it are absent with it. */
export type ObjectPath = {
  readonly path: string;
  readonly nullable: boolean;
  /** SQL boolean, never NULL where `known` holds: is the object there? */
  readonly present: string;
  readonly known: string;
  readonly facet: string;
  readonly entity?: string;
};

/** Everything an expression over one population may read. */
export type Catalogue = {
  readonly fields: ReadonlyMap<string, Field>;
  readonly objects: ReadonlyMap<string, ObjectPath>;
};

/** What a path names: a field or object, the objects above it that may be absent, or where it goes wrong. */
export type Lookup =
  | { readonly found: 'field'; readonly field: Field; readonly above: readonly ObjectPath[] }
  | {
      readonly found: 'object';
      readonly path: string;
      readonly object: ObjectPath | null;
      readonly above: readonly ObjectPath[];
    }
  | {
      readonly found: 'nothing';
      readonly at: number;
      readonly parent: string;
      readonly beneath: Field | null;
      readonly suggestions: readonly string[];
      /** Names that would be right in this place. */
      readonly siblings: readonly string[];
    };

/** Resolves a dotted path; `at` is the index of the first name that does not exist. */
export function look(catalogue: Catalogue, names: readonly string[]): Lookup {
  const tree = childrenOf(catalogue);
  const above: ObjectPath[] = [];
  let path = '';
  for (const [at, name] of names.entries()) {
    const parent = path;
    path = parent === '' ? name : `${parent}.${name}`;
    const siblings = tree.get(parent);
    if (siblings === undefined || !siblings.has(name)) {
      return {
        found: 'nothing',
        at,
        parent,
        beneath: catalogue.fields.get(parent) ?? null,
        suggestions: suggest(catalogue, names, at, siblings),
        siblings: [...(siblings ?? [])],
      };
    }
    const object = catalogue.objects.get(path) ?? null;
    const last = at === names.length - 1;
    const field = catalogue.fields.get(path);
    if (last && field !== undefined) return { found: 'field', field, above };
    if (last) return { found: 'object', path, object, above };
    if (object?.nullable) above.push(object);
  }
  return { found: 'nothing', at: 0, parent: '', beneath: null, suggestions: [], siblings: [] };
}

const trees = new WeakMap<Catalogue, ReadonlyMap<string, ReadonlySet<string>>>();

/** Names below each object path, `''` being the top; built once per catalogue. */
function childrenOf(catalogue: Catalogue): ReadonlyMap<string, ReadonlySet<string>> {
  const known = trees.get(catalogue);
  if (known !== undefined) return known;
  const tree = new Map<string, Set<string>>();
  for (const path of [...catalogue.fields.keys(), ...catalogue.objects.keys()]) {
    const names = path.split('.');
    for (const [index, name] of names.entries()) {
      const parent = names.slice(0, index).join('.');
      tree.set(parent, (tree.get(parent) ?? new Set()).add(name));
    }
  }
  trees.set(catalogue, tree);
  return tree;
}

function suggest(
  catalogue: Catalogue,
  names: readonly string[],
  at: number,
  siblings: ReadonlySet<string> | undefined,
): string[] {
  const wrong = names[at] ?? '';
  const parent = names.slice(0, at);
  const near = nearest(wrong, [...(siblings ?? [])]).map(name => [...parent, name].join('.'));
  if (near.length > 0) return near;
  const last = names.at(-1) ?? '';
  return [...catalogue.fields.keys(), ...catalogue.objects.keys()]
    .filter(path => path.endsWith(`.${last}`) || path === last)
    .slice(0, 3);
}

/** The candidates closest to a misspelt word, best first, at most three, none that is far off. */
export function nearest(wrong: string, candidates: readonly string[]): string[] {
  const limit = wrong.length < 3 ? 0 : Math.max(1, Math.floor(wrong.length / 3));
  return candidates
    .map(candidate => ({ candidate, distance: distance(wrong.toLowerCase(), candidate.toLowerCase(), limit) }))
    .filter(entry => entry.distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(entry => entry.candidate);
}

/** Edits (a letter added, lost or changed, two neighbours swapped), given up as `limit + 1` where lengths alone exceed the limit. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? change) + 1 : change;
      next.push(Math.min(change, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
