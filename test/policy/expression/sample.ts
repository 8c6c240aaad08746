import type { Catalogue, Field } from '../../../src/policy/expression/index.ts';

const field = (path: string, type: Field['type'], more: Partial<Field> = {}): [string, Field] => [
  path,
  { path, type, nullable: false, sql: path.replaceAll('.', '_'), known: `k_${more.facet ?? 'x'}`, facet: 'x', ...more },
];

/** A small catalogue for tests that look at texts rather than at verdicts. */
export const sample: Catalogue = {
  fields: new Map([
    field('seen', 'bool'),
    field('flag', 'bool', { known: 'true', facet: 'run' }),
    field('maybe', 'bool', { nullable: true }),
    field('count', 'int'),
    field('total', 'int', { known: 'true', facet: 'run' }),
    field('quota', 'int', { nullable: true, facet: 'y' }),
    field('ratio', 'double'),
    field('name', 'string'),
    field('label', 'string', { known: 'true', facet: 'run' }),
    field('mail', 'string', { nullable: true, facet: 'y' }),
    field('kind', 'string', { values: ['user', 'group', 'contact'] }),
    field('made', 'timestamp'),
    field('asOf', 'timestamp', { known: 'true', facet: 'run' }),
    field('grace', 'duration', { known: 'true', facet: 'run' }),
    field('tags', 'string[]'),
    field('kinds', 'string[]', { values: ['Unified', 'DynamicMembership'] }),
    field('group.label', 'string', { known: 'true', facet: 'run' }),
    field('group.ad.dn', 'string', { facet: 'ad' }),
    field('group.ad.mail', 'string', { nullable: true, facet: 'ad' }),
    field('group.ad.names', 'string[]', { facet: 'ad' }),
  ]),
  objects: new Map([
    ['group.ad', { path: 'group.ad', nullable: true, present: 'has_twin', known: 'k_presence', facet: 'presence' }],
  ]),
};
