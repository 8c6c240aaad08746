import { flavours } from '../base/index.ts';
import { attach, attachNames, fieldsOf } from './build.ts';
import type { Population, PopulationField } from './population.ts';

const seen = fieldsOf('ad.deleted', 'x.seen');
/** A fact that a deleted object may lack: surely absent only when they were read in full. */
const fact = (sql: string) => fieldsOf('ad.deleted', `(x.seen AND (x.complete OR ${sql} IS NOT NULL))`);
const label =
  "CASE WHEN x.seen THEN coalesce(xc.display_name, xd.cn, xd.dn) ELSE '(deleted objects that were not read)' END";

const flavour: PopulationField = fieldsOf('ad.containers', '(x.seen AND x.flavour_known)')(
  'group.flavour',
  'string',
  'x.flavour',
  'engine that wrote the object',
  { nullable: true, values: flavours, also: ['ad.deleted', 'cloud.groups'] },
);

/** Deleted AD objects of writeback. */
export const tombstones: Population = {
  name: 'tombstones',
  about: 'Each deleted AD object that carries a writeback marker and that AD still shows',
  relation: 'tombstone',
  alias: 'x',
  keys: ['guid'],
  carried: [],
  stands: 'NOT x.seen',
  rows: ['ad.deleted', 'ad.containers', 'ad.domain'],
  attachments: [
    attachNames,
    attach('xd', 'ad_deleted', 'xd.guid = x.guid'),
    attach('xc', 'cloud_group', 'xc.id = x.cloud_id'),
  ],
  fields: [
    seen('tombstone.dn', 'string', 'xd.dn', 'distinguished name below Deleted Objects', {
      nullable: true,
      from: 'distinguishedName',
      names: 'ad',
    }),
    seen('tombstone.guid', 'string', 'x.guid::VARCHAR', 'objectGUID', { nullable: true, from: 'objectGUID' }),
    fact('xd.last_known_parent')('tombstone.lastKnownParent', 'string', 'xd.last_known_parent', 'where it lay', {
      nullable: true,
      from: 'lastKnownParent',
      names: 'ad',
    }),
    fact('xd.changed')(
      'tombstone.deletedAt',
      'timestamp',
      'xd.changed',
      'when it was deleted, on the server that was read',
      {
        nullable: true,
        from: 'whenChanged',
      },
    ),
    fieldsOf('ad.groups', '(x.seen AND x.objects_known)')(
      'tombstone.livingObjects',
      'int',
      'x.objects',
      'AD objects that carry the same marker and live',
      { also: ['cloud.groups'] },
    ),
    fieldsOf('ad.groups', '(x.seen AND x.successors_known)')(
      'tombstone.successors',
      'string[]',
      'x.successors',
      'of those, objects with another SID that were made after it, as far as they were read',
      { names: 'ad', also: ['ad.deleted', 'cloud.groups'] },
    ),
    seen('group.id', 'string', 'x.anchor::VARCHAR', 'id of the cloud group that the marker names', { nullable: true }),
    seen('group.label', 'string', label, 'name for people', { names: 'both' }),
    flavour,
    fieldsOf('cloud.groups', '(x.seen AND x.active_known)')(
      'group.active',
      'bool',
      '(x.cloud_id IS NOT NULL)',
      'whether the cloud group exists and is not deleted',
    ),
    fieldsOf('cloud.groups', '(x.seen AND x.in_scope_known)')(
      'group.inScope',
      'bool',
      'x.in_scope',
      'whether the scope rule of an engine takes the cloud group',
      { also: ['cloud.writebackConfiguration', 'ad.groups', 'ad.containers'] },
    ),
  ],
  objects: [],
  flavour,
  subject: {
    key: "coalesce(x.guid::VARCHAR, '')",
    label,
    ids: { cloudGroup: 'x.anchor::VARCHAR', adGroup: 'x.guid::VARCHAR' },
  },
  unknownBy: undefined,
};
