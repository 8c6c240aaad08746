import { nearest } from '../base/index.ts';
import { readDuration } from '../yaml/index.ts';
import { type LiteralResult, literalSql } from './expression/index.ts';
import type { Parameter, ParameterType } from './invariant.ts';

/** What a parameter may hold. */
export type ParameterValue = Parameter['value'];

/** A value that replaces a parameter's default; `name` is `parameter` or `policy.parameter`. */
export type Override = {
  readonly name: string;
  /** Text from the command line, or a value from a profile. */
  readonly value: unknown;
  readonly from: 'profile' | 'command line';
};

/** Why a value or a name does not fit a parameter. */
export type Misfit = { readonly message: string; readonly hint?: string };

const EXAMPLES: Readonly<Record<ParameterType, string>> = {
  bool: 'write true or false',
  int: 'write a whole number such as 50',
  double: 'write a number such as 0.8',
  string: 'write text, in quotes if it looks like a number',
  duration: 'write a duration such as 90m, 24h, PT20M or P1D',
  'string[]': 'write a list of texts such as [a, b]',
};

/** Values that stand in for broken defaults, so that the expressions which read them can be checked all the same. */
export const placeholders: Readonly<Record<ParameterType, ParameterValue>> = {
  ...{ bool: false, int: 0, double: 0, string: '', duration: '0s', 'string[]': [] },
};

/** Checks a value written in YAML against a parameter's type. */
export function checkValue(type: ParameterType, value: unknown): { readonly value: ParameterValue } | Misfit {
  const literal = valueSql(type, value);
  if (literal.ok && isValue(value)) return { value };
  const reason =
    literal.ok || literal.message.includes('not of type') ? `is not a valid ${type}` : lower(literal.message);
  return { message: `the value ${reason}`, hint: EXAMPLES[type] };
}

/** Reads a value of the command line: lists are comma-separated. */
export function parseValue(type: ParameterType, text: string): { readonly value: ParameterValue } | Misfit {
  return checkValue(type, typed(type, text.trim()));
}

function typed(type: ParameterType, text: string): unknown {
  switch (type) {
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'int':
      return /^[-+]?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'double':
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
    case 'string[]':
      return text === '' ? [] : text.split(',').map(item => item.trim());
    default:
      return text;
  }
}

/** The SQL of a parameter's value; durations may be written as in ISO 8601 or as in CEL. */
export function valueSql(type: ParameterType, value: unknown): LiteralResult {
  const ms =
    type === 'duration' && typeof value === 'string' && value.startsWith('P') ? readDuration(value) : undefined;
  return literalSql(type, ms === undefined ? value : `${ms}ms`);
}

/** True for what a parameter of some type could hold. */
export function isValue(value: unknown): value is ParameterValue {
  return Array.isArray(value)
    ? value.every(item => typeof item === 'string')
    : typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function lower(message: string): string {
  return message.replace(/^The value /, '').replace(/\.$/, '');
}

/** Which policies an override means: those that declare the parameter, or why none does. */
export function policiesOf(
  override: string,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
): { readonly policies: readonly string[]; readonly parameter: string } | Misfit {
  const dot = override.indexOf('.');
  const policy = dot < 0 ? undefined : override.slice(0, dot);
  const parameter = override.slice(dot + 1);
  const policies = [...declared]
    .filter(([name, params]) => (policy === undefined || name === policy) && params.has(parameter))
    .map(([name]) => name);
  if (policies.length > 0) return { policies, parameter };
  const names = [...declared].flatMap(([name, params]) =>
    [...params].map(each => (policy === undefined ? each : `${name}.${each}`)),
  );
  const near = nearest(override, names);
  const message = `no loaded policy has a parameter \`${override}\``;
  if (near) return { message, hint: `did you mean \`${near}\`?` };
  return {
    message,
    hint:
      names.length > 0
        ? `parameters: ${[...new Set(names)].sort().slice(0, 12).join(', ')}`
        : 'the loaded policies have no parameters',
  };
}
