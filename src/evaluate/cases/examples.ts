import type { ExpectDraft } from './case-draft.ts';
import { readCaseFile } from './case-file.ts';

/** A case that says what becomes of an invariant: its name, the verdicts in words, and where it stands. */
export type Example = {
  readonly name: string;
  readonly verdicts: string;
  readonly file: string;
  readonly line: number;
};

/** The cases of a policy's tests that are about an invariant; `path` is that of the policy, `shown` how it is printed. None when the tests cannot be read. */
export function examplesOf(path: string, shown: string, invariant: string): readonly Example[] {
  const beside = (name: string) => name.replace(/(\.ya?ml)$/, '.test$1');
  const { document, content } = readCaseFile(beside(path), beside(shown));
  if (document === undefined || content === undefined) return [];
  return content.cases.flatMap(({ name, expect }, index): Example[] => {
    const expected = Object.hasOwn(expect, invariant) ? expect[invariant] : undefined;
    if (expected === undefined) return [];
    const { file, line } = document.at(`/cases/${index}`, 'key');
    return [{ name, verdicts: wordsFor(expected), file, line }];
  });
}

function wordsFor(expected: ExpectDraft | 'pass' | 'out-of-scope'): string {
  if (typeof expected === 'string') return expected === 'pass' ? 'all pass' : 'all out of scope';
  const { fail, unknown, pass, 'out-of-scope': outOfScope } = expected;
  const subjects = (word: string, value: ExpectDraft['fail']) => {
    if (value === undefined || value === 0) return [];
    return [typeof value === 'number' ? `${value} ${word}` : `${value.length} ${word} (${value.join(', ')})`];
  };
  const words = [
    ...subjects('fail', fail),
    ...subjects('unknown', unknown),
    ...subjects('pass', pass),
    ...subjects('out of scope', outOfScope),
  ];
  return words.length === 0 ? 'none fails' : words.join(', ');
}
