import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escapeTerminal, nameInExpressions } from '../../base/index.ts';
import { examplesOf } from '../../evaluate/index.ts';
import type { Model, Population } from '../../model/index.ts';
import type { CompiledInvariant, Invariant } from '../../policy/index.ts';
import { rightsText } from '../../snapshot/index.ts';
import { row, sections, wrap } from '../layout.ts';

/** An invariant as people read it: what it means, what it reads and needs, how it is judged, and the cases that show it. */
export function aboutInvariant(compiled: CompiledInvariant, model: Model, cwd: string): string {
  const { invariant, facets: needed } = compiled;
  const population = model.populations.get(invariant.over);
  return sections([
    wrap(`${invariant.id} (${invariant.severity})\n${invariant.title}`),
    wrap(invariant.description),
    [
      row('Policy', `${invariant.policy}, ${invariant.location.file}:${invariant.location.line}`),
      row('Flavours', invariant.flavours.join(', ')),
      row('Over', `${invariant.over}: ${population?.about ?? ''}`),
      row('When', invariant.when ?? '(every subject)'),
      row('Expect', invariant.expect),
      ...parametersRead(invariant).map(({ name, value, from }) =>
        row('Parameter', `${name} = ${JSON.stringify(value)} (${from})`),
      ),
    ].join('\n'),
    wrap(['Reads', ...fieldsRead(compiled, population)].join('\n')),
    wrap(['Needs', ...needed.map(facet => `  ${facet}: ${rightsText(facet)}`)].join('\n')),
    whatToDo(invariant.remediation),
    examples(invariant, cwd),
    judgedBy(compiled),
    [
      ...Object.entries(invariant.controls).map(([framework, controls]) => row(framework, controls.join(', '), 20)),
      ...invariant.references.map(reference => escapeTerminal(reference)),
    ].join('\n'),
  ]);
}

/** What to do about a finding, as a section. */
export function whatToDo(remediation: string): string {
  const lines = remediation.trimEnd().split('\n');
  return wrap(['What to do', ...lines.map(line => `  ${line}`)].join('\n'));
}

/** Those of the policy's parameters that this invariant names. */
function parametersRead({ params, when = '', expect, message, remediation }: Invariant): Invariant['params'] {
  const texts = `${when}\n${expect}\n${message}\n${remediation}`;
  return params.filter(({ name }) => new RegExp(`\\bparams\\.${nameInExpressions(name)}\\b`).test(texts));
}

function fieldsRead({ reads }: CompiledInvariant, population: Population | undefined): readonly string[] {
  const fields = new Map(population?.fields.map(field => [field.path, field]));
  return reads.flatMap(path => {
    const field = fields.get(path);
    if (!field) return [];
    const type = `${field.type}${field.nullable ? ', may be absent' : ''}`;
    const from = field.facet === '' ? field.from : `${field.facet}, ${field.from}`;
    return [`  ${path} (${type}; ${from})`, `    ${field.about}`];
  });
}

const MOST_EXAMPLES = 8;

function examples({ id, location }: Invariant, cwd: string): string {
  // Violations first: they show best what is meant.
  const found = [...examplesOf(whereIs(location.file, cwd), location.file, id)].sort(
    (a, b) => Number(b.verdicts.includes('fail (')) - Number(a.verdicts.includes('fail (')),
  );
  if (found.length === 0) return '';
  const lines = found
    .slice(0, MOST_EXAMPLES)
    .flatMap(({ name, verdicts, file, line }) => [`  ${name}`, `    ${verdicts} (${file}:${line})`]);
  const left = found.length - MOST_EXAMPLES;
  return wrap(['Examples, from its tests', ...lines, ...(left > 0 ? [`  and ${left} more`] : [])].join('\n'));
}

/** The file that a report calls so: policies of the package are named as if they lay in the working directory. */
function whereIs(shown: string, cwd: string): string {
  const here = resolve(cwd, shown);
  return existsSync(here) ? here : fileURLToPath(new URL(`../../../${shown}`, import.meta.url));
}

function judgedBy({ whenSql, expectSql, invariant }: CompiledInvariant): string {
  const part = (label: string, sql: string) => row(label, sql.replace(/\s+/g, ' '));
  return [
    'SQL, over the row of a subject; true, false, or NULL where a fact is missing',
    ...(whenSql === 'true' ? [] : [part('  When', whenSql)]),
    part('  Expect', expectSql),
    `  The whole, to run with any DuckDB: tallystick explain ${invariant.id} --sql`,
  ].join('\n');
}
