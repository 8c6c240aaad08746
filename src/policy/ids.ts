import type { Position, Problem } from '../base/index.ts';
import { type Document, problemAt } from '../yaml/index.ts';
import type { PolicyFile } from './policy-file.ts';
import { member, rawInvariants } from './raw.ts';

/** The ids of all files, also of files with mistakes. */
export type Ids = {
  readonly ids: readonly string[];
  /** Deprecated id → the id that replaces it. */
  readonly former: ReadonlyMap<string, string>;
  /** Ids and policy names that are used twice. */
  readonly problems: readonly Problem[];
};

/** Collects invariant ids and policy names and finds those that are not unique over all files. */
export function collectIds(files: readonly PolicyFile[]): Ids {
  const problems: Problem[] = [];
  const ids: string[] = [];
  const former = new Map<string, string>();
  const policies = claims('policy', problems);
  const invariants = claims('id', problems);
  for (const { document } of files) {
    const name = member(document.value, 'policy');
    if (typeof name === 'string') policies(name, document, '/policy');
    for (const [index, invariant] of rawInvariants(document.value).entries()) {
      const pointer = `/invariants/${index}`;
      const id = member(invariant, 'id');
      if (typeof id !== 'string') continue;
      if (id.startsWith(ownPrefix)) problems.push(reserved(document, `${pointer}/id`, id));
      if (invariants(id, document, `${pointer}/id`)) ids.push(id);
      const old = member(invariant, 'deprecatedIds');
      for (const [at, each] of (Array.isArray(old) ? old : []).entries()) {
        if (typeof each !== 'string') continue;
        if (invariants(each, document, `${pointer}/deprecatedIds/${at}`)) former.set(each, id);
      }
    }
  }
  return { ids, former, problems };
}

/** Invariants over waivers come with tallystick. */
const ownPrefix = 'waiver-';

function reserved(document: Document, pointer: string, id: string): Problem {
  const message = `the id \`${id.slice(0, 100)}\` begins with \`${ownPrefix}\`, as those of the invariants over waivers do`;
  return problemAt(document, document.at(pointer), { code: 'reserved-id', message, hint: 'choose another id' });
}

/** Remembers who uses a name first; a second use is a mistake that names both places. */
function claims(
  what: 'policy' | 'id',
  problems: Problem[],
): (name: string, document: Document, pointer: string) => boolean {
  const owners = new Map<string, Position>();
  return (name, document, pointer) => {
    const at = document.at(pointer);
    const first = owners.get(name);
    if (!first) {
      owners.set(name, at);
      return true;
    }
    const noun = what === 'id' ? 'id' : 'policy name';
    const message = `the ${noun} \`${name.slice(0, 100)}\` is already used at ${first.file}:${first.line}:${first.column}`;
    const hint = what === 'id' ? 'ids are unique over all policies: rename one' : 'rename one policy';
    problems.push(problemAt(document, at, { code: `duplicate-${what}`, message, hint }));
    return false;
  };
}
