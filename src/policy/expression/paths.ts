import { type Lookup, look, type ObjectPath } from './catalogue.ts';
import { type Checking, type Flow, note, poisoned, typed, wrong } from './checking.ts';
import type { Node, NodeOf, Span } from './syntax.ts';
import { type Paths, type Typed, upward } from './typed.ts';

/** A path as a value: a macro's variable or a field. */
export function checkPath(node: NodeOf<'path'>, checking: Checking, flow: Flow): Typed {
  const [first, second] = node.segments;
  const variable = first === undefined ? undefined : flow.scope.get(first.name);
  if (variable !== undefined) {
    if (second !== undefined)
      return wrong(checking, 'unknown-field', second, `${first?.name} is a ${variable.type}; it has no fields.`);
    const meaning = { op: 'variable', id: variable.id } as const;
    return typed(node, variable.type, meaning, variable.values === undefined ? {} : { values: variable.values });
  }
  const lookup = find(node, checking);
  if (lookup === null) return poisoned(node);
  if (lookup.found === 'object') {
    return wrong(
      checking,
      'not-a-value',
      node,
      `${lookup.path} is an object, not a value.`,
      `Use one of its fields, or has(${lookup.path}).`,
    );
  }
  const { field, above } = lookup;
  checking.reads.add(field.path);
  checking.facets.add(field.facet);
  const missing = absentAbove(above, flow.present);
  const list = field.type === 'string[]';
  // A guard can be unknown where the value it guards is known to be absent, so the SQL does not lean on guards.
  const absentable = field.nullable || above.length > 0;
  const nullable = !list && !flow.present.has(field.path) && (field.nullable || missing);
  return typed(
    node,
    field.type,
    { op: 'field', field, absentable },
    {
      nullable,
      path: field.path,
      ...(list ? { element: 'string' } : {}),
      ...(field.values === undefined ? {} : { values: field.values }),
    },
  );
}

function absentAbove(above: readonly ObjectPath[], present: Paths): boolean {
  return above.some(object => !present.has(object.path));
}

type Found = Exclude<Lookup, { found: 'nothing' }>;

function find(node: NodeOf<'path'>, checking: Checking): Found | null {
  const names = node.segments.map(segment => segment.name);
  const lookup = look(checking.catalogue, names);
  if (lookup.found !== 'nothing') return lookup;
  const place = node.segments[lookup.at] ?? node;
  const name = names[lookup.at] ?? '';
  if (lookup.beneath !== null) {
    note(checking, 'unknown-field', place, `${lookup.parent} is a ${lookup.beneath.type}; it has no fields.`);
    return null;
  }
  if (names[0] === 'params' && names.length > 1) return undeclared(node, lookup, checking);
  const where = lookup.parent === '' ? 'There is no field' : `${lookup.parent} has no field`;
  const some = lookup.siblings.slice(0, 8).join(', ');
  const listed = `${lookup.parent === '' ? 'Names here begin with' : `${lookup.parent} has`}: ${some}`;
  const hint =
    lookup.suggestions.length > 0
      ? `Did you mean ${lookup.suggestions.join(', or ')}?`
      : `${listed}${lookup.siblings.length > 8 ? ', …' : ''}.`;
  note(checking, 'unknown-field', place, `${where} "${name}".`, hint);
  return null;
}

/** A parameter that the policy does not declare, or whose hyphen CEL takes for a minus. */
function undeclared(
  node: NodeOf<'path'>,
  { suggestions }: Extract<Lookup, { found: 'nothing' }>,
  checking: Checking,
): null {
  const place = node.segments[1] ?? node;
  const kebab = /^(-[A-Za-z0-9]+)*/.exec(checking.text.slice(place.end))?.[0] ?? '';
  const written = `${checking.text.slice(place.start, place.end)}${kebab}`;
  const camel = written.replace(/-([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const declared = checking.catalogue.fields.has(`params.${camel}`);
  if (declared) {
    const hint = `Write params.${camel}: "-" would subtract.`;
    note(checking, 'unknown-field', place, `The parameter "${written}" has another name in expressions.`, hint);
    return null;
  }
  const near = suggestions.filter(path => path.startsWith('params.'));
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(', or ')}?`
      : `Declare it under params: { ${written.slice(0, 40)}: { type: int, default: 5, description: … } }.`;
  note(checking, 'unknown-field', place, `The policy declares no parameter "${written}".`, hint);
  return null;
}

/** `has(path)` of a field or an object, whose path must exist in the catalogue. */
export function checkHas(node: NodeOf<'has'>, checking: Checking, flow: Flow): Typed {
  const { operand } = node;
  if (operand.kind !== 'path')
    return wrong(
      checking,
      'wrong-arguments',
      operand,
      'has() takes the path of a field.',
      'Write has(group.ad), for example.',
    );
  const first = operand.segments[0];
  if (first !== undefined && flow.scope.has(first.name))
    return wrong(checking, 'constant', node, `${first.name} is always present: it is an item of a list.`);
  return presence(operand, node, false, checking) ?? poisoned(node);
}

/** `path == null` and `path != null` mean what `!has(path)` and `has(path)` mean; null when `other` is no path of the catalogue. */
export function checkNullComparison(
  other: Node,
  span: Span,
  negated: boolean,
  checking: Checking,
  flow: Flow,
): Typed | null {
  if (other.kind !== 'path') return null;
  const first = other.segments[0];
  if (first === undefined || flow.scope.has(first.name)) return null;
  return presence(other, span, !negated, checking) ?? poisoned(span);
}

function presence(path: NodeOf<'path'>, span: Span, negated: boolean, checking: Checking): Typed | null {
  const lookup = find(path, checking);
  if (lookup === null) return null;
  const name = lookup.found === 'field' ? lookup.field.path : lookup.path;
  const source = lookup.found === 'field' ? lookup.field : lookup.object;
  const isList = lookup.found === 'field' && lookup.field.type === 'string[]';
  if (source === null || isList || (!source.nullable && lookup.above.length === 0)) {
    return wrong(
      checking,
      'constant',
      span,
      `This is always ${negated ? 'false' : 'true'}: ${name} is never absent.`,
      isList ? `Test its size: size(${name}) > 0` : undefined,
    );
  }
  checking.reads.add(name);
  checking.facets.add(source.facet);
  const there = 'present' in source ? `(${source.present})` : `(${source.sql}) IS NOT NULL`;
  const absent = 'present' in source ? `NOT (${source.present})` : `(${source.sql}) IS NULL`;
  const sql = negated ? absent : there;
  return typed(
    span,
    'bool',
    { op: 'presence', sql: `(${sql})`, known: source.known },
    { [negated ? 'whenFalse' : 'whenTrue']: upward(name) },
  );
}

/** A field of which not the text counts, but that it is shown or how many items it has: a pseudonym will do. Anything else stays as it is. */
export function asShown(found: Typed): Typed {
  const { meaning } = found;
  if (meaning.op !== 'field' || meaning.field.clear === undefined) return found;
  const { clear: _, ...field } = meaning.field;
  return { ...found, meaning: { ...meaning, field } };
}
