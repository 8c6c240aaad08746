import { readFileSync } from 'node:fs';
import { type Population, type RelationName, relations } from './population.ts';

// The relations stand in files of their own so that an auditor can read them as SQL; this is the one module of the room that touches the disk.
const texts = new Map<RelationName, string>();

/** The SELECT that defines a relation, with its comments. */
export function relationSql(name: RelationName): string {
  const cached = texts.get(name);
  if (cached !== undefined) return cached;
  const text = readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8').trim();
  texts.set(name, text);
  return text;
}

/** The relations of the model that a piece of SQL reads. */
function relationsIn(sql: string): RelationName[] {
  const code = sql.replace(/--[^\n]*/g, '');
  return relations.filter(name => new RegExp(`(FROM|JOIN)\\s+"?${name}"?(?!\\w)`, 'i').test(code));
}

/** Relations that are views: those too large to keep, and those that cost next to nothing to make again. */
const views: ReadonlySet<RelationName> = new Set(['pair', 'membership', 'anchor', 'grant', 'person']);

/** The statements that make the relations which `sql` reads, each after those it reads itself. They run with any DuckDB that has the snapshot's tables. */
export function relationStatements(sql: readonly string[]): readonly string[] {
  const needed = new Set<RelationName>();
  const visit = (name: RelationName): void => {
    if (needed.has(name)) return;
    needed.add(name);
    relationsIn(relationSql(name)).forEach(visit);
  };
  sql.flatMap(relationsIn).forEach(visit);
  return relations
    .filter(name => needed.has(name))
    .map(name => `CREATE TEMP ${views.has(name) ? 'VIEW' : 'TABLE'} "${name}" AS\n${relationSql(name)}`);
}

/**
 * FROM and JOIN clauses of a population over `source`, with those attachments whose aliases the given SQL mentions. An alias inside a text literal
 * costs a join that is not needed, nothing else. `rows` says whether the source holds the whole population or a handful of its rows.
 */
export function fromClause(
  population: Population,
  source: string,
  sql: readonly string[],
  rows: 'all' | 'few' = 'all',
): string {
  const wanted = new Set<string>();
  const visit = (text: string): void => {
    for (const { alias, on } of population.attachments) {
      if (wanted.has(alias) || !new RegExp(`(?<![\\w.])${alias}\\.`).test(text)) continue;
      wanted.add(alias);
      visit(on);
    }
  };
  sql.forEach(visit);
  const joins = population.attachments
    .filter(attachment => wanted.has(attachment.alias))
    .map(({ alias, relation, on, few }) =>
      rows === 'few' && few !== undefined
        ? `LEFT JOIN LATERAL ${few} ${alias} ON true`
        : on === 'true'
          ? `CROSS JOIN ${relation} ${alias}`
          : `LEFT JOIN ${relation} ${alias} ON ${on}`,
    );
  return [`FROM ${source} ${population.alias}`, ...joins].join('\n');
}
