// One page per shipped invariant, their index, and the map from controls to invariants.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareSeverity } from '../src/base/index.ts';
import { model } from '../src/model/index.ts';
import { nameInExpressions } from '../src/base/index.ts';
import { loadPolicies } from '../src/policy/index.ts';
import { rightsText } from '../src/snapshot/index.ts';
import { cell, code, fence, page, table } from './markdown.mjs';
import { anchorOf } from './reference.mjs';

/** The shipped invariants, compiled, by id; throws when a policy has a mistake. */
export function shippedInvariants(root) {
  const loaded = loadPolicies({ paths: ['policies'], cwd: root, params: {}, model, asOf: 0 });
  const [mistake] = loaded.problems.filter(problem => problem.level === 'error');
  if (mistake) throw new Error(`${mistake.at?.file}:${mistake.at?.line}: ${mistake.message}`);
  const compiled = [...loaded.compiled.values()].sort((a, b) => (a.invariant.id < b.invariant.id ? -1 : 1));
  return { compiled, policies: loaded.policies };
}

/** The controls of every shipped profile with their invariants; throws when a profile leaves something open. */
export function shippedMappings(root) {
  const folder = 'policies/profiles';
  const files = readdirSync(join(root, folder)).filter(name => name.endsWith('.yaml'));
  return files.sort().flatMap(name => {
    const profile = `${folder}/${name}`;
    const { problems, controls } = loadPolicies({
      paths: ['policies'],
      cwd: root,
      params: {},
      profile,
      model,
      asOf: 0,
    });
    const [open] = [...problems, ...(controls?.problems ?? [])];
    if (open) throw new Error(`${open.at?.file}:${open.at?.line}: ${open.message}`);
    return controls === undefined ? [] : [controls.mapping];
  });
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
export function invariantPage(each, policies, root, mappings) {
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
    controlsOf(invariant.id, mappings),
    invariant.references.length > 0
      ? `## References\n\n${invariant.references.map(url => `* <${url}>`).join('\n')}`
      : undefined,
    `The SQL that judges it: \`tallystick explain ${invariant.id} --sql\`.`,
  ]);
}

function controlsOf(id, mappings) {
  const rows = mappings.flatMap(({ framework, controls }) => {
    const own = controls.filter(({ invariants }) => invariants.includes(id));
    if (own.length === 0) return [];
    return [[`${framework.title}, ${framework.version}`, own.map(each => `${each.id} ${cell(each.title)}`).join('; ')]];
  });
  if (rows.length === 0)
    return '## Controls\n\nIt is evidence for no control of the frameworks that come with tallystick.';
  return `## Controls\n\n${table(['framework', 'controls'], rows)}`;
}

/** docs/reference/controls.md: one section per profile in policies/profiles/. */
export function controlsPage(mappings) {
  const link = id => `[${code(id)}](invariants/${id}.md)`;
  return page('policies/', [
    '# Controls',
    'Which invariants are evidence for which control, by the [profiles](../profiles.md) that come with tallystick. An invariant speaks of a control for group writeback alone; it never proves the whole control.',
    ...mappings.flatMap(({ profile, framework, controls, unmapped }) => [
      `## ${framework.title}, ${framework.version}`,
      `Profile [${profile.path}](../../${profile.path}): ${controls.filter(({ invariants }) => invariants.length > 0).length} of ${controls.length} controls have evidence.`,
      table(
        ['control', 'title', 'invariants'],
        controls.map(({ id, title, noEvidence, invariants }) => [
          id,
          cell(title),
          invariants.length > 0 ? invariants.map(link).join(', ') : `none: ${cell(noEvidence ?? '')}`,
        ]),
      ),
      unmapped.length > 0 ? `Evidence for no control: ${unmapped.map(({ id }) => link(id)).join(', ')}.` : undefined,
    ]),
  ]);
}
