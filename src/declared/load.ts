import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { instantText, type Problem, sha256 } from '../base/index.ts';
import { comparePlaces, problemAt, readBytes, readDocument, schemaProblems } from '../yaml/index.ts';
import { complaintsOf, timeMs } from './checks.ts';
import { type FactsFile, isFactsFile } from './facts-file.ts';
import { validate } from './facts-validator.generated.js';
import { type Declaration, declarationsOf } from './rows.ts';

/** Declared facts that hold: who looked them up, when, until when they may be relied on (milliseconds since 1970), and the digest of the file. */
export type Facts = {
  readonly file: string;
  readonly sha256: string;
  readonly by: string;
  readonly on: string;
  readonly until: string;
  readonly untilMs: number;
  readonly declarations: readonly Declaration[];
};

/** The facts of a file, and every mistake in it; with a mistake there are no facts. */
export type LoadedFacts = { readonly facts: Facts | undefined; readonly problems: readonly Problem[] };

/** Reads and checks a file of declared facts; `tenant` is the one that the configuration names. Never throws on what the file holds. */
export function loadFacts(path: string, cwd: string, tenant: string | undefined): LoadedFacts {
  const absolute = resolve(cwd, path);
  const shown = relative(cwd, absolute).split(sep).join('/');
  const read = readBytes(absolute, shown);
  if ('problem' in read) return { facts: undefined, problems: [read.problem] };
  const reading = readDocument(read.bytes, shown);
  if (!reading.ok) return { facts: undefined, problems: reading.problems };
  const { document } = reading;
  const content = document.value;
  if (!isFactsFile(content))
    return { facts: undefined, problems: schemaProblems(document, validate.errors ?? [], readSchema()) };
  const problems = complaintsOf(content, tenant)
    .map(({ pointer, ...rest }) => problemAt(document, document.at(pointer), rest))
    .sort((a, b) => comparePlaces(a.at, b.at));
  if (problems.length > 0) return { facts: undefined, problems };
  return { facts: factsOf(content, shown, sha256(read.bytes)), problems: [] };
}

function factsOf(content: FactsFile, shown: string, digest: string): Facts {
  const { by, on, until } = content.declared;
  const at = (text: string) => timeMs(text) ?? 0;
  return {
    file: shown,
    sha256: digest,
    by,
    on: instantText(at(on)),
    until: instantText(at(until)),
    untilMs: at(until),
    declarations: declarationsOf(content),
  };
}

function readSchema(): unknown {
  return JSON.parse(readFileSync(new URL('../../schemas/facts.schema.json', import.meta.url), 'utf8'));
}
