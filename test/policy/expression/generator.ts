import fc from 'fast-check';
import { columns } from './rows.ts';

/** One expression in two spellings: as a policy author writes it and as the reference reads it (flat names, has() as != null). */
export type Pair = { readonly ours: string; readonly theirs: string };

type Type = 'bool' | 'int' | 'double' | 'string' | 'timestamp' | 'duration';
type Place = { readonly depth: number; readonly present: ReadonlySet<string>; readonly variables: readonly string[] };
type Choose = (options: number) => number;

const pair = (ours: string, theirs = ours): Pair => ({ ours, theirs });
const build = (parts: TemplateStringsArray, ...holes: readonly (Pair | string)[]): Pair => {
  const fill = (side: 'ours' | 'theirs'): string =>
    parts
      .map((part, index) => {
        const hole = holes[index];
        return part + (hole === undefined ? '' : typeof hole === 'string' ? hole : hole[side]);
      })
      .join('');
  return pair(fill('ours'), fill('theirs'));
};

const path = (name: string): Pair => pair(name, name.replace('.', '_'));
const quoted = (text: string): Pair => pair(JSON.stringify(text));
const words = [
  '',
  'a',
  'b',
  'B',
  'ab',
  'SMTP:',
  'smtp:ann@x.org',
  "it's",
  'Ä',
  '👍',
  'x',
  '%',
  ' ',
  'CN=a,OU=b',
  'true',
  '1',
  '\\',
];
const versions = ['2.5', '2.5.76.0', '2.5.0', '0.0', '2.9', '10', '1.2.3.4.5.6.7.8', '999999999'];
const patterns = [
  '^a',
  'a|B',
  '(?i)^smtp:',
  '[[:space:]]',
  '^$',
  'b+$',
  '^.{2,}$',
  '\\p{L}',
  'x?',
  '(?s)e.b',
  '\\bann\\b',
  'a.*b',
];

/** Random well-typed conditions over the test catalogue. */
export const condition: fc.Arbitrary<Pair> = fc.gen().map(gen => {
  const choose: Choose = options => gen(pick, options - 1);
  return grow(choose).condition({ depth: 3, present: new Set(), variables: [] });
});

/** Random expressions of any type, which may be absent. */
export const phrase: fc.Arbitrary<Pair> = fc.gen().map(gen => {
  const choose: Choose = options => gen(pick, options - 1);
  return grow(choose).phrase({ depth: 2, present: new Set(), variables: [] });
});

const pick = (max: number): fc.Arbitrary<number> => fc.noBias(fc.nat(max));

