import { AuditError } from '../../base/index.ts';
import type { Fact, MembershipPath, SubjectChange, SubjectFacts } from '../../evaluate/index.ts';
import {
  type AuditResult,
  causeText,
  type Finding,
  isInForce,
  remedyOf,
  sentenceOf,
  waiverChecks,
} from '../../findings/index.ts';
import { model } from '../../model/index.ts';
import type { CompiledInvariant } from '../../policy/index.ts';
import { facets } from '../../snapshot/index.ts';
import { row, sections, wrap } from '../layout.ts';
import { whatToDo } from './invariant.ts';

/** What a snapshot adds to a finding: all facts of the subject, how the member is in the group, and what changed when and where. */
export type Beyond = {
  readonly facts: SubjectFacts;
  readonly paths: readonly MembershipPath[];
  readonly changes: readonly SubjectChange[];
};

/** The one finding whose fingerprint begins so; throws an input error when there is none or more than one. */
export function findingOf({ findings }: AuditResult, prefix: string, file: string): Finding {
  const found = findings.filter(finding => finding.fingerprint.startsWith(prefix));
  const [finding, second] = found;
  if (!finding) throw new AuditError('input', `${file} holds no finding ${prefix}`);
  if (second)
    throw new AuditError('input', `${found.length} findings begin with ${prefix}; give more of the fingerprint`);
  return finding;
}

/** A finding as people read it: facts of both sides, way of the membership, changes, waivers, and what to do. */
export function aboutFinding(
  finding: Finding,
  results: AuditResult,
  compiled: CompiledInvariant | undefined,
  beyond: Beyond | undefined,
): string {
  const { subject, location } = finding;
  const { remediation } = compiled?.invariant ?? waiverChecks.get(finding.invariant) ?? {};
  return sections([
    wrap(`${finding.verdict} ${finding.invariant} (${finding.severity}, ${finding.state})\n${sentenceOf(finding)}`),
    [
      row('Subject', subject.label, 15),
      ...Object.entries(subject.ids).map(([name, id]) => row(name, id, 15)),
      row('Fingerprint', finding.fingerprint, 15),
      row('Policy', `${location.file}:${location.line}`, 15),
      row('First seen', `${finding.firstSeen}, ${finding.ageDays} ${finding.ageDays === 1 ? 'day' : 'days'} old`, 15),
      row('Last seen', finding.lastSeen, 15),
      ...(finding.cause === undefined ? [] : [row('Cause', causeText(finding) ?? '', 15)]),
      row('Waiver', waiverText(finding, results), 15),
    ].join('\n'),
    wrap(['Facts that the verdict rests on', ...bySide(subject.population, finding.facts)].join('\n')),
    finding.missing.length === 0 ? '' : wrap(`Not read: ${finding.missing.join(', ')}`),
    beyond === undefined ? '' : furtherFacts(finding, beyond.facts),
    beyond === undefined ? '' : pathText(beyond.paths),
    changesText(finding, beyond),
    remediation ? remedy(remediation, { ...beyond?.facts, ...finding.facts }) : '',
    beyond === undefined
      ? wrap('All facts of the subject, the way of the membership and its changes: add --snapshot FOLDER')
      : '',
  ]);
}

function waiverText({ waiver, accepted, verdict, invariant }: Finding, { waivers }: AuditResult): string {
  const own = waivers.find(({ id }) => id === waiver?.id);
  const left = own === undefined ? '' : ` (${own.state.replaceAll('-', ' ')}, ${own.daysLeft} days left)`;
  if (waiver) return `${waiver.id}, by ${waiver.approver} until ${waiver.expires}${left}: ${waiver.reason}`;
  if (accepted) return `none; the gap is accepted until ${accepted.until}: ${accepted.reason}`;
  const idle = waivers.filter(each => each.invariant === invariant && !isInForce(each.state));
  const others = idle.map(({ id, state, expires }) => `${id} (${state.replaceAll('-', ' ')}, until ${expires})`);
  const none = verdict === 'unknown' ? 'none: only violations can be waived' : 'none';
  return others.length === 0 ? none : `${none}; for this invariant there are ${others.join(', ')}`;
}

const SIDES = { cloud: 'In Entra ID', ad: 'In Active Directory', both: 'Of both, or of the run' } as const;

