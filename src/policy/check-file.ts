import { nameInExpressions, type Problem } from '../base/index.ts';
import { escapePointer, problemAt } from '../yaml/index.ts';
import { catalogueOf, type PolicyModel, type Population } from './catalogue.ts';
import { type CompiledInvariant, type CompiledTexts, compileTexts, type Setting, type Texts } from './compile.ts';
import type { Catalogue } from './expression/index.ts';
import type { Invariant, Parameter, Policy } from './invariant.ts';
import type { FileParameters } from './overrides.ts';
import type { Draft, PolicyContent, PolicyFile } from './policy-file.ts';
import { member, rawInvariants } from './raw.ts';

/** A file's policy with its compiled invariants (none when anything in it is wrong), and the mistakes in its expressions. */
export type CheckedFile = {
  readonly policy: readonly { readonly policy: Policy; readonly compiled: readonly CompiledInvariant[] }[];
  readonly problems: readonly Problem[];
};

/** Checks and compiles the invariants of one file. The expressions of a file whose shape is wrong are checked as far as they are there. */
export function checkFile(
  file: PolicyFile,
  { params, broken, spoilt }: FileParameters,
  context: { readonly model: PolicyModel; readonly asOf: number },
): CheckedFile {
  const { document, content } = file;
  const { populations } = context.model;
  const setting = {
    document,
    populations,
    catalogue: remember((_, population) => catalogueOf(population, params, context.asOf)),
    skips: (text: string) => broken.some(name => namesParameter(text, name)),
  };
  const results = rawInvariants(document.value).map((draft, index) => {
    return compileTexts(textsOf(draft), { ...setting, pointer: `/invariants/${index}` });
  });
  const problems = [...results.flatMap(result => result.problems), ...parameterProblems(file, params)];
  if (!content || broken.length > 0 || spoilt) return { policy: [], problems };
  const compiled = content.invariants.flatMap((draft, index) => {
    const texts = results[index]?.compiled;
    return texts ? [compiledOf(draft, texts, { file, content, params, index })] : [];
  });
  if (compiled.length < content.invariants.length) return { policy: [], problems };
  return { policy: [{ policy: policyOf(file, content, compiled), compiled }], problems };
}

/** One catalogue per population: the expression room keeps an index of each. */
function remember(make: Setting['catalogue']): Setting['catalogue'] {
  const made = new Map<string, Catalogue>();
  return (name: string, population: Population) => {
    const catalogue = made.get(name) ?? make(name, population);
    made.set(name, catalogue);
    return catalogue;
  };
}

function textsOf(draft: unknown): Texts {
  const text = (name: string) => member(draft, name);
  return {
    over: text('over'),
    when: text('when'),
    expect: text('expect'),
    message: text('message'),
    remediation: text('remediation'),
    facts: text('facts'),
    flavours: text('flavours'),
  };
}

function namesParameter(text: string, name: string): boolean {
  const path = `params.${nameInExpressions(name)}`;
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    if (!/[A-Za-z0-9_]/.test(text[at + path.length] ?? '')) return true;
  }
  return false;
}

/** Parameters that no expression reads, and pairs that expressions could not tell apart. */
function parameterProblems({ document }: PolicyFile, params: readonly Parameter[]): Problem[] {
  const texts = rawInvariants(document.value)
    .flatMap(draft => Object.values(textsOf(draft)))
    .filter(text => typeof text === 'string');
  const spelt = new Map<string, string>();
  return params.flatMap(({ name }): Problem[] => {
    const at = document.at(`/params/${escapePointer(name)}`, 'key');
    const inCel = nameInExpressions(name);
    const other = spelt.get(inCel);
    spelt.set(inCel, name);
    if (other !== undefined) {
      const message = `\`${name}\` and \`${other}\` are both read as params.${inCel}`;
      return [problemAt(document, at, { code: 'duplicate-parameter', message, hint: 'rename one of them' })];
    }
    // One that is read under its own name, hyphens and all, is told where it is read.
    if (texts.some(text => namesParameter(text, name) || text.includes(`params.${name}`))) return [];
    const message = `the parameter \`${name}\` is never used`;
    return [
      problemAt(document, at, {
        code: 'unused-parameter',
        level: 'warning',
        message,
        hint: `read it as params.${inCel}, or remove it`,
      }),
    ];
  });
}

function compiledOf(
  draft: Draft,
  texts: CompiledTexts,
  place: { file: PolicyFile; content: PolicyContent; params: readonly Parameter[]; index: number },
): CompiledInvariant {
  const { deprecatedIds, facts } = draft;
  const { document } = place.file;
  const pointer = `/invariants/${place.index}`;
  const invariant: Invariant = {
    id: draft.id,
    policy: place.content.policy,
    title: draft.title,
    description: draft.description ?? '',
    flavours: draft.flavours,
    over: draft.over,
    when: draft.when,
    expect: draft.expect,
    severity: draft.severity,
    message: draft.message,
    remediation: draft.remediation,
    references: draft.references ?? [],
    controls: draft.controls ?? {},
    params: place.params,
    ...(facts === undefined ? {} : { facts }),
    ...(deprecatedIds === undefined ? {} : { deprecatedIds }),
    location: document.at(`${pointer}/expect`, 'key'),
  };
  const at = document.at(`${pointer}/${draft.when === undefined ? 'over' : 'when'}`);
  return { ...texts, invariant, scope: { at, excerpt: document.excerpt(at.line) } };
}

function policyOf(
  { document, sha256 }: PolicyFile,
  content: PolicyContent,
  compiled: readonly CompiledInvariant[],
): Policy {
  return {
    name: content.policy,
    title: content.title,
    description: content.description ?? '',
    path: document.file,
    sha256,
    source: document.text,
    invariants: compiled.map(({ invariant }) => invariant),
  };
}