function grow(choose: Choose) {
  const one = <T>(...options: readonly [() => T, ...(() => T)[]]): T =>
    (options[choose(options.length)] ?? options[0])();
  const among = <T>(options: readonly T[], fallback: T): T => options[choose(options.length)] ?? fallback;
  const deeper = (place: Place): Place => ({ ...place, depth: place.depth - 1 });
  const isPresent = (place: Place, name: string): boolean => {
    const field = columns.find(entry => entry.path === name);
    if (field === undefined || place.present.has(name)) return field !== undefined;
    return !field.nullable && (!name.startsWith('twin.') || place.present.has('twin'));
  };
  const fields = (place: Place, type: Type): string[] =>
    columns.filter(entry => entry.type === type && isPresent(place, entry.path)).map(entry => entry.path);
  const field = (place: Place, type: Type): Pair => {
    const variables = type === 'string' ? place.variables : [];
    const names = [...fields(place, type), ...variables];
    return path(among(names, names[0] ?? 'flag'));
  };
  const anyField = (type: Type): Pair => {
    const names = columns.filter(entry => entry.type === type).map(entry => entry.path);
    return path(among(names, names[0] ?? 'flag'));
  };

  const apart = (left: Pair, operators: readonly string[], right: Pair, spare: Pair): Pair =>
    build`${left} ${among(operators, '==')} ${left.ours === right.ours ? spare : right}`;
  const EQUAL = ['==', '!='];
  const literal = (type: Type): Pair => {
    switch (type) {
      case 'bool':
        return pair(among(['true', 'false'], 'true'));
      case 'int':
        return pair(
          among(['0', '1', '2', '3', '-1', '5', '9223372036854775807', '-9223372036854775808', '4294967296'], '0'),
        );
      case 'double':
        return pair(among(['0.0', '0.5', '-1.25', '3.0', '1e10', '0.1'], '0.0'));
      case 'string':
        return quoted(among(words, ''));
      case 'timestamp':
        return pair(
          `timestamp("${among(['2026-01-01T00:00:00Z', '2026-01-02T00:00:00+00:00', '2026-01-02T12:00:00.000001Z', '2025-12-31T19:00:00-05:00'], '2026-01-01T00:00:00Z')}")`,
        );
      case 'duration':
        return pair(`duration("${among(['0s', '1h', '24h', '1.234567s', '-1m', '36h', '1h30m'], '0s')}")`);
    }
  };

  const varying = (type: Type, place: Place): Pair => {
    if (place.depth <= 0) return field(place, type);
    const down = deeper(place);
    const plain = (): Pair => field(place, type);
    const choice = (): Pair => build`(${guardless(down)} ? ${varying(type, down)} : ${value(type, down)})`;
    switch (type) {
      case 'bool':
        return one(plain, () => build`(${conditionOf(down)})`);
      case 'int':
        return one(
          plain,
          plain,
          choice,
          () => build`(${varying('int', down)} ${among(['+', '-', '*'], '+')} ${value('int', down)})`,
          () => build`(${varying('int', down)} ${among(['/', '%'], '/')} ${among(['2', '3', '-2', '7'], '2')})`,
          () => build`size(${varying('string', down)})`,
          () => build`${list(down)}.size()`,
          () => build`(-${varying('int', { ...down, depth: 0 })})`,
        );
      case 'double':
        return one(
          plain,
          plain,
          choice,
          () => build`(${varying('double', down)} ${among(['+', '-', '*'], '+')} ${value('double', down)})`,
          () => build`(${varying('double', down)} / ${among(['2.0', '-0.5'], '2.0')})`,
          () => build`double(${varying('int', down)})`,
        );
      case 'string':
        return one(
          plain,
          plain,
          plain,
          choice,
          () => build`(${varying('string', down)} + ${value('string', down)})`,
          () => build`${varying('string', down)}.${among(['lowerAscii()', 'upperAscii()', 'trim()'], 'trim()')}`,
          () => build`${varying('string', down)}.substring(${value('int', down)})`,
          () => build`${varying('string', down)}.substring(${value('int', down)}, ${value('int', down)})`,
          () => build`string(${varying(among(['int', 'bool', 'string', 'timestamp', 'duration'], 'int'), down)})`,
        );
      case 'timestamp':
        return one(
          plain,
          plain,
          choice,
          () => build`(${varying('timestamp', down)} ${among(['+', '-'], '+')} ${value('duration', down)})`,
          () => build`(${value('duration', down)} + ${varying('timestamp', down)})`,
        );
      case 'duration':
        return one(
          plain,
          choice,
          () => build`(${varying('timestamp', down)} - ${value('timestamp', down)})`,
          () => build`(${varying('duration', down)} ${among(['+', '-'], '+')} ${value('duration', down)})`,
        );
    }
  };
  const value = (type: Type, place: Place): Pair => (choose(2) === 0 ? literal(type) : varying(type, place));
  const list = (place: Place): Pair => {
    const plain = (): Pair => path(among(['tags', 'kinds', 'twin.names'], 'tags'));
    if (place.depth <= 0) return plain();
    const down = deeper(place);
    return one(
      plain,
      plain,
      plain,
      () => build`(${guardless(down)} ? ${plain()} : ${among(['kinds', '["a", "B"]', '[]'], 'kinds')})`,
    );
  };
  const literals = (): Pair =>
    pair(
      `[${Array.from({ length: choose(2) === 0 ? 2 : 18 }, (_, index) => JSON.stringify(index < 3 ? among(words, 'a') : `w${index}`)).join(', ')}]`,
    );

  /** A condition that never is a bare literal. */
  const guardless = (place: Place): Pair => (place.depth <= 0 ? leaf(place) : conditionOf(place));
  const types: readonly Type[] = ['bool', 'int', 'double', 'string', 'timestamp', 'duration'];
  /** `==` and `!=`, which take absent values without a guard. */
  const equality = (down: Place): Pair => {
    const type = among(types, 'int');
    const choice = (other: Pair): Pair => build`(${guardless(down)} ? ${anyField(type)} : ${other})`;
    return one(
      () => apart(varying(type, down), EQUAL, value(type, down), literal(type)),
      () => apart(anyField(type), EQUAL, anyField(type), literal(type)),
      () => apart(anyField(type), EQUAL, value(type, down), literal(type)),
      () => apart(choice(value(type, down)), EQUAL, value(type, down), literal(type)),
      () =>
        apart(
          choice(pair('null')),
          EQUAL,
          one(
            () => pair('null'),
            () => anyField(type),
            () => literal(type),
          ),
          literal(type),
        ),
    );
  };
  const leaf = (place: Place): Pair => {
    const down = deeper(place);
    return one(
      () => field(place, 'bool'),
      () => presence(),
      () => equality(down),
      () => equality(down),
      () => equality(down),
      () => {
        const type = among(types.slice(1), 'int');
        return apart(varying(type, down), ['<', '<=', '>', '>='], value(type, down), literal(type));
      },
      () =>
        build`${varying('string', down)}.${among(['startsWith', 'endsWith', 'contains'], 'contains')}(${value('string', down)})`,
      () => build`${varying('string', down)}.matches(${quoted(among(patterns, 'a'))})`,
      () => build`versionAtLeast(${varying('string', down)}, ${quoted(among(versions, '2.5'))})`,
      () => build`versionAtLeast(${quoted(among(versions, '2.5'))}, ${varying('string', down)})`,
      () => build`versionAtLeast(${field(place, 'string')}, ${field(place, 'string')})`,
      () =>
        build`${one(
          () => anyField('string'),
          () => varying('string', down),
        )} in ${one(
          () => literals(),
          () => list(down),
        )}`,
      () =>
        build`${one(
          () => anyField('int'),
          () => varying('int', down),
        )} in [0, 1, -1, 9223372036854775807]`,
      () => apart(list(down), EQUAL, pair(among(['kinds', '["a"]', '[]'], '[]')), pair('["a"]')),
    );
  };
  const nullables = [
    ...columns
      .filter(entry => (entry.nullable || entry.path.startsWith('twin.')) && entry.type !== 'string[]')
      .map(entry => entry.path),
    'twin',
  ];
  const has = (name: string): Pair => {
    const other = path(name).theirs;
    return one(
      () => pair(`has(${name})`, `(${other} != null)`),
      () => pair(`${name} != null`, `${other} != null`),
    );
  };
  const lacks = (name: string): Pair => {
    const other = path(name).theirs;
    return one(
      () => pair(`!has(${name})`, `!(${other} != null)`),
      () => pair(`null == ${name}`, `null == ${other}`),
    );
  };
  const presence = (): Pair => {
    const name = among(nullables, 'mail');
    return one(
      () => has(name),
      () => lacks(name),
    );
  };
  const guarded = (place: Place): Pair => {
    const name = among(nullables, 'mail');
    const inside: Place = {
      ...deeper(place),
      present: new Set([...place.present, name, ...(name.startsWith('twin.') ? ['twin'] : [])]),
    };
    return one(
      () => build`(${has(name)} && ${conditionOf(inside)})`,
      () => build`(${lacks(name)} || ${conditionOf(inside)})`,
      () => build`(${has(name)} ? ${conditionOf(inside)} : ${conditionOf(deeper(place))})`,
      () => build`!(${lacks(name)} || ${conditionOf(inside)})`,
    );
  };
  const quantified = (place: Place): Pair => {
    const variable = `v${place.variables.length}`;
    const inside: Place = { ...deeper(place), variables: [...place.variables, variable] };
    const source = one(
      () => list(deeper(place)),
      () => list(deeper(place)),
      () => literals(),
    );
    return build`${source}.${among(['all', 'exists', 'exists_one'], 'all')}(${variable}, ${conditionOf(inside)})`;
  };
  const conditionOf = (place: Place): Pair => {
    if (place.depth <= 0) return leaf(place);
    const down = deeper(place);
    return one(
      () => leaf(place),
      () => leaf(place),
      () => build`(${conditionOf(down)} && ${conditionOf(down)})`,
      () => build`(${conditionOf(down)} || ${conditionOf(down)} || ${leaf(down)})`,
      () => build`!(${conditionOf(down)})`,
      () => build`(${conditionOf(down)} ? ${conditionOf(down)} : ${conditionOf(down)})`,
      () => guarded(place),
      () => guarded(place),
      () => quantified(place),
    );
  };
  /** What a message may hold: text, or a field as it stands, absent or not. */
  const phrase = (place: Place): Pair =>
    one(
      () => varying(among(['string', 'int', 'bool'], 'string'), place),
      () => anyField(among(['string', 'int', 'bool'], 'string')),
      () =>
        build`${guardless(place)} ? ${anyField('string')} : ${one(
          () => pair('null'),
          () => varying('string', place),
        )}`,
    );
  return { condition: conditionOf, phrase };
}
