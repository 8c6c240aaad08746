import { attach, fieldsOf } from './build.ts';
import { cloudFact, whole } from './group-known.ts';
import type { Attachment, PopulationField } from './population.ts';

/** What can be joined to a pair `g` to tell who has authority over it. */
export const authorityAttachments: readonly Attachment[] = [
  attach('gsp', 'synced_parent', 'gsp.guid = g.ad_guid'),
  attach(
    'gep',
    '(SELECT lower(domain_dn) AS domain_dn FROM ad_soa_policy GROUP BY lower(domain_dn))',
    'gep.domain_dn = lower(ga.domain_dn)',
  ),
];

const parents = fieldsOf(
  'ad.memberOf',
  '(g.ad_known AND (g.ad_guid IS NULL OR gsp.ids IS NOT NULL OR (g.member_of_read AND g.cloud_all AND coalesce(gsp.located, true))))',
);
const above = { from: 'memberOf', also: ['ad.groups', 'cloud.groups'] } as const;

/** Who has authority over a pair, and how long it is kept. */
export const authorityFields: readonly PopulationField[] = [
  cloudFact('gc.expiration')(
    'group.cloud.expires',
    'timestamp',
    'gc.expiration',
    'when it expires unless it is renewed',
    {
      nullable: true,
      from: 'expirationDateTime',
    },
  ),
  cloudFact('gc.renewed')('group.cloud.renewed', 'timestamp', 'gc.renewed', 'when an owner renewed it last', {
    nullable: true,
    from: 'renewedDateTime',
  }),
  whole('group.ad.objectSoa', 'string', 'ga.object_soa', 'who has authority over the object, as AD is told', {
    nullable: true,
    from: 'msDS-ObjectSoa',
  }),
  fieldsOf('ad.soaPolicy', '(g.ad_known AND (g.ad_guid IS NULL OR gep.domain_dn IS NOT NULL OR nk.ad_soa))')(
    'group.enforcementPolicy',
    'bool',
    '(gep.domain_dn IS NOT NULL)',
    'whether the domain of its AD object has a policy of AD object enforcement',
    { from: 'CN=SOA-Policies,CN=System', also: ['ad.groups'] },
  ),
  parents(
    'group.ad.syncedParents',
    'string[]',
    'coalesce(gsp.names, [])',
    'groups right above it that AD feeds to the cloud, by name',
    {
      ...above,
      names: 'ad',
    },
  ),
  parents('group.ad.syncedParentIds', 'string[]', 'coalesce(gsp.ids, [])', 'ids of these groups in the cloud', above),
];
