import { nearest, type Problem, type Severity, sha256 } from '../base/index.ts';
import { type Document, escapePointer, problemAt, readBytes, readDocument } from '../yaml/index.ts';
import type { Framework } from './controls.ts';
import type { FoundFile } from './files.ts';
import { shapeProblems } from './policy-file.ts';
import { validate } from './profile-validator.generated.js';

/** A profile with the shape of schemas/profile.schema.json. */
export type ProfileContent = {
  readonly profile: string;
  readonly title: string;
  readonly description?: string;
  /** `all`, or invariant ids in which * stands for any characters. */
  readonly select: 'all' | readonly string[];
  readonly params?: Readonly<Record<string, unknown>>;
  readonly severity?: Readonly<Record<string, Severity>>;
  readonly off?: Readonly<Record<string, string>>;
  readonly framework?: Framework;
};

/** A profile file that was read; `sha256` is that of its bytes. */
export type Profile = { readonly content: ProfileContent; readonly document: Document; readonly sha256: string };

/** Reads one profile and checks its shape. */
export function readProfile(file: FoundFile): Profile | { readonly problems: readonly Problem[] } {
  const read = readBytes(file.path, file.shown);
  if ('problem' in read) return { problems: [read.problem] };
  const reading = readDocument(read.bytes, file.shown);
  if (!reading.ok) return { problems: reading.problems };
  const { document } = reading;
  if (isProfile(document.value)) return { content: document.value, document, sha256: sha256(read.bytes) };
  return { problems: shapeProblems(document, validate.errors ?? [], 'profile') };
}

function isProfile(value: unknown): value is ProfileContent {
  return validate(value);
}

/** What a profile decides, by invariant id: a severity, and why an invariant is not judged. */
export type Decisions = {
  readonly severity: ReadonlyMap<string, Severity>;
  readonly skipped: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
};

/** Applies a profile to the loaded ids; `former` maps deprecated ids to those that replace them. Names that fit nothing are mistakes. */
export function decide(profile: Profile, ids: readonly string[], former: ReadonlyMap<string, string>): Decisions {
  const { content, document } = profile;
  const problems: Problem[] = [];
  const known = new Set(ids);
  const resolve = (name: string, pointer: string, part: 'key' | 'value') => {
    const current = former.get(name);
    if (known.has(name)) return name;
    problems.push(nameProblem(document, name, { pointer, part, current, ids }));
    return current;
  };
  const skipped = new Map<string, string>();
  if (content.select !== 'all') {
    const selected = new Set(
      content.select.flatMap((pattern, index) => {
        const pointer = `/select/${index}`;
        const found = pattern.includes('*')
          ? ids.filter(id => matches(pattern, id))
          : [resolve(pattern, pointer, 'value')];
        if (found.length === 0)
          problems.push(nameProblem(document, pattern, { pointer, part: 'value', current: undefined, ids }));
        return found;
      }),
    );
    for (const id of ids) if (!selected.has(id)) skipped.set(id, `not selected by the profile ${content.profile}`);
  }
  for (const [name, reason] of Object.entries(content.off ?? {})) {
    const id = resolve(name, `/off/${escapePointer(name)}`, 'key');
    if (id !== undefined) skipped.set(id, reason);
  }
  const severity = new Map<string, Severity>();
  for (const [name, value] of Object.entries(content.severity ?? {})) {
    const id = resolve(name, `/severity/${escapePointer(name)}`, 'key');
    if (id !== undefined) severity.set(id, value);
  }
  return { severity, skipped, problems };
}

function nameProblem(
  document: Document,
  name: string,
  place: { pointer: string; part: 'key' | 'value'; current: string | undefined; ids: readonly string[] },
): Problem {
  const at = document.at(place.pointer, place.part);
  if (place.current !== undefined) {
    const message = `\`${name}\` is a former id`;
    return problemAt(document, at, {
      code: 'former-id',
      level: 'warning',
      message,
      hint: `write \`${place.current}\``,
    });
  }
  const near = nearest(name, place.ids);
  const message = `no loaded invariant ${name.includes('*') ? 'matches' : 'is called'} \`${name.slice(0, 100)}\``;
  const hint = near ? `did you mean \`${near}\`?` : 'list the ids with `tallystick check --resolved`';
  return problemAt(document, at, { code: 'unknown-invariant', message, hint });
}

/** Globs with * only, matched piece by piece: no regular expression, so nothing to backtrack. */
function matches(pattern: string, id: string): boolean {
  const pieces = pattern.split('*');
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (!id.startsWith(first) || !id.endsWith(last) || id.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = id.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= id.length - last.length;
}
