import { nearest, type Position, type Problem } from '../base/index.ts';
import { escapePointer } from './compose.ts';
import { type Document, problemAt } from './document.ts';

/** One breach of a JSON Schema as ajv reports it. */
export type SchemaError = {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
};

type Schema = Readonly<Record<string, unknown>>;

type Breach = {
  readonly root: unknown;
  readonly error: SchemaError;
  /** The schema that holds the keyword: its description is the hint. */
  readonly schema: Schema;
  readonly value: unknown;
  readonly isPrivate: boolean;
};

type Finding = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly pointer?: string;
  readonly part?: 'key';
};

const MOST_PROBLEMS = 100;
const MOST_EXPLAINED = 1000;

/**
 * Says every breach of a schema in words, at the place it is written: unknown keys on the key, missing ones on the key of the object that lacks them,
 * all others on the value. `schema` is the JSON Schema itself, for what is allowed and for its descriptions. At most 100 problems, in file order.
 */
export function schemaProblems(document: Document, errors: readonly SchemaError[], schema: unknown): Problem[] {
  const telling = errors.filter(({ keyword }) => !SILENT.has(keyword));
  const problems = telling
    .slice(0, MOST_EXPLAINED)
    .map(error => {
      const holder = schemaAt(schema, document.value, error.instancePath);
      const { isPrivate } = document;
      const finding = explain({
        root: schema,
        error,
        schema: holder,
        value: valueAt(document.value, error.instancePath),
        isPrivate,
      });
      const { pointer = error.instancePath, part, code, message, hint } = finding;
      return problemAt(document, document.at(pointer, part), {
        code,
        message,
        ...(hint === undefined ? {} : { hint }),
      });
    })
    .sort((a, b) => comparePlaces(a.at, b.at));
  const left = telling.length - MOST_PROBLEMS;
  if (left <= 0) return problems;
  const at = problems[MOST_PROBLEMS]?.at ?? document.at('');
  return [
    ...problems.slice(0, MOST_PROBLEMS),
    problemAt(document, at, { code: 'more', message: `${left} more mistakes from here on` }),
  ];
}

