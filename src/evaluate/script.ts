import { fromClause, ownStatements, type Population } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import type { Selection } from './judgement.ts';
import { codes, verdictSql } from './verdict.ts';

/**
 * SQL that re-performs one invariant with any DuckDB that has the snapshot's tables as views: the relations of the model, then the subjects that fail or
 * are unknown, by the same text that judged them. With selections, violations also name those that hold for them.
 */
export function scriptOf(
  compiled: CompiledInvariant,
  population: Population,
  selections: readonly Selection[] = [],
): string {
  const verdict = verdictSql(compiled, population);
  const columns = [
    `${population.subject.key} AS subject`,
    `${population.subject.label} AS label`,
    `${verdict} AS code`,
    ...(selections.length === 0 ? [] : [`${selectedSql(selections)} AS selected`]),
  ];
  const selected = selections.length === 0 ? '' : `, CASE code WHEN ${codes.fail} THEN selected END AS selected`;
  const select = `SELECT subject, label, CASE code WHEN ${codes.fail} THEN 'fail' ELSE 'unknown' END AS verdict${selected}
FROM (
SELECT ${columns.join(',\n  ')}
${fromClause(population, population.relation, columns)}
)
WHERE code IN (${codes.fail}, ${codes.unknown})
ORDER BY verdict, subject`;
  return [
    `-- ${compiled.invariant.id}: ${compiled.invariant.title.replace(/\s+/g, ' ')}`,
    ...ownStatements([population], [select]).map(statement => `${statement};`),
    `${select};`,
    '',
  ].join('\n\n');
}

function selectedSql(selections: readonly Selection[]): string {
  const names = selections.map(({ name, sql }) => `CASE WHEN ${sql} THEN '${name.replaceAll("'", "''")}' END`);
  return `concat_ws(' ', ${names.join(', ')})`;
}
