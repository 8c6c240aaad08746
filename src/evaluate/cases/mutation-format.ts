import { escapeTerminal } from '../../base/index.ts';
import { formatProblem } from '../../yaml/index.ts';
import type { TestFormat } from './format.ts';
import type { MutationRun, TriedMutant } from './mutation.ts';

/** A run of mutants as people read it: mistakes, the changes that no case notices, and a summary. Ends with a line break. */
export function formatMutants(run: MutationRun, options: TestFormat = {}): string {
  const problems = run.problems.map(problem => formatProblem(problem, { colour: options.colour ?? false }));
  const alive = aliveIn(run);
  const byInvariant = Map.groupBy(alive, ({ policy, invariant }) => `${policy}/${invariant}`);
  const survivors = [...byInvariant].map(([name, mutants]) => [`ALIVE  ${name}`, ...mutants.map(lineOf)].join('\n'));
  return `${[...problems, ...survivors, summaryOf(run, alive.length)].join('\n\n')}\n`;
}

/** The mutants that no case notices and no declaration excuses. */
function aliveIn({ mutants }: MutationRun): readonly TriedMutant[] {
  return mutants.filter(({ killedBy, equivalent }) => killedBy === undefined && equivalent === undefined);
}

function lineOf({ part, start, end, from, to, occurrence, text }: TriedMutant): string {
  const before = text.slice(Math.max(0, start - 40), start).replace(/\s+/g, ' ');
  const after = text.slice(end, end + 40).replace(/\s+/g, ' ');
  const place = occurrence > 0 ? ` (place ${occurrence + 1})` : '';
  const shown = (part: string) => escapeTerminal(part === '' ? '(nothing)' : part.replace(/\s+/g, ' '));
  return [
    `  ${part}: ${shown(from)} → ${shown(to)}${place}`,
    `    ${escapeTerminal(`${start > 40 ? '…' : ''}${before}[${to}]${after}${text.length > end + 40 ? '…' : ''}`)}`,
  ].join('\n');
}

function summaryOf({ problems, mutants }: MutationRun, alive: number): string {
  const mistakes = problems.filter(({ level }) => level === 'error').length;
  if (mutants.length === 0 && mistakes > 0)
    return `${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'} in the files; nothing was changed`;
  if (mutants.length === 0) return 'there is no tested invariant to change';
  const same = mutants.filter(({ killedBy, equivalent }) => killedBy === undefined && equivalent !== undefined).length;
  const killed = mutants.length - alive - same;
  return `${mutants.length} mutants: ${killed} noticed, ${same} the same as the original, ${alive} alive`;
}

/** The exit code of a run of mutants: 2 for mistakes in files, 3 when nothing was changed, 1 when a mutant is alive. */
export function mutationExitCode(run: MutationRun): 0 | 1 | 2 | 3 {
  if (run.problems.some(({ level }) => level === 'error')) return 2;
  if (run.mutants.length === 0) return 3;
  return aliveIn(run).length > 0 ? 1 : 0;
}
