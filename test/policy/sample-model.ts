import type { PolicyModel } from '../../src/policy/index.ts';

type Population = PolicyModel['populations'] extends ReadonlyMap<string, infer Value> ? Value : never;
type Field = Population['fields'][number];

function field(path: string, type: Field['type'], facet: Field['facet'], nullable = false): Field {
  const sql = `g."${path}"`;
  return { path, type, nullable, sql, known: `g."${facet}"`, facet, from: path, about: path };
}

/** A model small enough to read: groups with an AD twin that may be absent. */
export const sampleModel: PolicyModel = {
  populations: new Map<string, Population>([
    [
      'groups',
      {
        fields: [
          field('group.label', 'string', 'cloud.groups'),
          field('group.writtenBack', 'bool', 'cloud.groups'),
          { ...field('group.mail', 'string', 'cloud.groups', true), also: ['ad.addresses'] },
          field('group.memberCount', 'int', 'cloud.members'),
          field('group.created', 'timestamp', 'cloud.groups'),
          field('group.ad.dn', 'string', 'ad.groups'),
          field('group.ad.adminDescription', 'string', 'ad.groups', true),
        ],
        objects: [
          { path: 'group.ad', present: 'g.has_ad', known: 'g."ad.groups"', facet: 'ad.groups', about: 'the twin' },
        ],
      },
    ],
    ['jobs', { fields: [field('job.label', 'string', 'cloud.jobs')], objects: [] }],
  ]),
};
