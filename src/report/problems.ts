import { canonicalJson, escapeTerminal, type Problem, prettyJson, sha256, truncate } from '../base/index.ts';
import { sarifText, sarifUri } from './sarif-text.ts';

/** Mistakes in policies as SARIF, so that code scanning shows them at their lines; one rule per kind of mistake. */
export function problemsSarif(problems: readonly Problem[], version: string): string {
  const rules = [...new Set(problems.map(problem => problem.code))].sort();
  const hashes = lineHashes(problems);
  const results = problems.map((problem, index) => ({
    ruleId: problem.code,
    ruleIndex: rules.indexOf(problem.code),
    level: problem.level,
    message: { text: sarifText(sentence(problem)) },
    locations: [{ physicalLocation: physicalLocation(problem) }],
    partialFingerprints: { primaryLocationLineHash: hashes[index] ?? '' },
  }));
  return prettyJson({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'tallystick', version, semanticVersion: version, rules: rules.map(rule) } },
        automationDetails: { id: 'tallystick-check/' },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true }],
        results,
      },
    ],
  });
}

/** Mistakes as workflow commands of GitHub Actions. */
export function problemsGithub(problems: readonly Problem[]): string {
  return problems.map(problem => `::${problem.level} ${place(problem)}::${data(sentence(problem))}\n`).join('');
}

/** Mistakes as JSON, in file order. */
export function problemsJson(problems: readonly Problem[]): string {
  return prettyJson({
    format: 'tallystick/problems/v1',
    problems: problems.map(({ code, level, message, at, hint }) => ({
      code,
      level,
      message,
      ...(at === undefined
        ? {}
        : { file: at.file, line: at.line, column: at.column, endLine: at.endLine, endColumn: at.endColumn }),
      hint,
    })),
  });
}

function rule(code: string) {
  const text = `Policy mistake: ${code.replaceAll('-', ' ')}`;
  return {
    id: code,
    name: code.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${text}.` },
    fullDescription: { text: `${text}. The policy cannot be trusted to mean what it says until it is mended.` },
    help: { text: 'Run tallystick check to see the mistake with its line and a hint.' },
    defaultConfiguration: { level: 'error' },
    properties: { tags: ['policy'] },
  };
}

function physicalLocation({ at }: Problem) {
  const uri = sarifUri(at?.file ?? 'tallystick.yaml');
  const {
    line: startLine,
    column: startColumn,
    endLine = startLine,
    endColumn = startColumn,
  } = at ?? { line: 1, column: 1 };
  // A place without extent is shown as one character.
  const last = endLine === startLine ? Math.max(endColumn, startColumn + 1) : endColumn;
  const region = { startLine, startColumn, endLine, endColumn: last };
  return { artifactLocation: { uri }, region };
}

function sentence({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

/** Position is left out, so that a mistake that moves with its lines stays the same alert; of equal ones in a file each has its number. */
function lineHashes(problems: readonly Problem[]): string[] {
  const seen = new Map<string, number>();
  return problems.map(({ code, message, at }) => {
    const own = canonicalJson([code, message, at?.file ?? '']);
    const count = (seen.get(own) ?? 0) + 1;
    seen.set(own, count);
    return `${sha256(count === 1 ? own : `${own}${count}`).slice(0, 16)}:1`;
  });
}

function place({ at, code }: Problem): string {
  const parts = [
    ...(at === undefined ? [] : [`file=${property(at.file)}`, `line=${at.line}`, `col=${at.column}`]),
    `title=${property(code)}`,
  ];
  return parts.join(',');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function data(text: string): string {
  return truncate(escapeTerminal(text), 1_000).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
