import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const target = fieldsOf('cloud.jobSchema', 'r.seen');
const label = "coalesce(r.dn, r.jobs[1], '(containers that were not read)')";

/** Containers that Cloud Sync writes groups to. */
export const targets: Population = {
  name: 'targets',
  about:
    'Each container that Cloud Sync writes groups to, as the configuration declares it or as a job says, and each job that computes where it writes',
  relation: 'target',
  alias: 'r',
  keys: ['key'],
  carried: [],
  stands: 'NOT r.seen',
  rows: ['cloud.jobs', 'cloud.jobSchema', 'ad.containers'],
  attachments: [attachNames],
  fields: [
    target('target.dn', 'string', 'r.dn', 'distinguished name; absent where a job computes it for each group', {
      nullable: true,
      from: 'parentDistinguishedName mapping',
      names: 'both',
    }),
    target('target.jobs', 'string[]', 'r.jobs', 'names of the jobs that write there', { names: 'cloud' }),
    fieldsOf('ad.containers', '(r.seen AND r.decided)')(
      'target.wellKnown',
      'bool',
      'r.well_known',
      'whether it is the domain itself or a container that every domain has; unknown for others that only a job names',
      { from: 'wellKnownObjects', also: ['ad.domain'] },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(r.key, '')",
    label,
    ids: { container: 'r.guid::VARCHAR', job: 'r.job' },
  },
  unknownBy: undefined,
};
