import { attach, fieldsOf } from './build.ts';
import { groupFields, groupObjects, groupSubject } from './group.ts';
import { groupAttachments } from './group-attachments.ts';
import { groupFlavour } from './group-identity.ts';
import type { Population } from './population.ts';

const change = fieldsOf('ad.replication', 'y.seen');
const member = "coalesce(y.member_dn, '(changes that were not read)')";

/** Changes of members in AD that are recent enough for the audit log of the cloud to know their cause. */
export const memberChanges: Population = {
  name: 'memberChanges',
  about:
    'Each member that was added to a written-back group in AD, or removed from it, within the time that the audit log of the cloud speaks for',
  relation: 'member_change',
  alias: 'y',
  keys: ['ordinal', 'member_dn'],
  carried: [],
  stands: 'NOT y.seen',
  rows: ['ad.groups', 'cloud.groups', 'ad.replication', 'cloud.auditLog'],
  attachments: [attach('g', 'pair', 'g.ordinal = y.ordinal'), ...groupAttachments],
  fields: [
    change('change.member', 'string', member, 'distinguished name of the member', {
      from: 'msDS-ReplValueMetaData',
      names: 'ad',
    }),
    change('change.removed', 'bool', 'coalesce(y.removed, false)', 'whether it was removed; else it was added', {
      from: 'msDS-ReplValueMetaData',
    }),
    change('change.at', 'timestamp', 'y.changed', 'when', { from: 'msDS-ReplValueMetaData' }),
    change('change.on', 'string', 'y.server', 'domain controller on which that was done', {
      nullable: true,
      from: 'msDS-ReplValueMetaData',
    }),
    fieldsOf('cloud.auditLog', '(y.seen AND y.caused_known)')(
      'change.causedAt',
      'timestamp',
      'y.caused',
      'when the same member was last added or removed likewise in the cloud, up to five minutes after the change in AD',
      { nullable: true, from: 'directoryAudits', also: ['cloud.users', 'cloud.groups', 'ad.users', 'ad.groups'] },
    ),
    ...groupFields,
  ],
  objects: groupObjects,
  flavour: groupFlavour,
  subject: {
    key: "coalesce(g.cloud_id::VARCHAR, '') || '/' || coalesce(y.member_dn, '')",
    label: `coalesce(gc.display_name, g.anchor::VARCHAR, '(groups that were not read)') || ' → ' || ${member}`,
    ids: { cloudGroup: 'g.anchor::VARCHAR', adGroup: 'g.ad_guid::VARCHAR', adPrincipal: 'y.member_guid::VARCHAR' },
  },
  unknownBy: { subject: groupSubject },
};
