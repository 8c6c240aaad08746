import { attach, attachNames, clearSql, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const listed = fieldsOf('ad.groups', 'm.seen');
const placed = fieldsOf('ad.containers', '(m.seen AND m.container_known)');
const label = "coalesce(mo.cn, mo.dn, '(objects with markers that were not read)')";

/** What AD objects say about the cloud groups that they belong to, well-formed or not. */
export const markers: Population = {
  name: 'markers',
  about: 'Each AD object with a text that begins like a marker of group writeback, whether or not it is one',
  relation: 'marker',
  alias: 'm',
  keys: ['guid'],
  carried: [],
  stands: 'NOT m.seen',
  rows: ['ad.groups', 'ad.names'],
  attachments: [
    attachNames,
    attach('mo', 'ad_group', 'mo.guid = m.guid'),
    attach('mk', "(SELECT count(*) > 0 AS declared FROM ad_container WHERE kind = 'writeback')", 'true'),
  ],
  fields: [
    listed('marker.label', 'string', label, 'name for people', { names: 'ad' }),
    listed('marker.dn', 'string', 'mo.dn', 'distinguished name', { from: 'distinguishedName', names: 'ad' }),
    fieldsOf('ad.groups', '(m.listed AND (m.external_anchor IS NOT NULL OR m.whole OR NOT m.seen))')(
      'marker.id',
      'string',
      'm.anchor::VARCHAR',
      'id of the cloud group that a well-formed marker names',
      { nullable: true, from: 'msDS-ExternalDirectoryObjectId, adminDescription' },
    ),
    fieldsOf('ad.groups', '(m.seen AND (m.whole OR m.taken_over))')(
      'marker.takenOver',
      'bool',
      'm.taken_over',
      'whether adminDescription is TakenOver_Group_<id>',
      { from: 'adminDescription' },
    ),
    fieldsOf('ad.groups', '(m.seen AND (m.whole OR m.external_anchor IS NOT NULL))')(
      'marker.byEngine',
      'bool',
      '(m.anchor IS NOT NULL AND (m.external_anchor IS NOT NULL OR NOT m.taken_over))',
      'whether the id comes from a marker that the engines read, not from TakenOver_ alone',
      { from: 'msDS-ExternalDirectoryObjectId, adminDescription' },
    ),
    fieldsOf('ad.groups', `(m.seen AND m.whole AND ${clearSql('ad')})`)(
      'marker.malformed',
      'string[]',
      'm.malformed',
      'texts that begin with Group_ or TakenOver_Group_ and do not end with an id alone',
      { from: 'msDS-ExternalDirectoryObjectId, adminDescription', names: 'ad' },
    ),
    fieldsOf('cloud.groups', '(m.seen AND m.whole AND (m.resolved OR m.cloud_all))')(
      'marker.resolves',
      'bool',
      'm.resolved',
      'whether a cloud group of that id is active or in the deleted items',
      { also: ['ad.groups', 'cloud.deletedGroups'] },
    ),
    fieldsOf('ad.containers', '(m.seen AND m.container_known)')(
      'marker.containersDeclared',
      'bool',
      'coalesce(mk.declared, false)',
      'whether the configuration declares writeback containers at all',
    ),
    placed('marker.inContainer', 'bool', 'm.in_container', 'whether it lies in a configured writeback container', {
      from: 'distinguishedName',
    }),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(m.guid::VARCHAR, '')",
    label,
    ids: { cloudGroup: 'm.anchor::VARCHAR', adGroup: 'm.guid::VARCHAR' },
  },
  unknownBy: undefined,
};