/** Orders places by file, line and column. */
export function comparePlaces(a: Position | undefined, b: Position | undefined): number {
  const [left, right] = [a?.file ?? '', b?.file ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

// They only say that something below them failed, which is reported itself.
const SILENT: ReadonlySet<string> = new Set(['if', 'oneOf', 'anyOf', 'allOf']);

const explanations: Readonly<Record<string, (breach: Breach) => Finding>> = {
  additionalProperties: explainUnknownKey,
  propertyNames: ({ error }) => ({
    code: 'bad-name',
    message: 'this name is not allowed',
    pointer: `${error.instancePath}/${escapePointer(text(error.params.propertyName))}`,
    part: 'key',
    hint: 'begin with a lower-case letter; use letters, digits and single hyphens',
  }),
  required: ({ root, error, schema }) => {
    const name = text(error.params.missingProperty);
    const about = resolved(root, child(schema.properties, name), undefined).description;
    return {
      code: 'missing-key',
      message: `\`${name}\` is missing`,
      part: 'key',
      hint: about === undefined ? `add \`${name}:\`` : `add \`${name}:\` ${text(about)}`,
    };
  },
  enum: ({ error, value, isPrivate }) => notOneOf(list(error.params.allowedValues), value, isPrivate),
  const: ({ error, value, isPrivate }) => notOneOf([error.params.allowedValue], value, isPrivate),
  discriminator: explainDiscriminator,
  type: ({ error, schema, value }) => ({
    code: 'wrong-type',
    message: `must be ${namesOf(error.params.type)}, not ${kindOf(value)}`,
    hint: typeHint(error.params.type, value) ?? description(schema),
  }),
  minItems: ({ error, schema }) => ({
    code: 'too-few',
    message: `needs at least ${text(error.params.limit)} ${error.params.limit === 1 ? 'entry' : 'entries'}`,
    hint: description(schema),
  }),
  maxItems: tooMany('entries'),
  minProperties: ({ schema }) => ({ code: 'too-few', message: 'must not be empty', hint: description(schema) }),
  maxProperties: tooMany('keys'),
  minLength: ({ schema }) => ({ code: 'too-short', message: 'must not be empty', hint: description(schema) }),
  maxLength: tooMany('characters'),
  uniqueItems: ({ error }) => ({
    code: 'duplicate',
    message: 'this entry is listed twice',
    hint: 'remove one of the two',
    pointer: `${error.instancePath}/${Math.max(Number(error.params.i), Number(error.params.j))}`,
  }),
};

function explain(breach: Breach): Finding {
  const explanation = explanations[breach.error.keyword];
  if (explanation) return explanation(breach);
  const about = description(breach.schema);
  const shown = typeof breach.value === 'string' && !breach.isPrivate ? `\`${cut(breach.value)}\` ` : 'this ';
  return {
    code: 'bad-value',
    message: `${shown}${breach.error.keyword === 'pattern' ? 'does not have the right form' : (breach.error.message ?? 'is not allowed')}`,
    hint: about,
  };
}

function explainUnknownKey({ error, schema, value, isPrivate }: Breach): Finding {
  const name = text(error.params.additionalProperty);
  const allowed = Object.keys(record(schema.properties));
  // A key that is there already was not meant.
  const near = nearest(
    name,
    allowed.filter(key => !Object.hasOwn(record(value), key)),
  );
  // In a private file a key may be a secret that was written in the wrong place, such as `password:hunter2`.
  const shown = isPrivate && !/^[A-Za-z][\w-]{0,40}$/.test(name) ? '' : ` \`${cut(name)}\``;
  return {
    code: 'unknown-key',
    message: `unknown key${shown}`,
    hint: near ? `did you mean \`${near}\`?` : `allowed: ${allowed.join(', ')}`,
    pointer: `${error.instancePath}/${escapePointer(name)}`,
    part: 'key',
  };
}

function explainDiscriminator({ error, schema, value, isPrivate }: Breach): Finding {
  const tag = text(error.params.tag);
  const choices = list(schema.oneOf).map(choice => record(record(record(choice).properties)[tag]).const);
  if (error.params.tagValue === undefined) {
    return {
      code: 'missing-key',
      message: `\`${tag}\` is missing`,
      part: 'key',
      hint: `add \`${tag}:\` one of ${choices.join(', ')}`,
    };
  }
  return { ...notOneOf(choices, record(value)[tag], isPrivate), pointer: `${error.instancePath}/${tag}` };
}

function notOneOf(allowed: readonly unknown[], value: unknown, isPrivate: boolean): Finding {
  const words = allowed.map(String);
  const near = typeof value === 'string' ? nearest(value, words) : undefined;
  const shown = isPrivate ? 'this' : `\`${cut(text(value))}\``;
  const choice = words.length === 1 ? `must be ${words[0]}` : `must be one of ${words.join(', ')}`;
  return {
    code: 'not-allowed',
    message: `${shown} is not allowed here; ${choice}`,
    hint: near ? `did you mean \`${near}\`?` : undefined,
  };
}

function tooMany(unit: string): (breach: Breach) => Finding {
  return ({ error, schema }) => ({
    code: 'too-many',
    message: `has more than ${text(error.params.limit)} ${unit}`,
    hint: description(schema),
  });
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a mapping of keys to values',
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  null: 'empty',
};

function namesOf(type: unknown): string {
  return (Array.isArray(type) ? type : text(type).split(',')).map(name => NAMES[text(name)] ?? text(name)).join(' or ');
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'true or false' : 'a number';
}

function typeHint(type: unknown, value: unknown): string | undefined {
  if (text(type) === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return 'put it in quotes';
  if (text(type) === 'array' && typeof value === 'string') return 'put it in brackets: [ … ]';
  return undefined;
}

function description(schema: Schema): string | undefined {
  return typeof schema.description === 'string' ? schema.description : undefined;
}

/**
 * The schema of a value, found by walking down from the root. Ajv's own schema path is of no use: it starts anew at each `$ref`.
 * Where there is a choice by `kind` or the like, the branch that the value names is taken.
 */
function schemaAt(root: unknown, value: unknown, pointer: string): Schema {
  let here: unknown = value;
  let schema = resolved(root, root, here);
  for (const step of pointer.split('/').slice(1)) {
    here = child(here, step);
    const property = child(schema.properties, step);
    schema = resolved(
      root,
      property ?? (isRecord(schema.additionalProperties) ? schema.additionalProperties : schema.items),
      here,
    );
  }
  return schema;
}

/** A schema with its reference and the branch chosen by its discriminator folded in. */
function resolved(root: unknown, schema: unknown, value: unknown): Schema {
  let found = record(schema);
  for (let depth = 0; typeof found.$ref === 'string' && depth < 8; depth++) {
    const { $ref, ...beside } = found;
    const target = text($ref).replace(/^#\/?/, '').split('/').reduce<unknown>(child, root);
    found = { ...record(target), ...beside };
  }
  const tag = text(record(found.discriminator).propertyName);
  const branch = list(found.oneOf).find(
    choice => record(record(record(choice).properties)[tag]).const === record(value)[tag],
  );
  return tag === '' || branch === undefined ? found : { ...found, ...record(branch) };
}

function valueAt(value: unknown, pointer: string): unknown {
  return pointer.split('/').slice(1).reduce<unknown>(child, value);
}

function child(node: unknown, step: string): unknown {
  const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
  if (Array.isArray(node)) return node[Number(key)];
  return Object.hasOwn(record(node), key) ? record(node)[key] : undefined;
}

function record(value: unknown): Schema {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : String(isRecord(value) ? '…' : value);
}

function cut(value: string): string {
  return value.length > 60 ? `${value.slice(0, 59)}…` : value;
}
