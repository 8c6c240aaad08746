import { flavours } from '../base/index.ts';
import { attachNames, fieldsOf } from './build.ts';
import { containerScopeFields } from './container-scope.ts';
import type { Population } from './population.ts';

const container = fieldsOf('ad.containers', 'c.seen');

/** Objects whose access list guards writeback. */
export const containers: Population = {
  name: 'containers',
  about: 'The configured writeback containers, AdminSDHolder and the domain root',
  relation: `(SELECT kind, dn, flavour, found, guid, well_known, true AS seen, k.ad_containers AS listed
    FROM ad_container CROSS JOIN known k
    WHERE kind IN ('writeback', 'adminsdholder', 'domain')
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, false, false FROM known WHERE NOT ad_containers)`,
  alias: 'c',
  keys: ['kind', 'dn'],
  carried: [],
  stands: 'NOT c.seen',
  rows: ['ad.containers'],
  attachments: [attachNames],
  fields: [
    container('container.kind', 'string', 'c.kind', 'what it is', {
      nullable: true,
      values: ['writeback', 'adminsdholder', 'domain'],
    }),
    container('container.dn', 'string', 'c.dn', 'distinguished name', {
      nullable: true,
      from: 'distinguishedName',
      names: 'ad',
    }),
    container('container.found', 'bool', 'coalesce(c.found, false)', 'whether it exists'),
    fieldsOf('ad.containers', '(c.seen AND c.listed)')(
      'container.wellKnown',
      'bool',
      'coalesce(c.well_known, false)',
      'whether it is a well-known container of the domain',
      { from: 'wellKnownObjects' },
    ),
    container('container.flavour', 'string', 'c.flavour', 'flavour that the configuration gives it', {
      nullable: true,
      values: flavours,
    }),
    ...containerScopeFields,
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(c.guid::VARCHAR, lower(c.dn), '')",
    label: "coalesce(c.dn, '(containers that were not read)')",
    ids: { container: 'c.guid::VARCHAR' },
  },
  unknownBy: undefined,
};
