// One page per shipped invariant, their index, and the map from controls to invariants.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compareSeverity } from '../src/base/index.ts';
import { model } from '../src/model/index.ts';
import { nameInExpressions } from '../src/base/index.ts';
import { loadPolicies } from '../src/policy/index.ts';
import { rightsText } from '../src/snapshot/index.ts';
import { cell, code, fence, page, table } from './markdown.mjs';
import { anchorOf } from './reference.mjs';

const frameworks = {
  'nist-800-53r5': 'NIST SP 800-53 Rev. 5',
  'iso-27001-2022': 'ISO/IEC 27001:2022, Annex A',
  'cis-v8': 'CIS Controls v8',
  soc2: 'SOC 2, Trust Services Criteria',
  'nist-csf-2.0': 'NIST Cybersecurity Framework 2.0',
  'cis-m365': 'CIS Microsoft 365 Foundations Benchmark',
};

/** The shipped invariants, compiled, by id; throws when a policy has a mistake. */
export function shippedInvariants(root) {
  const loaded = loadPolicies({ paths: ['policies'], cwd: root, params: {}, model, asOf: 0 });
  const [mistake] = loaded.problems.filter(problem => problem.level === 'error');
  if (mistake) throw new Error(`${mistake.at?.file}:${mistake.at?.line}: ${mistake.message}`);
  const compiled = [...loaded.compiled.values()].sort((a, b) => (a.invariant.id < b.invariant.id ? -1 : 1));
  return { compiled, policies: loaded.policies };
}

/** Facet → ids of the invariants that read it. */
export function readersOf(compiled) {
  const readers = new Map();
  for (const { invariant, facets: read } of compiled)
    for (const facet of read) readers.set(facet, [...(readers.get(facet) ?? []), invariant.id]);
  return readers;
}

/** docs/reference/invariants.md. */
export function invariantsPage({ compiled, policies }) {
  return page('policies/', [
    '# Shipped invariants',
    `${compiled.length} invariants in ${policies.length} policies. The severity is the policy's; a [profile](../policies.md#profiles) can change it.`,
    ...policies.flatMap(policy => [
      `## ${policy.title}`,
      `${policy.description.trim()} ([${policy.path}](../../${policy.path}))`,
      table(
        ['invariant', 'severity', 'holds when', 'flavours'],
        [...policy.invariants]
          .sort((a, b) => compareSeverity(a.severity, b.severity))
          .map(({ id, severity, title, flavours }) => [
            `[${code(id)}](invariants/${id}.md)`,
            severity,
            cell(title),
            flavours.join(', '),
          ]),
      ),
    ]),
  ]);
}

/** docs/reference/invariants/<id>.md. */
export function invariantPage(each, policies, root) {
  const { invariant } = each;
  const { path } = policies.find(({ name }) => name === invariant.policy);
  const tests = path.replace(/\.yaml$/, '.test.yaml');
  const population = model.populations.get(invariant.over);
  const read = each.reads.flatMap(name => population.fields.filter(field => field.path === name));
  const objects = population.objects.filter(({ path: name }) =>
    [invariant.when, invariant.expect].some(text => (text ?? '').includes(`has(${name})`)),
  );
  const used = invariant.params.filter(({ name }) =>
    [invariant.when, invariant.expect, invariant.message, invariant.remediation].some(text =>
      new RegExp(`\\bparams\\.${nameInExpressions(name)}\\b`).test(text ?? ''),
    ),
  );
  return page(path, [
    `# ${invariant.id}`,
    `**${cell(invariant.title)}.**`,
    table(
      ['severity', 'policy', 'over', 'flavours'],
      [
        [
          invariant.severity,
          `[${invariant.policy}](../../../${path})${existsSync(join(root, tests)) ? ` ([tests](../../../${tests}))` : ''}`,
          `[${code(invariant.over)}](../populations.md#${anchorOf(invariant.over)})`,
          invariant.flavours.join(', '),
        ],
      ],
    ),
    invariant.description.trim() === '' ? undefined : `## Why\n\n${invariant.description.trim()}`,
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
            cell(description),
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
    Object.keys(invariant.controls).length > 0
      ? `## Controls\n\n${table(
          ['framework', 'controls'],
          Object.entries(invariant.controls).map(([name, controls]) => [frameworks[name] ?? name, controls.join(', ')]),
        )}`
      : undefined,
    invariant.references.length > 0
      ? `## References\n\n${invariant.references.map(url => `* <${url}>`).join('\n')}`
      : undefined,
    `The SQL that judges it: \`tallystick explain ${invariant.id} --sql\`.`,
  ]);
}

/** docs/reference/controls.md. */
export function controlsPage(compiled) {
  const names = Object.keys(frameworks).filter(name => compiled.some(({ invariant }) => invariant.controls[name]));
  return page('policies/', [
    '# Controls',
    'Which invariants give evidence for which control. An invariant covers a control for group writeback only; it never proves the whole control.',
    ...names.flatMap(name => {
      const byControl = new Map();
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
            .map(([control, ids]) => [control, ids.map(id => `[${code(id)}](invariants/${id}.md)`).join(', ')]),
        ),
      ];
    }),
  ]);
}
