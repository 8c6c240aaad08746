import { flavours } from '../base/index.ts';
import type { Population } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';

/** How a verdict is written in SQL. The higher bit marks what did not pass, so that one mask finds it among many packed verdicts. */
export const codes = { outOfScope: 0, pass: 1, fail: 2, unknown: 3 } as const;

/** Verdicts of this many invariants fit into one BIGINT at two bits each. */
export const verdictsPerCode = 30;

/** SQL that is true where the invariant's flavours include the subject's, NULL where the subject's flavour is not known; undefined when all flavours are meant. */
export function flavourSql(compiled: CompiledInvariant, population: Population): string | undefined {
  const wanted = compiled.invariant.flavours;
  if (flavours.every(flavour => wanted.includes(flavour))) return undefined;
  const list = wanted.map(flavour => `'${flavour}'`).join(', ');
  if (population.flavour)
    return `CASE WHEN ${population.flavour.known} THEN coalesce(${population.flavour.sql} IN (${list}), false) END`;
  return `(SELECT coalesce(bool_or(flavour IN (${list})), false) FROM scope_flavour)`;
}

/** SQL of the verdict code over a row: in scope and as expected, in scope and not, out of scope, or unknown. What stands for the unseen is never judged. */
export function verdictSql(compiled: CompiledInvariant, population: Population): string {
  const flavour = flavourSql(compiled, population);
  const scope = [flavour, compiled.whenSql === 'true' ? undefined : `(${compiled.whenSql})`]
    .filter(part => part !== undefined)
    .join(' AND ');
  const unseen = population.stands === undefined ? '' : `WHEN ${population.stands} THEN ${codes.unknown} `;
  const judged = `CASE ${unseen}WHEN ${compiled.expectSql} THEN ${codes.pass} WHEN NOT (${compiled.expectSql}) THEN ${codes.fail} ELSE ${codes.unknown} END`;
  if (scope === '') return judged;
  return `CASE WHEN ${scope} THEN ${judged} WHEN NOT (${scope}) THEN ${codes.outOfScope} ELSE ${codes.unknown} END`;
}

/** SQL that is true for the rows of a judged table whose verdict of the `index`-th invariant is `code`. */
export function hasCode(index: number, code: number): string {
  return `((code >> ${index * 2}) & 3) = ${code}`;
}

// Two bits for each of thirty verdicts, the higher one set: 0b1010…10.
const NOT_PASSED = 0xaaaaaaaaaaaaaaan.toString();
const LOWER = 0x5555555555555555n.toString();

/** SQL that is true for the rows of a judged table that violate at least one invariant. */
export const failsAny = `((code & ${NOT_PASSED}) & ~((code & ${LOWER}) << 1)) <> 0`;

/**
 * SQL that judges every row of a population once for all invariants: passing rows only as counts, the others with their keys. `rows` is SQL of how many
 * rows one row of `from` stands for.
 */
export function judgeSql(
  invariants: readonly CompiledInvariant[],
  population: Population,
  from: (sql: readonly string[]) => string,
  rows: string,
): string {
  const verdicts = invariants.map(invariant => verdictSql(invariant, population));
  const code = verdicts.map((_, index) => (index === 0 ? 'v0' : `(v${index} << ${index * 2})`)).join(' | ');
  const kept = keptColumns(population);
  const columns = kept.map(column => `${population.alias}.${column}`);
  return `SELECT code, ${kept.map(column => `CASE WHEN (code & ${NOT_PASSED}) <> 0 THEN ${column} END AS ${column}, `).join('')}sum(n)::BIGINT AS n
FROM (
  SELECT ${[...kept, 'n', `${code} AS code`].join(', ')}
  FROM (
    SELECT ${[...columns, `${rows} AS n`, ...verdicts.map((sql, index) => `(${sql})::BIGINT AS v${index}`)].join(',\n      ')}
    ${from(verdicts)}
  )
)
GROUP BY ALL`;
}

/** The columns that a judged row keeps: what is needed to look it up, or all that will be asked of it. */
export function keptColumns(population: Population): readonly string[] {
  return population.carried.length > 0 ? population.carried : population.keys;
}
