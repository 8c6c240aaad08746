// The catalogue of injected faults in docs/drill.md, made from the faults themselves.
import { faults } from '../src/drill/index.ts';
import { cell, code, table } from './markdown.mjs';

/** Every fault by theme: what happens, and which tables of the copy are altered. */
export function faultsTable() {
  const themes = [...new Set(faults.map(({ theme }) => theme))];
  return [
    `${faults.length} faults.`,
    ...themes.flatMap(theme => [
      `### ${theme}`,
      table(
        ['fault', 'what happens', 'tables that it alters'],
        faults
          .filter(fault => fault.theme === theme)
          .map(({ id, about, tables }) => [code(id), cell(about), tables.map(code).join(', ')]),
      ),
    ]),
  ].join('\n\n');
}
