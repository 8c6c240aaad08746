import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { nearest, type Problem } from '../base/index.ts';
import { endMs, startMs, type Waiver } from '../findings/index.ts';
import { comparePlaces, type Document, problemAt, readBytes, readDocument, schemaProblems } from '../yaml/index.ts';
import { validate } from './waivers-validator.generated.js';

/** The waivers of a file, and every mistake in it; with an error among the problems there are no waivers. */
export type LoadedWaivers = { readonly waivers: readonly Waiver[]; readonly problems: readonly Problem[] };

/** A file with the shape of schemas/waivers.schema.json. */
type WaiverFile = { readonly waivers: readonly Waiver[] };

type Mistake = Pick<Problem, 'code' | 'level' | 'message'> & {
  readonly pointer: string;
  readonly hint?: string | undefined;
};

/**
 * Reads and checks a file of waivers; `invariants` are the ids that are loaded, so that a waiver for none of them is warned about.
 * Never throws on what the file holds: all mistakes are in `problems`, in file order.
 */
export function loadWaivers(path: string, cwd: string, invariants: Iterable<string>): LoadedWaivers {
  const absolute = resolve(cwd, path);
  const shown = relative(cwd, absolute).split(sep).join('/');
  const read = readBytes(absolute, shown);
  if ('problem' in read) return { waivers: [], problems: [read.problem] };
  const reading = readDocument(read.bytes, shown);
  if (!reading.ok) return { waivers: [], problems: reading.problems };
  const { document } = reading;
  if (!isWaiverFile(document.value))
    return { waivers: [], problems: schemaProblems(document, validate.errors ?? [], readSchema()) };
  const { waivers } = document.value;
  const mistakes = [
    ...duplicateIds(waivers),
    ...waivers.flatMap((waiver, index) => [...peopleMistakes(waiver, index), ...periodMistakes(waiver, index)]),
    ...strangers(waivers, new Set(invariants)),
  ];
  const problems = mistakes.map(mistake => problemOf(document, mistake)).sort((a, b) => comparePlaces(a.at, b.at));
  return { waivers: problems.some(problem => problem.level === 'error') ? [] : waivers, problems };
}

function isWaiverFile(value: unknown): value is WaiverFile {
  return validate(value);
}

function readSchema(): unknown {
  return JSON.parse(readFileSync(new URL('../../schemas/waivers.schema.json', import.meta.url), 'utf8'));
}

function problemOf(document: Document, { pointer, hint, ...rest }: Mistake): Problem {
  return problemAt(document, document.at(pointer), { ...rest, ...(hint === undefined ? {} : { hint }) });
}

function duplicateIds(waivers: readonly Waiver[]): Mistake[] {
  const seen = new Set<string>();
  return waivers.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const message = `the waiver \`${id}\` is there twice`;
    return [
      { code: 'duplicate', level: 'error', message, pointer: `/waivers/${index}/id`, hint: 'give each its own id' },
    ];
  });
}

function peopleMistakes({ owner, approver }: Waiver, index: number): Mistake[] {
  if (owner.trim().toLowerCase() !== approver.trim().toLowerCase()) return [];
  const message = 'the approver is the owner: nobody may approve their own exception';
  const hint = 'name who accepts the risk';
  return [{ code: 'self-approved', level: 'error', message, pointer: `/waivers/${index}/approver`, hint }];
}

function periodMistakes({ effective, expires }: Waiver, index: number): Mistake[] {
  const hint = 'write a day such as 2027-01-31, or an instant such as 2027-01-31T00:00:00Z';
  const start = startMs(effective);
  const end = endMs(expires);
  const odd = [...(start === undefined ? ['effective'] : []), ...(end === undefined ? ['expires'] : [])].map(
    (name): Mistake => ({
      code: 'not-a-date',
      level: 'error',
      message: 'this is not a date',
      pointer: `/waivers/${index}/${name}`,
      hint,
    }),
  );
  if (start === undefined || end === undefined || start < end) return odd;
  const message = `the waiver ends before it holds (${effective})`;
  return [
    {
      code: 'empty-period',
      level: 'error',
      message,
      pointer: `/waivers/${index}/expires`,
      hint: 'let it expire later',
    },
  ];
}

/** A waiver for an invariant that is not there covers nothing: nothing is hidden, but somebody believes otherwise. */
function strangers(waivers: readonly Waiver[], invariants: ReadonlySet<string>): Mistake[] {
  return waivers.flatMap(({ invariant }, index) => {
    if (invariants.has(invariant)) return [];
    const near = nearest(invariant, invariants);
    const message = `no loaded invariant is called \`${invariant}\`; this waiver covers nothing`;
    const hint = near === undefined ? 'remove it when the invariant is gone' : `did you mean \`${near}\`?`;
    return [{ code: 'unknown-invariant', level: 'warning', message, pointer: `/waivers/${index}/invariant`, hint }];
  });
}
