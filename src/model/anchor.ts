import { domainAttachments, domainFields } from './anchor-domains.ts';
import { attach, attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';
import { tenantAttachments, tenantFields } from './tenant.ts';

const anchorsSeen = fieldsOf('ad.groups', 'n.seen');
/** Cloud ids that AD objects name. */
export const anchors: Population = {
  name: 'anchors',
  about: 'One row per cloud id that the markers of AD objects name, with those objects',
  relation: 'anchor',
  alias: 'n',
  keys: ['ordinal'],
  carried: [],
  stands: 'NOT n.seen',
  rows: ['ad.groups', 'cloud.groups'],
  attachments: [
    attachNames,
    attach('nc', 'cloud_group', 'nc.id = n.cloud_id'),
    attach('no', 'ad_group', 'no.guid = n.guid'),
    attach('t', 'tenant', 'true'),
    ...tenantAttachments,
    ...domainAttachments,
  ],
  fields: [
    anchorsSeen('anchor.id', 'string', 'n.anchor::VARCHAR', 'the cloud id', { nullable: true }),
    anchorsSeen(
      'anchor.label',
      'string',
      "coalesce(nc.display_name, n.anchor::VARCHAR, '(groups that were not read)')",
      'name for people',
      { names: 'cloud' },
    ),
    fieldsOf('ad.groups', '(n.seen AND (n.complete OR n.objects > 1))')(
      'anchor.objects',
      'int',
      'n.objects',
      'AD objects that carry it',
    ),
    fieldsOf('ad.groups', '(n.seen AND (n.complete OR n.cloud_sync_objects > 0))')(
      'anchor.cloudSyncObjects',
      'int',
      'n.cloud_sync_objects',
      'objects with the marker of Cloud Sync',
      { from: 'msDS-ExternalDirectoryObjectId' },
    ),
    fieldsOf('ad.groups', '(n.seen AND (n.complete OR n.connect_objects > 0))')(
      'anchor.connectObjects',
      'int',
      'n.connect_objects',
      'objects with the marker of Connect only',
      { from: 'adminDescription' },
    ),
    anchorsSeen(
      'anchor.dns',
      'string[]',
      'CASE WHEN n.guid IS NULL THEN n.dns ELSE [no.dn] END',
      'their distinguished names',
      { names: 'ad' },
    ),
    anchorsSeen(
      'anchor.guids',
      'string[]',
      'CASE WHEN n.guid IS NULL THEN n.guids ELSE [n.guid::VARCHAR] END',
      'their objectGUIDs',
    ),
    fieldsOf('cloud.writebackConfiguration', '(n.seen AND n.writeback_known)')(
      'anchor.writebackEnabled',
      'bool',
      'n.writeback_enabled',
      'writeback switch of v2',
      {
        nullable: true,
        from: 'writebackConfiguration.isEnabled',
      },
    ),
    ...domainFields,
    ...tenantFields,
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(n.anchor::VARCHAR, '')",
    label: "coalesce(nc.display_name, n.anchor::VARCHAR, '(groups that were not read)')",
    ids: { cloudGroup: 'n.anchor::VARCHAR' },
  },
  unknownBy: undefined,
};
