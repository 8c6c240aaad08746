import { attach, attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const seen = fieldsOf('cloud.errors', 'e.seen');
/** A fact that an error may lack: surely absent only where the errors were read in full. */
const fact = (sql: string) => fieldsOf('cloud.errors', `(e.seen AND (nk.cloud_errors OR ${sql} IS NOT NULL))`);
const label =
  "coalesce(eg.display_name, eu.display_name || coalesce(' (' || eu.upn || ')', ''), eu.upn, e.object_id::VARCHAR, '(errors that were not read)')";

/** What went wrong when cloud groups and users were provisioned. */
export const provisioningErrors: Population = {
  name: 'provisioningErrors',
  about: 'Each provisioning error that a cloud group or user carries, from on premises or from an online service',
  relation: 'provisioning_error',
  alias: 'e',
  keys: ['object_id', 'source', 'ordinal'],
  carried: [],
  stands: 'NOT e.seen',
  rows: ['cloud.errors'],
  attachments: [
    attachNames,
    attach('eg', 'cloud_group', 'eg.id = e.object_id'),
    attach('eu', 'cloud_user', 'eu.id = e.object_id'),
  ],
  fields: [
    seen('error.label', 'string', label, 'name of the group or user for people', { names: 'cloud' }),
    seen('error.objectKind', 'string', 'e.object_kind', 'what carries it', {
      nullable: true,
      values: ['group', 'user'],
    }),
    seen('error.source', 'string', 'e.source', 'where it comes from', {
      nullable: true,
      values: ['on-premises', 'service'],
      from: 'onPremisesProvisioningErrors, serviceProvisioningErrors',
    }),
    fact('e.category')(
      'error.category',
      'string',
      'e.category',
      'category, such as PropertyConflict; the service of a service error',
      {
        nullable: true,
        from: 'category, serviceInstance',
      },
    ),
    fact('e.property')('error.property', 'string', 'e.property', 'property that causes it', {
      nullable: true,
      from: 'propertyCausingError',
    }),
    fact('e.occurred')('error.occurredAt', 'timestamp', 'e.occurred', 'when it occurred', {
      nullable: true,
      from: 'occurredDateTime, createdDateTime',
    }),
    fact('e.resolved')(
      'error.resolved',
      'bool',
      'e.resolved',
      'whether it is resolved; absent for those that are listed only while they stand',
      {
        nullable: true,
        from: 'isResolved',
      },
    ),
    fieldsOf('cloud.errors', '(e.seen AND e.concerned IS NOT NULL)')(
      'error.concernsWriteback',
      'bool',
      'e.concerned',
      'whether it is about a group in scope of writeback, or about a direct member of one',
      {
        also: [
          ...(['cloud.groups', 'cloud.members', 'cloud.writebackConfiguration'] as const),
          ...(['ad.groups', 'ad.containers'] as const),
        ],
      },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(e.object_id::VARCHAR || '/' || e.source || '/' || e.ordinal, '')",
    label,
    ids: {
      cloudGroup: "CASE WHEN e.object_kind = 'group' THEN e.object_id::VARCHAR END",
      cloudPrincipal: "CASE WHEN e.object_kind = 'user' THEN e.object_id::VARCHAR END",
    },
  },
  unknownBy: undefined,
};
