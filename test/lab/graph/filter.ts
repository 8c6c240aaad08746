import type { Item } from './properties.ts';

/** A parsed `$filter`. */
export type Filter = {
  readonly test: (item: Item) => boolean;
  /** Needs `ConsistencyLevel: eventual` and `$count=true`. */
  readonly advanced: boolean;
  /** Properties it names. */
  readonly names: readonly string[];
  /** Operators that compare instants: which of them are served depends on what is filtered. */
  readonly operators: ReadonlySet<string>;
  /** The id when the whole filter is `id eq '…'`. */
  readonly id: string | undefined;
};

type Test = (item: Item) => boolean;
type Reader = {
  readonly tokens: readonly string[];
  at: number;
  advanced: boolean;
  readonly names: Set<string>;
  readonly operators: Set<string>;
};

const TOKEN = /\s*('(?:[^']|'')*'|\d{4}-\d\d-\d\dT[\d:.]+Z|[()]|,|:|[A-Za-z0-9_/.+-]+)/y;
const ORDERS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
};
const MOST_IN_VALUES = 15;
const LONGEST_VALUE = 120;
/** Navigation property that only the index of advanced queries knows. */
const CLOUD_MANAGED = 'onPremisesSyncBehavior/isCloudManaged';

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match?.[1] === undefined) throw new SyntaxError(`Syntax error at position ${from} in '${text.slice(0, 80)}'.`);
    tokens.push(match[1]);
  }
  return tokens;
}

function take(reader: Reader, expected?: string): string {
  const token = reader.tokens[reader.at];
  if (token === undefined || (expected !== undefined && token !== expected))
    throw new SyntaxError(`Expected ${expected ?? 'more'} at token ${reader.at}, found ${token ?? 'the end'}.`);
  reader.at += 1;
  return token;
}

function readLiteral(reader: Reader): unknown {
  const token = take(reader);
  if (token === 'true' || token === 'false') return token === 'true';
  if (token === 'null') return null;
  if (token.startsWith("'")) {
    const text = token.slice(1, -1).replaceAll("''", "'");
    if (text.length > LONGEST_VALUE) throw new SyntaxError(`The value is longer than ${LONGEST_VALUE} characters.`);
    return text;
  }
  return token;
}

function readValue(item: Item, name: string): unknown {
  return item[name === CLOUD_MANAGED ? 'isCloudManaged' : name] ?? null;
}

function same(left: unknown, right: unknown): boolean {
  return typeof left === 'string' && typeof right === 'string'
    ? left.toLowerCase() === right.toLowerCase()
    : left === right;
}

function name(reader: Reader, property: string): string {
  reader.names.add(property);
  if (property === CLOUD_MANAGED) reader.advanced = true;
  return property;
}

function readStartsWith(reader: Reader): Test {
  take(reader, '(');
  const property = name(reader, take(reader));
  take(reader, ',');
  const prefix = String(readLiteral(reader)).toLowerCase();
  take(reader, ')');
  return item => {
    const value = readValue(item, property);
    return typeof value === 'string' && value.toLowerCase().startsWith(prefix);
  };
}

function readAny(reader: Reader, path: string): Test {
  const property = name(reader, path.slice(0, -'/any'.length));
  take(reader, '(');
  const variable = take(reader);
  take(reader, ':');
  take(reader, variable);
  take(reader, 'eq');
  const wanted = readLiteral(reader);
  take(reader, ')');
  return item => {
    const values = readValue(item, property);
    return Array.isArray(values) && values.some(value => same(value, wanted));
  };
}

function readIn(reader: Reader, property: string): Test {
  take(reader, '(');
  const wanted = [readLiteral(reader)];
  while (reader.tokens[reader.at] === ',') {
    take(reader);
    wanted.push(readLiteral(reader));
  }
  take(reader, ')');
  if (wanted.length > MOST_IN_VALUES)
    throw new SyntaxError(`Too many child clauses specified in search filter expression: ${wanted.length}.`);
  return item => wanted.some(value => same(readValue(item, property), value));
}

function readPrimary(reader: Reader): Test {
  const token = take(reader);
  if (token === '(') {
    const test = readOr(reader);
    take(reader, ')');
    return test;
  }
  if (token === 'not') {
    reader.advanced = true;
    const test = readPrimary(reader);
    return item => !test(item);
  }
  if (token === 'startswith' || token === 'startsWith') return readStartsWith(reader);
  if (token.endsWith('/any')) return readAny(reader, token);
  const property = name(reader, token);
  const operator = take(reader);
  if (operator === 'in') return readIn(reader, property);
  if (operator === 'eq' || operator === 'ne') {
    if (operator === 'ne') reader.advanced = true;
    const wanted = readLiteral(reader);
    return item => same(readValue(item, property), wanted) === (operator === 'eq');
  }
  const order = ORDERS[operator];
  if (order !== undefined) {
    reader.operators.add(operator);
    const wanted = Date.parse(String(readLiteral(reader)));
    if (Number.isNaN(wanted)) throw new SyntaxError(`The operator '${operator}' is served for instants only.`);
    return item => order(Date.parse(String(readValue(item, property))), wanted);
  }
  throw new SyntaxError(`The operator '${operator}' is not served by this double.`);
}

function readAnd(reader: Reader): Test {
  let test = readPrimary(reader);
  while (reader.tokens[reader.at] === 'and') {
    take(reader);
    const [left, right] = [test, readPrimary(reader)];
    test = item => left(item) && right(item);
  }
  return test;
}

function readOr(reader: Reader): Test {
  let test = readAnd(reader);
  while (reader.tokens[reader.at] === 'or') {
    take(reader);
    const [left, right] = [test, readAnd(reader)];
    test = item => left(item) || right(item);
  }
  return test;
}

/** Parses the part of OData's filter language that directory objects need. Throws a SyntaxError that says where it stopped. */
export function parseFilter(text: string): Filter {
  const reader: Reader = { tokens: tokenize(text), at: 0, advanced: false, names: new Set(), operators: new Set() };
  const test = readOr(reader);
  if (reader.at !== reader.tokens.length) throw new SyntaxError(`Unexpected '${reader.tokens[reader.at] ?? ''}'.`);
  return {
    test,
    advanced: reader.advanced,
    names: [...reader.names],
    operators: reader.operators,
    id: /^\s*id eq '([^']*)'\s*$/.exec(text)?.[1]?.toLowerCase(),
  };
}

/** Whether a name in a filter is the one navigation property that can be filtered on. */
export function isNavigation(property: string): boolean {
  return property === CLOUD_MANAGED;
}
