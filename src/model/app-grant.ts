import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const grant = fieldsOf('cloud.appGrants', 'p.seen');
const label = "coalesce(p.principal_name, p.principal_id::VARCHAR, '(permissions that were not read)')";

/** Application permissions of Microsoft Graph. */
export const appGrants: Population = {
  name: 'appGrants',
  about: 'Each application permission of Microsoft Graph that a service principal of the tenant holds',
  relation: `(SELECT principal_id, principal_name, permission, granted, true AS seen FROM cloud_app_grant
    UNION ALL SELECT NULL, NULL, NULL, NULL, false FROM known WHERE NOT cloud_app_grants)`,
  alias: 'p',
  keys: ['principal_id', 'permission'],
  carried: [],
  stands: 'NOT p.seen',
  rows: ['cloud.appGrants'],
  attachments: [attachNames],
  fields: [
    grant('app.label', 'string', label, 'name of the application', { from: 'principalDisplayName', names: 'cloud' }),
    grant('app.id', 'string', 'p.principal_id::VARCHAR', 'id of the service principal', {
      nullable: true,
      from: 'principalId',
    }),
    grant('app.permission', 'string', 'p.permission', 'the permission, e.g. Group.ReadWrite.All', {
      nullable: true,
      from: 'appRoleId',
    }),
    grant('app.granted', 'timestamp', 'p.granted', 'when it was granted', { nullable: true, from: 'createdDateTime' }),
  ],
  objects: [],
  flavour: undefined,
  subject: {
    key: "coalesce(p.principal_id::VARCHAR, '') || '/' || coalesce(p.permission, '')",
    label: `${label} || ' ' || coalesce(p.permission, '')`,
    ids: { cloudPrincipal: 'p.principal_id::VARCHAR' },
  },
  unknownBy: undefined,
};
