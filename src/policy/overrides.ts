import type { Problem } from '../base/index.ts';
import { escapePointer, problemAt } from '../yaml/index.ts';
import type { Parameter, ParameterType } from './invariant.ts';
import {
  checkValue,
  isValue,
  type Misfit,
  type ParameterValue,
  parseValue,
  placeholders,
  policiesOf,
} from './parameters.ts';
import type { PolicyFile } from './policy-file.ts';
import type { Profile } from './profile.ts';
import { member } from './raw.ts';

/** The parameters of a file as they hold for this run, and those whose declaration is broken. */
export type FileParameters = {
  readonly params: readonly Parameter[];
  /** Names whose type is not known: expressions that read them cannot be checked. */
  readonly broken: readonly string[];
  /** True when a default was refused: nothing may be judged with what stands in for it. */
  readonly spoilt: boolean;
};

type Declared = {
  readonly file: PolicyFile;
  readonly policy: string;
  readonly params: Map<string, Parameter>;
  readonly broken: Set<string>;
  spoilt: boolean;
};

/** Binds all parameters: a profile replaces defaults, the command line replaces both; `policy.name` wins over `name`. */
export function overrideParameters(
  files: readonly PolicyFile[],
  profile: Profile | undefined,
  commandLine: Readonly<Record<string, string>>,
): { readonly of: (file: PolicyFile) => FileParameters; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const declared = files.map(file => declare(file, problems));
  for (const [name, value] of generalFirst(profile?.content.params ?? {})) {
    const pointer = `/params/${escapePointer(name)}`;
    replace(
      declared,
      name,
      'profile',
      type => checkValue(type, value),
      ({ message, hint }, part) => {
        if (profile)
          problems.push(
            problemAt(profile.document, profile.document.at(pointer, part), {
              code: 'parameter',
              message,
              ...hinted(hint),
            }),
          );
      },
    );
  }
  for (const [name, text] of generalFirst(commandLine)) {
    replace(
      declared,
      name,
      'command line',
      type => parseValue(type, text),
      ({ message, hint }) => {
        problems.push({ code: 'parameter', level: 'error', message: `--param ${name}: ${message}`, ...hinted(hint) });
      },
    );
  }
  return {
    of: file => {
      const found = declared.find(each => each.file === file);
      return {
        params: [...(found?.params.values() ?? [])],
        broken: [...(found?.broken ?? [])],
        spoilt: found?.spoilt ?? false,
      };
    },
    problems,
  };
}

function hinted(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

function generalFirst<Value>(values: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(values).sort(([a], [b]) => Number(a.includes('.')) - Number(b.includes('.')));
}

function replace(
  declared: readonly Declared[],
  name: string,
  from: Parameter['from'],
  read: (type: ParameterType) => { readonly value: ParameterValue } | Misfit,
  blame: (misfit: Misfit, part: 'key' | 'value') => void,
): void {
  const names = new Map(declared.map(({ policy, params, broken }) => [policy, new Set([...params.keys(), ...broken])]));
  const target = policiesOf(name, names);
  if ('message' in target) {
    blame(target, 'key');
    return;
  }
  const misfits = new Set<string>();
  for (const { policy, params } of declared) {
    const parameter = params.get(target.parameter);
    if (!parameter || !target.policies.includes(policy)) continue;
    const result = read(parameter.type);
    if ('value' in result) params.set(target.parameter, { ...parameter, value: result.value, from });
    else if (!misfits.has(result.message)) {
      misfits.add(result.message);
      blame(result, 'value');
    }
  }
}

// The schema refuses a file with more.
const MOST_PARAMETERS = 100;

const TYPES: ReadonlySet<unknown> = new Set<ParameterType>(['bool', 'int', 'double', 'string', 'duration', 'string[]']);

function isType(value: unknown): value is ParameterType {
  return TYPES.has(value);
}

/** Reads the declarations even of a file with mistakes elsewhere, so that its expressions can be checked. */
function declare(file: PolicyFile, problems: Problem[]): Declared {
  const { document } = file;
  const policy = member(document.value, 'policy');
  const declared: Declared = {
    file,
    policy: typeof policy === 'string' ? policy : '',
    params: new Map(),
    broken: new Set(),
    spoilt: false,
  };
  const section = member(document.value, 'params');
  if (typeof section !== 'object' || section === null || Array.isArray(section)) return declared;
  for (const name of Object.keys(section).slice(0, MOST_PARAMETERS)) {
    const declaration = member(section, name);
    const type = member(declaration, 'type');
    const description = member(declaration, 'description');
    if (!isType(type)) {
      // The schema has already refused it.
      declared.broken.add(name);
      continue;
    }
    const written = member(declaration, 'default');
    const result = checkValue(type, written);
    const about = typeof description === 'string' ? description : '';
    const value = 'value' in result ? result.value : placeholders[type];
    declared.params.set(name, { name, type, value, description: about, from: 'default' });
    if ('value' in result) continue;
    declared.spoilt = true;
    // A default that no type could hold is the schema's to refuse.
    if (!isValue(written)) continue;
    const at = document.at(`/params/${escapePointer(name)}/default`);
    problems.push(problemAt(document, at, { code: 'parameter', message: result.message, ...hinted(result.hint) }));
  }
  return declared;
}
