import { canonicalJson, escapeTerminal, type Problem, prettyJson, sha256 } from '../base/index.ts';

/** Mistakes in policies as SARIF, so that code scanning shows them at their lines; one rule per kind of mistake. */
export function problemsSarif(problems: readonly Problem[], version: string): string {
  const rules = [...new Set(problems.map(problem => problem.code))].sort();
  const results = problems.map(problem => ({
    ruleId: problem.code,
    ruleIndex: rules.indexOf(problem.code),
    level: problem.level,
    message: { text: sentence(problem) },
    locations: [{ physicalLocation: physicalLocation(problem) }],
    partialFingerprints: { primaryLocationLineHash: `${fingerprint(problem).slice(0, 16)}:1` },
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
  const uri = (at?.file ?? 'tallystick.yaml').split('/').map(encodeURIComponent).join('/');
  const region = {
    startLine: at?.line ?? 1,
    startColumn: at?.column ?? 1,
    endLine: at?.endLine ?? at?.line ?? 1,
    endColumn: at?.endColumn ?? (at?.column ?? 1) + 1,
  };
  return { artifactLocation: { uri }, region };
}

function sentence({ message, hint }: Problem): string {
  return escapeTerminal(hint === undefined ? message : `${message} (${hint})`).slice(0, 1000);
}

// Position is left out: a mistake that moves with its lines stays the same alert.
function fingerprint({ code, message, at }: Problem): string {
  return sha256(canonicalJson([code, message, at?.file ?? '']));
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
  return escapeTerminal(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
