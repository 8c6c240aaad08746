import { readFileSync } from 'node:fs';
import { EARLIER, withoutEarlier } from '../snapshot/index.ts';
import { type Attachment, type Classes, type Population, type RelationName, relations } from './population.ts';

// The relations stand in files of their own so that an auditor can read them as SQL; this is the one module of the room that touches the disk.
const texts = new Map<RelationName, string>();

/** The SELECT that defines a relation, with its comments. */
export function relationSql(name: RelationName): string {
  const cached = texts.get(name);
  if (cached !== undefined) return cached;
  // What the numbers mean is written once, whether they come one by one or by classes.
  if (name === 'membership_class')
    return relationSql('membership').replace('(SELECT *, 1::BIGINT AS n FROM edge)', 'edge_class');
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
const views: ReadonlySet<RelationName> = new Set([
  'pair',
  'edge',
  'membership',
  'membership_class',
  'anchor',
  'grant',
  'person',
]);

/** The statements that make the relations which `sql` reads, each after those it reads itself. They run with any DuckDB that has the snapshot's tables. */
export function relationStatements(sql: readonly string[]): readonly string[] {
  const needed = new Set<RelationName>();
  const visit = (name: RelationName): void => {
    if (needed.has(name)) return;
    needed.add(name);
    relationsIn(relationSql(name)).forEach(visit);
  };
  sql.flatMap(relationsIn).forEach(visit);
  const made = relations.filter(name => needed.has(name));
  const compares = made.some(name => readsEarlier(relationSql(name)));
  return [
    ...(compares ? withoutEarlier : []),
    ...made.map(name => `CREATE TEMP ${views.has(name) ? 'VIEW' : 'TABLE'} "${name}" AS\n${relationSql(name)}`),
  ];
}

const earlierTable = new RegExp(`\\b(FROM|JOIN)\\s+${EARLIER}\\.`, 'i');

/** Whether SQL reads the tables of an earlier snapshot. */
function readsEarlier(sql: string): boolean {
  return earlierTable.test(sql);
}

/** The statements that make relations, and those that fill the tables of populations that users wrote. */
export function ownStatements(populations: readonly Population[], sql: readonly string[]): readonly string[] {
  const own = [...new Set(populations)].flatMap(each => each.own ?? []);
  return [
    ...relationStatements([...sql, ...own.map(({ reads }) => reads)]),
    ...own.map(({ table, sql: select }) => `CREATE TEMP TABLE "${table}" AS\n${select}`),
  ];
}

/** The attachments whose aliases the given SQL mentions, with those that they need themselves. */
function aliasesIn(population: Population, sql: readonly string[]): ReadonlySet<string> {
  const wanted = new Set<string>();
  const visit = (text: string): void => {
    for (const { alias, on } of population.attachments) {
      if (wanted.has(alias) || !new RegExp(`(?<![\\w.])${alias}\\.`).test(text)) continue;
      wanted.add(alias);
      visit(on);
    }
  };
  sql.forEach(visit);
  return wanted;
}

/** The classes of a population, if what the given SQL says is the same for all rows of a class. */
export function classesFor(population: Population, sql: readonly string[]): Classes | undefined {
  const { classes, alias } = population;
  if (classes === undefined) return undefined;
  const apart = classes.members.some(column => sql.some(text => new RegExp(`\\b${alias}\\.${column}\\b`).test(text)));
  const shared = [...aliasesIn(population, sql)].every(wanted => classes.aliases.includes(wanted));
  return !apart && shared ? classes : undefined;
}

/**
 * FROM and JOIN clauses of a population over `source`, with those attachments whose aliases the given SQL mentions. An alias inside a text literal
 * costs a join that is not needed, nothing else.
 */
export function fromClause(population: Population, source: string, sql: readonly string[]): string {
  const joins = attached(population, sql).map(attachment => joinOf(attachment, attachment.relation));
  return [`FROM ${source} ${population.alias}`, ...joins].join('\n');
}

/** Tables to make, in order, and the FROM and JOIN clauses that read them. */
export type FewClause = {
  readonly statements: readonly string[];
  readonly tables: readonly string[];
  readonly from: string;
};

/**
 * The same for a table that holds a handful of rows: first the few rows of each attachment that they need are put into a table of its own, because
 * nothing tells the database otherwise that a million rows are joined to a handful.
 */
export function fewClause(population: Population, table: string, sql: readonly string[]): FewClause {
  const source = `"${table}"`;
  const wanted = attached(population, sql);
  const mentioned = [...sql, ...wanted.map(({ on }) => on)].join('\n');
  const made = new Map<string, string>();
  const statements: string[] = [];
  for (const attachment of wanted) {
    const { alias, relation, on, few } = attachment;
    if (on === 'true') continue;
    const columns = [
      ...new Set(Array.from(mentioned.matchAll(new RegExp(`(?<![\\w.])${alias}\\.(\\w+)`, 'g')), match => match[1])),
    ];
    const before = attached(population, [on]).filter(other => other.alias !== alias);
    const joins = before.map(other => joinOf(other, made.get(other.alias) ?? other.relation));
    const name = `${table}_${alias}`;
    statements.push(
      [
        `CREATE TEMP TABLE "${name}" AS\nSELECT DISTINCT ${columns.map(column => `${alias}.${column}`).join(', ')}`,
        `FROM ${source} ${population.alias}`,
        ...joins,
        `JOIN ${few?.(source) ?? relation} ${alias} ON ${on}`,
      ].join('\n'),
    );
    made.set(alias, `"${name}"`);
  }
  const joins = wanted.map(attachment => joinOf(attachment, made.get(attachment.alias) ?? attachment.relation));
  return {
    statements,
    tables: [...made.keys()].map(alias => `${table}_${alias}`),
    from: [`FROM ${source} ${population.alias}`, ...joins].join('\n'),
  };
}

function attached(population: Population, sql: readonly string[]): readonly Attachment[] {
  const wanted = aliasesIn(population, sql);
  return population.attachments.filter(({ alias }) => wanted.has(alias));
}

function joinOf({ alias, on }: Attachment, relation: string): string {
  return on === 'true' ? `CROSS JOIN ${relation} ${alias}` : `LEFT JOIN ${relation} ${alias} ON ${on}`;
}
