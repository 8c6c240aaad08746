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

/** The SELECT alone: what a relation reads, without the prose in front of it. */
function referencesOf(name: RelationName): RelationName[] {
  const code = relationSql(name).replace(/--[^\n]*/g, '');
  return relations.filter(
    other => other !== name && new RegExp(`(FROM|JOIN)\\s+"?${other}"?(?![\\w])`, 'i').test(code),
  );
}

/** The relations that are needed to have `names`, each after those it reads. */
export function relationsFor(names: Iterable<RelationName>): RelationName[] {
  const needed = new Set<RelationName>();
  const visit = (name: RelationName): void => {
    if (needed.has(name)) return;
    referencesOf(name).forEach(visit);
    needed.add(name);
  };
  for (const name of names) visit(name);
  return relations.filter(name => needed.has(name));
}

/** Relations that are views: read once, or too large to keep. */
const views: ReadonlySet<RelationName> = new Set(['membership']);

/** The statements that make the relations, in order; each may be run with any engine that has DuckDB's dialect and the tables of the snapshot. */
export function relationStatements(names: Iterable<RelationName>): readonly string[] {
  return relationsFor(names).map(
    name => `CREATE TEMP ${views.has(name) ? 'VIEW' : 'TABLE'} "${name}" AS\n${relationSql(name)}`,
  );
}

/** The relations that a population and the given attachments of it read. */
export function relationsOf(population: Population, aliases: Iterable<string>): Set<RelationName> {
  const wanted = new Set(aliases);
  return new Set([
    ...population.uses,
    ...population.attachments.filter(attachment => wanted.has(attachment.alias)).flatMap(attachment => attachment.uses),
  ]);
}

/** FROM and JOIN clauses of a population with the attachments that `aliases` name and those they need. */
export function fromClause(population: Population, source: string, aliases: Iterable<string>): string {
  const wanted = attachmentsFor(population, aliases);
  const joins = population.attachments
    .filter(attachment => wanted.has(attachment.alias))
    .map(attachment => `LEFT JOIN ${attachment.relation} ${attachment.alias} ON ${attachment.on}`);
  return [`FROM ${source} ${population.alias}`, ...joins].join('\n');
}

/** The aliases to join for `aliases`, with all that they need in turn. */
export function attachmentsFor(population: Population, aliases: Iterable<string>): Set<string> {
  const wanted = new Set<string>();
  const visit = (alias: string): void => {
    if (wanted.has(alias)) return;
    wanted.add(alias);
    population.attachments.find(attachment => attachment.alias === alias)?.needs.forEach(visit);
  };
  for (const alias of aliases) visit(alias);
  return wanted;
}
