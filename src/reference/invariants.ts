import { compareSeverity, nameInExpressions } from '../base/index.ts';
import { model } from '../model/index.ts';
import type { CompiledInvariant, Policy } from '../policy/index.ts';
import { rightsText } from '../snapshot/index.ts';
import { anchorOf, cell, code, fence, page, table } from './markdown.ts';
import { ownSite, type Site } from './site.ts';

/** Policies with their invariants, sorted by id. */
export type Compiled = { readonly compiled: readonly CompiledInvariant[]; readonly policies: readonly Policy[] };

const frameworks: Readonly<Record<string, string>> = {
  'nist-800-53r5': 'NIST SP 800-53 Rev. 5',
  'iso-27001-2022': 'ISO/IEC 27001:2022, Annex A',
  'cis-v8': 'CIS Controls v8',
  soc2: 'SOC 2, Trust Services Criteria',
  'nist-csf-2.0': 'NIST Cybersecurity Framework 2.0',
  'cis-m365': 'CIS Microsoft 365 Foundations Benchmark',
};

/** Facet → ids of the invariants that read it. */
export function readersOf(compiled: readonly CompiledInvariant[]): ReadonlyMap<string, readonly string[]> {
  const readers = new Map<string, readonly string[]>();
  for (const { invariant, facets: read } of compiled)
    for (const facet of read) readers.set(facet, [...(readers.get(facet) ?? []), invariant.id]);
  return readers;
}

/** invariants.md: all of them, by policy. */
export function invariantsPage(site: Site, { compiled, policies }: Compiled): string {
  return page('policies/', site.command, [
    `# ${site === ownSite ? 'Invariants' : 'Shipped invariants'}`,
    `${compiled.length} invariants in ${policies.length} policies. The severity is the policy's; a ${site.guide('profile', 'policies.md#profiles')} can change it.`,
    ...policies.flatMap(policy => [
      `## ${site.words(policy.title)}`,
      `${site.prose(policy.description)} (${site.file(policy.path, policy.path, '../..')})`.trim(),
      table(
        ['invariant', 'severity', 'holds when', 'flavours'],
        [...policy.invariants]
          .sort((a, b) => compareSeverity(a.severity, b.severity))
          .map(({ id, severity, title, flavours }) => [
            `[${code(id)}](invariants/${id}.md)`,
            severity,
            cell(site.words(title)),
            flavours.join(', '),
          ]),
      ),
    ]),
  ]);
}

/** What stands beside an invariant: its policy, the tests of that where there are some, and a section on its controls. */
export type Beside = {
  readonly path: string;
  readonly tests: string | undefined;
  readonly controls: string | undefined;
};

/** invariants/<id>.md. */
export function invariantPage(site: Site, each: CompiledInvariant, { path, tests, controls }: Beside): string {
  const { invariant } = each;
  const population = model.populations.get(invariant.over);
  const read = each.reads.flatMap(name => population?.fields.filter(field => field.path === name) ?? []);
  const objects = (population?.objects ?? []).filter(({ path: name }) =>
    [invariant.when, invariant.expect].some(text => (text ?? '').includes(`has(${name})`)),
  );
  const used = invariant.params.filter(({ name }) =>
    [invariant.when, invariant.expect, invariant.message, invariant.remediation].some(text =>
      new RegExp(`\\bparams\\.${nameInExpressions(name)}\\b`).test(text ?? ''),
    ),
  );
  return page(path, site.command, [
    `# ${invariant.id}`,
    `**${cell(site.words(invariant.title))}.**`,
    table(
      ['severity', 'policy', 'over', 'flavours'],
      [
        [
          invariant.severity,
          `${site.file(invariant.policy, path, '../../..')}${tests === undefined ? '' : ` (${site.file('tests', tests, '../../..')})`}`,
          `[${code(invariant.over)}](../populations.md#${anchorOf(invariant.over)})`,
          invariant.flavours.join(', '),
        ],
      ],
    ),
    invariant.description.trim() === '' ? undefined : `## Why\n\n${site.prose(invariant.description)}`,
    '## Statement',
    'In scope, of the flavours above, is every subject for which',
    invariant.when === undefined ? '(every subject)' : fence(invariant.when, 'cel'),
    'and of each is expected',
    fence(invariant.expect, 'cel'),
    used.length > 0
      ? `## Parameters\n\n${table(
          ['name', 'type', 'default', 'meaning'],
          used.map(({ name, type, value, description }) => [
            code(name),
            type,
            code(JSON.stringify(value)),
            cell(site.words(description)),
          ]),
        )}`
      : undefined,
    '## A finding says',
    fence(invariant.message, 'text'),
    '## What to do',
    fence(invariant.remediation, 'text'),
    '## What it reads',
    table(
      ['field', 'type', 'meaning', 'source'],
      [
        ...objects.map(({ path: name, about }) => [code(name), 'object', cell(about), '']),
        ...read.map(({ path: name, type, about, from }) => [
          code(name),
          type,
          cell(about),
          from === 'computed' ? 'computed' : code(from),
        ]),
      ],
    ),
    'Without these facets its verdicts are unknown, as far as they depend on them:',
    table(
      ['facet', 'least right'],
      each.facets.map(name => [`[${code(name)}](../facets.md#${anchorOf(name)})`, cell(rightsText(name))]),
    ),
    controls,
    invariant.references.length > 0
      ? `## References\n\n${invariant.references.map(url => `* <${url}>`).join('\n')}`
      : undefined,
    `The SQL that judges it: \`tallystick explain ${invariant.id} --sql\`.`,
  ]);
}

/** The section on the controls that an invariant names itself. */
export function ownControls(site: Site, { invariant }: CompiledInvariant): string | undefined {
  const rows = Object.entries(invariant.controls).map(([name, controls]) => [
    frameworks[name] ?? site.words(name),
    site.words(controls.join(', ')),
  ]);
  return rows.length === 0 ? undefined : `## Controls\n\n${table(['framework', 'controls'], rows)}`;
}

/** controls.md: which invariants speak for which control. */
export function controlsPage(site: Site, compiled: readonly CompiledInvariant[]): string {
  const names = Object.keys(frameworks).filter(name => compiled.some(({ invariant }) => invariant.controls[name]));
  return page('policies/', site.command, [
    '# Controls',
    'Which invariants give evidence for which control. An invariant covers a control for group writeback only; it never proves the whole control.',
    ...names.flatMap(name => {
      const byControl = new Map<string, readonly string[]>();
      for (const { invariant } of compiled)
        for (const control of invariant.controls[name] ?? [])
          byControl.set(control, [...(byControl.get(control) ?? []), invariant.id]);
      const natural = new Intl.Collator('en', { numeric: true });
      return [
        `## ${frameworks[name]}`,
        table(
          ['control', 'invariants'],
          [...byControl]
            .sort(([a], [b]) => natural.compare(a, b))
            .map(([control, ids]) => [
              site.words(control),
              ids.map(id => `[${code(id)}](invariants/${id}.md)`).join(', '),
            ]),
        ),
      ];
    }),
  ]);
}
