import { attachNames, clearSql, fieldsOf } from './build.ts';
import { dnSql } from './dn.ts';
import type { Population } from './population.ts';

const mapping = fieldsOf('cloud.jobSchema', 'mp.seen');
const label =
  "coalesce(mp.service_principal_name, mp.job, '(jobs that were not read)') || coalesce(': ' || mp.target, '')";

/** Attribute mappings of the jobs that provision groups. */
export const mappings: Population = {
  name: 'mappings',
  about:
    'Each attribute that a Cloud Sync job writes to groups of AD, and each of those that it has to map (cn, parentDistinguishedName, member, isSecurityGroup, UniversalScope) but does not',
  relation: 'mapping',
  alias: 'mp',
  keys: ['job', 'target'],
  carried: [],
  stands: 'NOT mp.seen',
  rows: ['cloud.jobs', 'cloud.jobSchema'],
  attachments: [attachNames],
  fields: [
    mapping('mapping.label', 'string', label, 'job and attribute', { names: 'cloud' }),
    mapping('mapping.target', 'string', 'mp.target', 'attribute in AD', {
      nullable: true,
      from: 'targetAttributeName',
    }),
    mapping('mapping.source', 'string', 'mp.source', 'expression that gives its value, or a constant', {
      nullable: true,
      from: 'source.expression',
      names: 'cloud',
    }),
    mapping('mapping.mapped', 'bool', 'coalesce(mp.mapped, false)', 'whether the job maps it'),
    fieldsOf('ad.containers', `(mp.seen AND (mp.constant IS NOT TRUE OR (nk.ad_containers AND ${clearSql('cloud')})))`)(
      'mapping.writesToContainer',
      'bool',
      `coalesce(mp.constant AND EXISTS (FROM ad_container c WHERE c.kind = 'writeback' AND ${dnSql('c.dn')} = ${dnSql('mp.source')}), false)`,
      'whether its value is the distinguished name of a configured container',
      { also: ['cloud.jobSchema', 'cloud.names'] },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(mp.job || '/' || coalesce(mp.target, ''), '')",
    label,
    ids: { job: 'mp.job' },
  },
  unknownBy: undefined,
};
