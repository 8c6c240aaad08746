import { resolve } from 'node:path';
import type { Problem } from '../base/index.ts';
import { comparePlaces } from '../yaml/index.ts';
import type { PolicyModel } from './catalogue.ts';
import { checkFile } from './check-file.ts';
import type { CompiledInvariant } from './compile.ts';
import { frameworkProblems, type LoadedControls, loadControls } from './control-problems.ts';
import { type FoundFile, findPolicies, shownPath } from './files.ts';
import { collectIds } from './ids.ts';
import type { Policy } from './invariant.ts';
import { overrideParameters } from './overrides.ts';
import { type PolicyFile, policyFileOf, readPolicyFile } from './policy-file.ts';
import { type Decisions, decide, type Profile, readProfile } from './profile.ts';

/** What to load and how; nothing but the named files and folders is read. */
export type LoadRequest = {
  /** Files, or folders that are searched for *.yaml and *.yml without tests, profiles and waivers. */
  readonly paths: readonly string[];
  /** The folder that paths are relative to, also in what is printed. */
  readonly cwd: string;
  /** Values of --param by NAME or POLICY.NAME. */
  readonly params: Readonly<Record<string, string>>;
  readonly profile?: string;
  readonly model: PolicyModel;
  /** The instant that `asOf` means in expressions, in milliseconds since 1970. */
  readonly asOf: number;
};

/** An invariant that was loaded and checked but is not judged. */
export type Skipped = { readonly id: string; readonly policy: string; readonly reason: string };

/** What came of loading: with an error among the problems, the rest is incomplete and must not be judged. */
export type Loaded = {
  /** Sorted by path; their invariants in file order, without those that the profile leaves out. */
  readonly policies: readonly Policy[];
  /** Every mistake and warning in every file, by file and place. */
  readonly problems: readonly Problem[];
  /** By invariant id; only invariants that are judged. */
  readonly compiled: ReadonlyMap<string, CompiledInvariant>;
  /** Invariants that the profile leaves out, and why. */
  readonly skipped: readonly Skipped[];
  /** What is evidence for which control; absent without a profile that names a framework. */
  readonly controls?: LoadedControls;
};

const MOST_INVARIANTS = 2000;
const MOST_TEXT = 16 * 1024 * 1024;

/** Reads, checks and compiles policies. Never throws on what the files hold: all mistakes of all files are in `problems`. */
export function loadPolicies(request: LoadRequest): Loaded {
  const found = findPolicies(request.paths, request.cwd);
  const problems: Problem[] = [...found.problems];
  const files = readAll(found.files, problems);
  const ids = collectIds(files);
  problems.push(...ids.problems);
  if (ids.ids.length > MOST_INVARIANTS) return { ...nothing, problems: [...problems, tooMany(ids.ids.length)] };
  const profile = profileOf(request, problems);
  const decisions = profile ? decide(profile, ids.ids, ids.former) : undefined;
  problems.push(...(decisions?.problems ?? []));
  if (profile?.content.framework)
    problems.push(...frameworkProblems(profile.document, profile.content.framework, ids.ids));
  const params = overrideParameters(files, profile, request.params);
  problems.push(...params.problems);
  const checked = files.map(file => checkFile(file, params.of(file), request));
  problems.push(...checked.flatMap(each => each.problems));
  problems.sort((a, b) => comparePlaces(a.at, b.at));
  if (found.files.length === 0 && problems.length === 0) problems.push(noPolicies);
  const policies = checked.flatMap(each => each.policy);
  const controls =
    profile &&
    loadControls(
      profile,
      policies.map(each => each.policy),
      decisions?.skipped ?? new Map(),
      files,
    );
  return { ...applyDecisions(policies, decisions), problems, ...(controls === undefined ? {} : { controls }) };
}

/** Every mistake and warning in the text of one policy that may not be saved; what lies in other files is not looked at. */
export function checkPolicyText(
  text: string,
  shown: string,
  context: { readonly model: PolicyModel; readonly asOf: number },
): readonly Problem[] {
  const file = policyFileOf(new TextEncoder().encode(text), shown);
  if (!('document' in file)) return file.problems;
  const params = overrideParameters([file], undefined, {});
  return [
    ...file.problems,
    ...collectIds([file]).problems,
    ...params.problems,
    ...checkFile(file, params.of(file), context).problems,
  ].sort((a, b) => comparePlaces(a.at, b.at));
}

const nothing = { policies: [], compiled: new Map<string, CompiledInvariant>(), skipped: [] };

const noPolicies: Problem = {
  code: 'no-policies',
  level: 'warning',
  message: 'no policy was found',
  hint: 'policies are files that end in .yaml or .yml; name files or folders with --policies',
};

function tooMany(count: number): Problem {
  const message = `${count} invariants are defined; at most ${MOST_INVARIANTS} are judged in one run`;
  return { code: 'too-many', level: 'error', message, hint: 'name fewer or smaller folders' };
}

function tooMuch({ shown }: FoundFile): Problem {
  const at = { file: shown, line: 1, column: 1 };
  const message = `the policies up to this one have more than ${MOST_TEXT / 1024 / 1024} Mi characters together; the rest is not read`;
  return { code: 'too-large', level: 'error', message, at, hint: 'name fewer or smaller folders' };
}

function readAll(found: readonly FoundFile[], problems: Problem[]): PolicyFile[] {
  let size = 0;
  return found.flatMap(each => {
    if (size > MOST_TEXT) return [];
    const file = readPolicyFile(each);
    problems.push(...file.problems);
    if (!('document' in file)) return [];
    size += file.document.text.length;
    if (size > MOST_TEXT) problems.push(tooMuch(each));
    return [file];
  });
}

/** Reads the profile at a path that is relative to `cwd`. */
export function profileAt(path: string, cwd: string): Profile | { readonly problems: readonly Problem[] } {
  const absolute = resolve(cwd, path);
  return readProfile({ path: absolute, shown: shownPath(absolute, cwd) });
}

function profileOf({ profile: path, cwd }: LoadRequest, problems: Problem[]): Profile | undefined {
  if (path === undefined) return undefined;
  const profile = profileAt(path, cwd);
  if ('content' in profile) return profile;
  problems.push(...profile.problems);
  return undefined;
}

type CheckedPolicy = { readonly policy: Policy; readonly compiled: readonly CompiledInvariant[] };

/** Leaves out what the profile switches off and re-grades the rest. */
function applyDecisions(checked: readonly CheckedPolicy[], decisions: Decisions | undefined): Omit<Loaded, 'problems'> {
  const compiled = new Map<string, CompiledInvariant>();
  const skipped: Skipped[] = [];
  const policies = checked.map(({ policy, compiled: own }) => {
    for (const each of own) {
      const { id, severity } = each.invariant;
      const reason = decisions?.skipped.get(id);
      if (reason !== undefined) skipped.push({ id, policy: policy.name, reason });
      else
        compiled.set(id, {
          ...each,
          invariant: { ...each.invariant, severity: decisions?.severity.get(id) ?? severity },
        });
    }
    return { ...policy, invariants: policy.invariants.flatMap(({ id }) => compiled.get(id)?.invariant ?? []) };
  });
  return { policies, compiled, skipped };
}
