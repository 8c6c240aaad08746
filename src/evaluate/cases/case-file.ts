import { readFileSync } from 'node:fs';
import type { Problem } from '../../base/index.ts';
import { type Document, problemAt, readBytes, readDocument, schemaProblems } from '../../yaml/index.ts';
import type { CaseFile } from './case-draft.ts';
import { validate } from './policy-test-validator.generated.js';

/** A file that was read as YAML; `content` is undefined when its shape has mistakes, which `problems` hold. */
export type ReadCaseFile = {
  readonly document: Document | undefined;
  readonly content: CaseFile | undefined;
  readonly problems: readonly Problem[];
};

/** Reads one file of policy tests and checks its shape; `shown` is how the path is printed. */
export function readCaseFile(path: string, shown: string): ReadCaseFile {
  const read = readBytes(path, shown);
  if ('problem' in read) return { document: undefined, content: undefined, problems: [read.problem] };
  const reading = readDocument(read.bytes, shown);
  if (!reading.ok) return { document: undefined, content: undefined, problems: reading.problems };
  const { document } = reading;
  if (!isCaseFile(document.value)) {
    const problems = schemaProblems(document, validate.errors ?? [], readSchema());
    return { document, content: undefined, problems };
  }
  return { document, content: document.value, problems: stemProblems(document, document.value) };
}

function isCaseFile(value: unknown): value is CaseFile {
  return validate(value);
}

function readSchema(): unknown {
  return JSON.parse(readFileSync(new URL('../../../schemas/policy-test.schema.json', import.meta.url), 'utf8'));
}

function stemProblems(document: Document, { tests }: CaseFile): Problem[] {
  const stem = document.file.slice(document.file.lastIndexOf('/') + 1).replace(/\.test\.ya?ml$/, '');
  if (tests === stem) return [];
  const message = `the file tests \`${tests}\` but lies beside \`${stem}\``;
  const hint = `write \`tests: ${stem}\`, or call the file ${tests}.test.yaml`;
  return [problemAt(document, document.at('/tests'), { code: 'name-mismatch', message, hint })];
}
