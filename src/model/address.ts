import { attach, attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const addressSeen = fieldsOf('ad.groups', 'a.seen');

/** SMTP addresses of written-back objects. */
export const addresses: Population = {
  name: 'addresses',
  about: 'Each SMTP address of a written-back object, with everything in the forest that holds it',
  relation: 'address',
  alias: 'a',
  keys: ['address', 'ordinal'],
  carried: [],
  stands: 'NOT a.seen',
  rows: ['ad.groups', 'cloud.groups', 'ad.addresses'],
  attachments: [
    attachNames,
    attach('g', 'pair', 'g.ordinal = a.ordinal'),
    attach('gc', 'cloud_group', 'gc.id = g.cloud_id'),
    attach('ga', 'ad_group', 'ga.guid = g.ad_guid'),
  ],
  fields: [
    addressSeen('address.value', 'string', 'a.address', 'the address, lower case', {
      nullable: true,
      from: 'proxyAddresses, mail',
      names: 'ad',
    }),
    addressSeen(
      'address.group',
      'string',
      "coalesce(gc.display_name, ga.cn, '(a written-back object)')",
      'the written-back group that has it',
      { names: 'both' },
    ),
    fieldsOf('ad.addresses', '(a.seen AND (a.complete OR a.holders > 1))')(
      'address.holders',
      'int',
      'a.holders',
      'objects of the forest that hold it',
    ),
    addressSeen(
      'address.dns',
      'string[]',
      'CASE WHEN a.holders = 1 AND a.listed THEN [ga.dn] ELSE coalesce(a.dns, []) END',
      'their distinguished names',
      { names: 'ad' },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(a.address, '')",
    label: "coalesce(a.address, '(addresses that were not read)')",
    ids: { address: 'a.address', cloudGroup: 'g.anchor::VARCHAR', adGroup: 'g.ad_guid::VARCHAR' },
  },
  unknownBy: undefined,
};
