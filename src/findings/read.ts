import { AuditError, type Problem, reasonOf } from '../base/index.ts';
import { contradictedControls } from './controls.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { AuditResult } from './result.ts';
import { validate } from './results-validator.generated.js';
import { isInForce } from './waiver.ts';

/** Largest results.json that is read, in UTF-16 units: about 250,000 findings. */
export const resultsLimit = 256 * 1024 * 1024;

const PROBLEM_LIMIT = 20;

/** Reads a results.json that somebody else may have written: its shape, its counts and its fingerprints must hold. Throws an input error that lists what is wrong. */
export function readResults(text: string, file = 'results.json'): AuditResult {
  if (text.length > resultsLimit)
    throw new AuditError('input', `${file} is larger than the ${resultsLimit / 2 ** 20} MB that tallystick reads`);
  const value = parse(text, file);
  if (!isAuditResult(value)) throw refusal(file, schemaProblems(file));
  const problems = footingProblems(value, file);
  if (problems.length > 0) throw refusal(file, problems);
  return value;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new AuditError('input', `${file} is not JSON: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

function isAuditResult(value: unknown): value is AuditResult {
  return validate(value);
}

function schemaProblems(file: string): Problem[] {
  return (validate.errors ?? []).map(error => {
    const extra = error.params.additionalProperty;
    const what = typeof extra === 'string' ? `${error.message}: ${JSON.stringify(extra)}` : error.message;
    return problem('results-shape', file, `${error.instancePath || '/'} ${what ?? error.keyword}`);
  });
}

function footingProblems(result: AuditResult, file: string): Problem[] {
  const counts = result.invariants
    .filter(({ counts: c }) => c.subjects !== c.outOfScope + c.pass + c.fail + c.unknown || c.waived > c.fail)
    .map(({ id }) => problem('results-counts', file, `the counts of invariant ${JSON.stringify(id)} do not add up`));
  const fingerprints = [...result.findings, ...(result.confirmation?.inFlight ?? [])]
    .filter(finding => finding.fingerprint !== fingerprintOf(finding.invariant, finding.subject.key))
    .map(({ fingerprint }) =>
      problem('results-fingerprint', file, `fingerprint ${fingerprint} is not that of its invariant and subject key`),
    );
  const controls = contradictedControls(result).map(id =>
    problem('results-controls', file, `the control ${JSON.stringify(id)} is not what the invariants of the result say`),
  );
  return [...counts, ...fingerprints, ...waiverProblems(result, file), ...controls];
}

/** A violation may be waived only by a waiver of the run that is in force for its invariant, and the counts must tell of it. */
function waiverProblems({ invariants, findings, waivers }: AuditResult, file: string): Problem[] {
  const inForce = new Set(waivers.filter(({ state }) => isInForce(state)).map(use => `${use.invariant} ${use.id}`));
  const waived = findings.filter(({ waiver }) => waiver !== null);
  const stray = waived
    .filter(({ waiver, invariant, verdict }) => verdict !== 'fail' || !inForce.has(`${invariant} ${waiver?.id ?? ''}`))
    .map(({ fingerprint }) =>
      problem('results-waiver', file, `finding ${fingerprint} is waived by no waiver that is in force`),
    );
  const covered = Map.groupBy(waived, ({ invariant }) => invariant);
  const miscounted = invariants
    .filter(({ id, counts }) => counts.waived !== (covered.get(id)?.length ?? 0))
    .map(({ id }) =>
      problem(
        'results-counts',
        file,
        `the waived findings of invariant ${JSON.stringify(id)} are not as many as counted`,
      ),
    );
  return [...stray, ...miscounted];
}

function problem(code: string, file: string, message: string): Problem {
  return {
    code,
    level: 'error',
    message: `${file}: ${message}`,
    hint: 'use the results.json of an audit as it was written; schemas/results.schema.json describes it',
  };
}

function refusal(file: string, problems: readonly Problem[]): AuditError {
  const more = problems.length > 1 ? ` and ${problems.length - 1} more` : '';
  const first = problems[0]?.message ?? `${file}: unreadable`;
  return new AuditError('input', `${first}${more}`, { problems: problems.slice(0, PROBLEM_LIMIT) });
}
