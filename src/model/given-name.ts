import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const name = fieldsOf('cloud.jobSchema', 'w.seen');
const label = "coalesce(w.value, w.attribute || ' of ' || w.jobs[1], '(names that were not read)')";

/** Names that Cloud Sync gives. */
export const givenNames: Population = {
  name: 'givenNames',
  about:
    'Each common name or account name that jobs of Cloud Sync give to groups in one container or domain, and each mapping that is not understood',
  relation: 'given_name',
  alias: 'w',
  keys: ['key'],
  carried: [],
  stands: 'NOT w.seen',
  rows: ['cloud.jobs', 'cloud.jobSchema', 'cloud.jobSettings', 'cloud.jobAssignments', 'cloud.groups', 'cloud.names'],
  attachments: [attachNames],
  fields: [
    name('name.label', 'string', label, 'the name, in lower case', { names: 'cloud' }),
    name('name.attribute', 'string', 'w.attribute', 'attribute that gets it', {
      values: ['cn', 'samaccountname'],
      from: 'attribute mappings',
    }),
    name('name.place', 'string', 'w.place', 'container, or domain for account names', {
      from: 'parentDistinguishedName mapping',
      names: 'cloud',
    }),
    name('name.jobs', 'string[]', 'w.jobs', 'names of the jobs that give it', { names: 'cloud' }),
    fieldsOf('cloud.jobSchema', '(w.seen AND w.decided)')(
      'name.groups',
      'int',
      'w.groups::BIGINT',
      'cloud groups that get it; unknown where a mapping is not understood, or a place where it may meet its like is computed',
      {
        from: 'attribute mappings',
        also: ['cloud.groups', 'cloud.jobs', 'cloud.jobSettings', 'cloud.jobAssignments', 'cloud.names'],
      },
    ),
    name('name.labels', 'string[]', 'w.labels', 'ten of them at most, by name', {
      from: 'displayName',
      names: 'cloud',
      also: ['cloud.groups'],
    }),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: "coalesce(w.key, '')", label, ids: { job: 'w.job' } },
  unknownBy: undefined,
};
