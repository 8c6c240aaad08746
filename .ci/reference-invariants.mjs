// What the package ships, and the map from controls to invariants by its profiles.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { model } from '../src/model/index.ts';
import { loadPolicies } from '../src/policy/index.ts';
import { cell, code, page, table } from './markdown.mjs';

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

/** The section of an invariant's page on its controls. */
export function controlsOf(id, mappings) {
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
