import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const listed = fieldsOf('ad.children', 'h.seen');
const label = "coalesce(h.cn, h.dn, '(objects in containers that were not read)')";

/** What lies below the writeback containers. */
export const children: Population = {
  name: 'children',
  about: 'Each object below a declared writeback container, written back or not',
  relation: 'child',
  alias: 'h',
  keys: ['guid'],
  carried: [],
  stands: 'NOT h.seen',
  rows: ['ad.groups', 'ad.children', 'ad.containers'],
  attachments: [attachNames],
  fields: [
    listed('child.label', 'string', label, 'name for people', { names: 'ad', also: ['ad.groups'] }),
    listed('child.id', 'string', 'h.guid::VARCHAR', 'objectGUID', { from: 'objectGUID', also: ['ad.groups'] }),
    listed('child.dn', 'string', 'h.dn', 'distinguished name', {
      from: 'distinguishedName',
      names: 'ad',
      also: ['ad.groups'],
    }),
    listed('child.objectClass', 'string', 'h.object_class', 'most specific class', {
      from: 'objectClass',
      also: ['ad.groups'],
    }),
    fieldsOf('ad.groups', '(h.seen AND (h.written OR h.decided))')(
      'child.written',
      'bool',
      'h.written',
      'whether it is tied to a group or a user of the cloud, or has a text that begins like a marker',
      {
        from: 'adminDescription, msDS-ExternalDirectoryObjectId',
        also: ['ad.users', 'cloud.groups', 'ad.containers', 'ad.names'],
      },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(h.guid::VARCHAR, '')",
    label,
    ids: {
      cloudGroup: 'h.anchor::VARCHAR',
      adGroup: 'CASE WHEN h.is_group THEN h.guid::VARCHAR END',
      adPrincipal: 'CASE WHEN NOT h.is_group THEN h.guid::VARCHAR END',
    },
  },
  unknownBy: undefined,
};
