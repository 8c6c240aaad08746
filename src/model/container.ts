import { flavours } from '../base/index.ts';
import { attach, attachNames, fieldsOf } from './build.ts';
import { containerScopeFields } from './container-scope.ts';
import type { Population } from './population.ts';

const container = fieldsOf('ad.containers', 'c.seen');

// Everyone (S-1-1-0) and WRITE_PROP (32), on everything, on member or on its set; inherited by groups or by all that lies below.
const audited = `(SELECT DISTINCT a.object_guid FROM ad_audit_ace a
  WHERE a.success AND a.inheritable AND NOT a.conditional AND a.trustee_sid = 'S-1-1-0' AND (a.mask & 32) <> 0
    AND (a.object_type IS NULL OR a.object_type IN ('bf9679c0-0de6-11d0-a285-00aa003049e2'::UUID, 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'::UUID))
    AND (a.inherited_object_type IS NULL OR a.inherited_object_type = 'bf967a9c-0de6-11d0-a285-00aa003049e2'::UUID))`;

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
  attachments: [
    attachNames,
    attach('ca', audited, 'ca.object_guid = c.guid'),
    attach('cu', 'unread', "cu.facet = 'ad.auditing' AND cu.id = c.guid"),
  ],
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
    fieldsOf('ad.auditing', '(c.seen AND (ca.object_guid IS NOT NULL OR (nk.ad_auditing AND cu.object IS NULL)))')(
      'container.auditsMembers',
      'bool',
      '(ca.object_guid IS NOT NULL)',
      'whether every successful change of the members of the groups below is audited, whoever makes it',
      { from: 'nTSecurityDescriptor' },
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
