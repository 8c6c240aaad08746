import { escapeTerminal, type Severity, truncate } from '../base/index.ts';
import { type AuditResult, type Finding, sentenceOf, unknowns, violations } from '../findings/index.ts';

// GitHub shows ten annotations per level and step and drops the rest without a word, so the last line says how many there are.
const SHOWN_PER_LEVEL = 9;
const MESSAGE_LIMIT = 1_024;

type Level = 'error' | 'warning' | 'notice';

const levels = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'notice',
  info: 'notice',
} as const satisfies Record<Severity, Level>;

/** GitHub Actions workflow commands, one per line: the outcome, then the worst findings at their policy lines, at most nine per level. */
export function renderGithub(result: AuditResult): string {
  const all = [
    ...violations(result).map(finding => ({ finding, level: levels[finding.severity] })),
    ...unknowns(result).map(finding => ({ finding, level: 'warning' as const })),
  ];
  const shown = (['error', 'warning', 'notice'] as const).flatMap(level =>
    all.filter(one => one.level === level).slice(0, SHOWN_PER_LEVEL),
  );
  const outcome = command(result.run.exitCode === 0 ? 'notice' : 'error', { title: 'tallystick' }, result.run.reason);
  const cut = all.length - shown.length;
  const rest =
    cut > 0 ? [command('notice', { title: 'tallystick' }, `${cut} more findings are in the reports of this run.`)] : [];
  return [outcome, ...shown.map(({ finding, level }) => annotation(finding, level)), ...rest, ''].join('\n');
}

function annotation(finding: Finding, level: Level): string {
  const { location, invariant, verdict } = finding;
  const { file, line, column, endLine, endColumn } = location;
  const place = {
    file,
    line: String(line),
    col: String(column),
    ...(endLine === undefined ? {} : { endLine: String(endLine) }),
    // GitHub takes columns only within one line, and counts the last one in.
    ...(endColumn === undefined || (endLine ?? line) !== line
      ? {}
      : { endColumn: String(Math.max(column, endColumn - 1)) }),
  };
  return command(
    level,
    { ...place, title: verdict === 'unknown' ? `${invariant} (unknown)` : invariant },
    sentenceOf(finding),
  );
}

function command(level: Level, properties: Readonly<Record<string, string>>, message: string): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${level} ${list.join(',')}::${escapeData(truncate(message, MESSAGE_LIMIT))}`;
}

// actions/toolkit, packages/core/src/command.ts
function escapeData(text: string): string {
  return escapeTerminal(text).replaceAll('%', '%25');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
