import { fieldsOf } from './build.ts';
import { attachPasswordRights, passwordFields } from './domain-passwords.ts';
import type { Population } from './population.ts';

const named = fieldsOf('ad.domain', 'd.seen');
// A row is there before all of its facts are.
const domain = fieldsOf('ad.domain', '(d.seen AND d.domain_known)');
const exchange = fieldsOf('ad.exchange', '(d.seen AND d.exchange_known)');

/** AD domains. */
export const domains: Population = {
  name: 'domains',
  about: 'Each AD domain, with the forest facts seen from it',
  relation: `(SELECT x.dn, x.dns_name, x.guid, x.domain_level, x.schema_version, x.external_id_in_schema, x.recycle_bin, x.exchange_schema_version,
      x.exchange_org_version, true AS seen, k.ad_exchange AS exchange_known, k.ad_domain AS domain_known FROM ad_domain x CROSS JOIN known k
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, false FROM known WHERE NOT ad_domain)`,
  alias: 'd',
  keys: ['dn'],
  carried: [],
  stands: 'NOT d.seen',
  rows: ['ad.domain'],
  attachments: [attachPasswordRights],
  fields: [
    named('domain.label', 'string', "coalesce(d.dns_name, '(domains that were not read)')", 'DNS name', {
      from: 'dnsRoot',
    }),
    domain('domain.level', 'int', 'd.domain_level::BIGINT', 'functional level (7 = 2016)', {
      nullable: true,
      from: 'domainFunctionality',
    }),
    domain('domain.schemaVersion', 'int', 'd.schema_version::BIGINT', 'version of the schema (87 = 2016)', {
      nullable: true,
      from: 'objectVersion',
    }),
    domain(
      'domain.externalIdInSchema',
      'bool',
      'd.external_id_in_schema',
      'whether the schema has msDS-ExternalDirectoryObjectId',
      { nullable: true },
    ),
    domain('domain.recycleBin', 'bool', 'd.recycle_bin', 'whether the Recycle Bin is enabled', {
      nullable: true,
      from: 'msDS-EnabledFeature',
    }),
    exchange(
      'domain.exchangeSchemaVersion',
      'int',
      'd.exchange_schema_version::BIGINT',
      'version of the Exchange schema',
      { nullable: true, from: 'rangeUpper of ms-Exch-Schema-Version-Pt' },
    ),
    exchange(
      'domain.exchangeOrgVersion',
      'int',
      'd.exchange_org_version::BIGINT',
      'version of the Exchange organisation',
      { nullable: true, from: 'objectVersion' },
    ),
    ...passwordFields,
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(d.guid::VARCHAR, '')",
    label: "coalesce(d.dns_name, '(domains that were not read)')",
    ids: {},
  },
  unknownBy: undefined,
};
