import type { ReportingDescriptor, ReportingDescriptorRelationship, Result, ToolComponent } from 'sarif';
import type { Severity } from '../base/index.ts';
import { type AuditResult, type InvariantResult, remedyOf } from '../findings/index.ts';
import { proseMarkdown, webAddress } from './prose.ts';
import { guidOf, sarifText } from './sarif-text.ts';

/** Code scanning's numbers: above 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low; it wants them as strings. */
const securitySeverities = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: '0.1',
} as const satisfies Record<Severity, string>;

/** SARIF's three levels for our five severities. */
export const sarifLevels = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
} as const satisfies Record<Severity, Result.level>;

// GitHub shows ten tags of a rule; 25,000 rules is its limit, far above any policy set.
const TAG_LIMIT = 10;
const NAME_LIMIT = 255;

/** One taxonomy per control framework that an invariant names, sorted by name, its controls sorted by id. */
export function taxonomiesOf(result: AuditResult): ToolComponent[] {
  const frameworks = new Map<string, Set<string>>();
  for (const [framework, controls] of result.invariants.flatMap(({ controls }) => Object.entries(controls))) {
    const known = frameworks.get(sarifText(framework, NAME_LIMIT)) ?? new Set();
    for (const control of controls) known.add(sarifText(control, NAME_LIMIT));
    frameworks.set(sarifText(framework, NAME_LIMIT), known);
  }
  return [...frameworks]
    .filter(([, controls]) => controls.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, controls]) => ({
      name,
      guid: guidOf(`taxonomy\n${name}`),
      shortDescription: { text: sarifText(`Controls of ${name} that invariants are mapped to.`) },
      isComprehensive: false,
      taxa: [...controls].sort().map(id => ({ id, guid: guidOf(`taxon\n${name}\n${id}`) })),
    }));
}

/** One rule per invariant, in the order of the result; an invariant that only a finding names (fixed and gone) has none. */
export function rulesOf(result: AuditResult, taxonomies: readonly ToolComponent[]): ReportingDescriptor[] {
  return result.invariants.map(invariant => {
    const helpUri = invariant.references.map(webAddress).find(address => address !== undefined);
    return {
      id: sarifText(invariant.id, NAME_LIMIT),
      name: nameOf(invariant.id),
      shortDescription: { text: sarifText(invariant.title || invariant.id) },
      fullDescription: { text: sarifText(invariant.description || invariant.title || invariant.id) },
      help: {
        text: sarifText(remedyOf(invariant.remediation) || invariant.title || invariant.id),
        markdown: helpMarkdown(invariant),
      },
      ...(helpUri === undefined ? {} : { helpUri }),
      defaultConfiguration: { level: sarifLevels[invariant.severity] },
      ...relationshipsOf(invariant, taxonomies),
      properties: {
        tags: tagsOf(invariant),
        precision: 'very-high',
        'security-severity': securitySeverities[invariant.severity],
        'problem.severity':
          invariant.severity === 'info' ? 'recommendation' : ruleProblem[sarifLevels[invariant.severity]],
      },
    };
  });
}

const ruleProblem = { error: 'error', warning: 'warning', note: 'recommendation' } as const;

function helpMarkdown(invariant: InvariantResult): string {
  const links = invariant.references.map(webAddress).filter(address => address !== undefined);
  const parts = [
    `**${proseMarkdown(invariant.title || invariant.id, 300)}**`,
    proseMarkdown(invariant.description),
    proseMarkdown(remedyOf(invariant.remediation)),
    links
      .slice(0, TAG_LIMIT)
      .map(address => `* <${address}>`)
      .join('\n'),
  ];
  return parts.filter(part => part !== '').join('\n\n');
}

function tagsOf(invariant: InvariantResult): string[] {
  const controls = Object.values(invariant.controls).flat();
  const tags = ['security', 'identity', 'group-writeback', invariant.policy, ...controls];
  return [...new Set(tags.map(tag => sarifText(tag, NAME_LIMIT)))].slice(0, TAG_LIMIT);
}

function relationshipsOf(
  invariant: InvariantResult,
  taxonomies: readonly ToolComponent[],
): { relationships?: ReportingDescriptorRelationship[] } {
  const relationships = taxonomies.flatMap(({ name, guid, taxa = [] }, index) => {
    const own = Object.entries(invariant.controls)
      .filter(([framework]) => sarifText(framework, NAME_LIMIT) === name)
      .flatMap(([, controls]) => controls.map(control => sarifText(control, NAME_LIMIT)));
    return taxa.flatMap((taxon, taxonIndex): ReportingDescriptorRelationship[] =>
      own.includes(taxon.id)
        ? [
            {
              target: { id: taxon.id, index: taxonIndex, toolComponent: { name, index, ...(guid ? { guid } : {}) } },
              kinds: ['relevant'],
            },
          ]
        : [],
    );
  });
  return relationships.length > 0 ? { relationships } : {};
}

/** A name for people that differs from the id even when the id is one word (SARIF1001). */
function nameOf(id: string): string {
  const words = id.split(/[^A-Za-z0-9]+/).filter(word => word !== '');
  const pascal = words.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const name = pascal.toLowerCase() === id.toLowerCase() ? `${pascal}Invariant` : pascal;
  return name.slice(0, NAME_LIMIT) || 'Invariant';
}
