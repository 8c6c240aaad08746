import { escapeMarkdown } from '../base/index.ts';
import type { Context } from './context.ts';
import type { Name } from './names.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What the published schema of policies says of keys and their values. */
export type PolicyKeys = {
  readonly keys: (within: Context['within']) => readonly Name[];
  readonly values: (within: Context['within'], key: string) => readonly Name[];
};

/** Reads keys, descriptions and closed sets of values from schemas/policy.schema.json. */
export function keysOf(schema: unknown): PolicyKeys {
  const root = record(schema);
  const definitions = record(root.$defs);
  const holders: Readonly<Record<Context['within'], Schema>> = {
    policy: record(root.properties),
    params: record(record(definitions.parameter).properties),
    invariant: record(record(definitions.invariant).properties),
  };
  return {
    keys: within =>
      Object.entries(holders[within]).map(([name, value]) => ({
        name,
        kind: 'key',
        detail: '',
        about: escapeMarkdown(String(resolved(definitions, value).description ?? '')),
      })),
    values: (within, key) => {
      const found = resolved(definitions, holders[within][key]);
      const closed = found.enum ?? record(found.items).enum;
      return (Array.isArray(closed) ? closed : []).map(value => ({
        name: String(value),
        kind: 'value',
        detail: key,
        about: '',
      }));
    },
  };
}

function resolved(definitions: Schema, value: unknown): Schema {
  const own = record(value);
  const name = typeof own.$ref === 'string' ? own.$ref.replace('#/$defs/', '') : undefined;
  return name === undefined ? own : { ...record(definitions[name]), ...own };
}

function record(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