/** Facts under the side that they tell of. */
function bySide(population: string, facts: Readonly<Record<string, Fact>>): readonly string[] {
  const bySides = Map.groupBy(Object.entries(facts), ([path]) => sideOf(population, path));
  return (['cloud', 'ad', 'both'] as const).flatMap(side => {
    const own = bySides.get(side) ?? [];
    return own.length === 0
      ? []
      : [`  ${SIDES[side]}`, ...own.map(([path, fact]) => `    ${path} = ${factText(fact)}`)];
  });
}

/** The side of the directories that a fact tells of. */
function sideOf(name: string, path: string): keyof typeof SIDES {
  const population = model.populations.get(name);
  const found = [...(population?.fields ?? []), ...(population?.objects ?? [])].find(each => each.path === path);
  if (found === undefined || found.facet === '') return 'both';
  if (/(^|\.)cloud(\.|$)/.test(path)) return 'cloud';
  if (/(^|\.)ad(\.|$)/.test(path)) return 'ad';
  const { source } = facets[found.facet];
  return source === 'ad' ? 'ad' : source === 'graph' ? 'cloud' : 'both';
}

const LONGEST = 300;

function factText(fact: Fact): string {
  if (fact === null) return '(not set)';
  if (typeof fact === 'object' && 'unknown' in fact) return `(not read: ${fact.unknown})`;
  const text = JSON.stringify(fact);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** What the verdict does not rest on, where it is known and set. */
function furtherFacts({ subject, facts: own }: Finding, facts: SubjectFacts): string {
  const further = Object.entries(facts).filter(
    ([path, fact]) =>
      !Object.hasOwn(own, path) &&
      !(path.startsWith('tenant.') && subject.population !== 'tenant') &&
      fact !== null &&
      !(Array.isArray(fact) && fact.length === 0) &&
      !isUnknown(fact),
  );
  const unread = [...new Set(Object.values(facts).flatMap(fact => (isUnknown(fact) ? [fact.unknown] : [])))].sort();
  return wrap(
    [
      ...(further.length === 0 ? [] : ['Further facts', ...bySide(subject.population, Object.fromEntries(further))]),
      ...(unread.length === 0 ? [] : [`  Not read: ${unread.join(', ')}`]),
    ].join('\n'),
  );
}

function isUnknown(fact: Fact): fact is { readonly unknown: string } {
  return fact !== null && typeof fact === 'object' && 'unknown' in fact;
}

function pathText(paths: readonly MembershipPath[]): string {
  const lines = paths.map(({ side, path, complete }) => {
    if (path.length > 0) return row(`  ${SIDES[side]}`, path.join(' → '), 23);
    return row(`  ${SIDES[side]}`, complete ? 'no way' : 'no way was found; not every list of members was read', 23);
  });
  return lines.length === 0 ? '' : ['Way of the membership', ...lines].join('\n');
}

/** What replication metadata says; without a snapshot, as far as the finding tells it. */
function changesText({ subject, facts }: Finding, beyond: Beyond | undefined): string {
  if (beyond !== undefined) {
    const lines = beyond.changes.map(({ what, at, on }) =>
      row(`  ${new Date(at).toISOString()}`, `${what}, on ${on}`, 27),
    );
    return lines.length === 0
      ? ''
      : ['When and where it changed in Active Directory, newest first', ...lines].join('\n');
  }
  const replicated = Object.entries(facts).filter(([path, fact]) => {
    const population = model.populations.get(subject.population);
    return fact !== null && population?.fields.find(each => each.path === path)?.facet === 'ad.replication';
  });
  if (replicated.length === 0) return '';
  return wrap(
    ['When and where it changed', ...replicated.map(([path, fact]) => `  ${path} = ${factText(fact)}`)].join('\n'),
  );
}

/**
 * What to do, with the values of this subject beside it. They never stand inside: a remediation holds commands, and whoever may name a group must not
 * write into them.
 */
function remedy(remediation: string, facts: Readonly<Record<string, Fact>>): string {
  const named = new Set([...remediation.matchAll(/\{\{\s*([\w.]+)\s*\}\}/g)].map(([, path]) => path ?? ''));
  const values = [...named].flatMap(path => {
    const fact = Object.hasOwn(facts, path) ? facts[path] : undefined;
    return fact === undefined ? [] : [`  <${path}> = ${factText(fact)}`];
  });
  return [whatToDo(remedyOf(remediation)), ...(values.length === 0 ? [] : [wrap(['Here', ...values].join('\n'))])].join(
    '\n\n',
  );
}
