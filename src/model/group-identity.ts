import { flavours } from '../base/index.ts';
import { fieldsOf } from './build.ts';
import { active, deleted, seen, whole } from './group-known.ts';
import type { PopulationField } from './population.ts';

const kinds = ['microsoft365', 'security', 'mail-enabled-security', 'distribution', 'other'];

// Few objects are synced up, and a CASE spares the others the list.
const syncedUpAs =
  'CASE WHEN gs.ids IS NULL THEN []::VARCHAR[] ELSE list_filter(gs.ids, x -> x IS DISTINCT FROM g.anchor::VARCHAR) END';

/** The flavour of a pair; design: the container's, else by marker, else by the configured scope rules. */
export const groupFlavour: PopulationField = fieldsOf('cloud.groups', 'g.flavour_known')(
  'group.flavour',
  'string',
  'g.flavour',
  'engine that writes the group back',
  {
    nullable: true,
    values: flavours,
    also: ['ad.groups', 'ad.containers', 'cloud.writebackConfiguration'],
  },
);

/** What a pair is: its cloud group, its AD object and how they were matched. */
export const identityFields: readonly PopulationField[] = [
  fieldsOf('ad.groups', '(g.seen AND g.anchor_known)')(
    'group.id',
    'string',
    'g.anchor::VARCHAR',
    'id of the cloud group, or the id that the markers name',
    {
      nullable: true,
    },
  ),
  seen(
    'group.label',
    'string',
    "coalesce(gc.display_name, gd.display_name, ga.cn, ga.dn, g.anchor::VARCHAR, '(groups that were not read)')",
    'name for people',
    { names: 'both' },
  ),
  groupFlavour,
  fieldsOf('cloud.groups', '(g.cloud_known AND g.kind_known)')(
    'group.kind',
    'string',
    'g.kind',
    'kind of the cloud group',
    {
      nullable: true,
      values: kinds,
      from: 'groupTypes, securityEnabled, mailEnabled',
    },
  ),
  fieldsOf('cloud.groups', '(g.in_scope IS NOT NULL)')(
    'group.inScope',
    'bool',
    'coalesce(g.in_scope, false)',
    'whether the scope rule of its flavour takes the cloud group',
    {
      also: ['cloud.writebackConfiguration', 'ad.groups', 'ad.containers'],
    },
  ),
  fieldsOf('ad.groups', '(g.ad_known AND (g.anchored OR g.ad_guid IS NULL OR g.anchor_known))')(
    'group.anchored',
    'bool',
    'g.anchored',
    'whether an AD object carries the marker',
  ),
  fieldsOf('cloud.groups', '(g.ad_known AND g.cloud_known AND (g.anchored OR g.ad_guid IS NULL OR g.anchor_known))')(
    'group.writtenBack',
    'bool',
    '(g.anchored AND g.cloud_id IS NOT NULL)',
    'whether an active cloud group has an AD object',
    { also: ['ad.groups'] },
  ),
  active('group.active', 'bool', '(g.cloud_id IS NOT NULL)', 'whether the cloud group exists and is not deleted'),
  deleted('group.softDeleted', 'bool', '(g.deleted_id IS NOT NULL)', 'whether the cloud group is in the deleted items'),
  fieldsOf('cloud.deletedGroups', 'g.deleted_at_known')(
    'group.deletedAt',
    'timestamp',
    'g.deleted',
    'when it was deleted',
    {
      nullable: true,
      from: 'deletedDateTime',
    },
  ),
  whole(
    'group.markersAgree',
    'bool',
    'NOT g.conflict',
    'whether adminDescription, msDS-ExternalDirectoryObjectId and a CN of the form Group_<id> name one cloud group',
  ),
  fieldsOf('ad.groups', '(g.ad_known AND g.anchor_known)')(
    'group.match',
    'string',
    'g.matched_by',
    'marker by which the AD object was matched',
    {
      nullable: true,
      values: ['external-id', 'admin-description', 'name', 'sid'],
    },
  ),
  fieldsOf('ad.groups', 'g.objects_known')(
    'group.objects',
    'int',
    'g.objects::BIGINT',
    'AD objects that carry the anchor',
  ),
  fieldsOf(
    'cloud.sourceOfAuthority',
    '(g.ad_known AND g.ad_whole AND g.cloud_known AND (g.cloud_all OR g.on_premises_sid IS NOT NULL) AND (g.managed_known OR g.on_premises_sid IS NULL OR g.ad_sid IS DISTINCT FROM g.on_premises_sid))',
  )(
    'group.takenOver',
    'bool',
    '(coalesce(g.managed, false) AND g.on_premises_sid IS NOT NULL AND g.ad_sid IS NOT DISTINCT FROM g.on_premises_sid)',
    'whether the AD object is the original of a group whose source of authority was converted to the cloud',
  ),
  fieldsOf(
    'cloud.groups',
    `(g.ad_known AND g.ad_whole AND g.anchor_known AND (g.cloud_all OR len(${syncedUpAs}) > 0))`,
  )(
    'group.syncedUpAs',
    'string[]',
    syncedUpAs,
    'ids of other cloud groups that are synced from the AD object, as far as they were read',
    { from: 'onPremisesSecurityIdentifier = objectSid' },
  ),
  fieldsOf('cloud.jobs', "(g.flavour_known AND (g.jobs_known OR g.flavour IS DISTINCT FROM 'cloud-sync'))")(
    'group.grace',
    'duration',
    "(CASE WHEN g.flavour = 'cloud-sync' THEN coalesce(gj.seconds * 3, 3600) ELSE 3600 END * 1000000)::BIGINT",
    'time that the engine may take: 60 minutes, or three times the interval of the Cloud Sync job',
    {
      from: 'schedule.interval',
      also: ['ad.groups', 'cloud.groups', 'ad.containers', 'cloud.writebackConfiguration'],
    },
  ),
];
