import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

// Guests are few: the members are looked through once for them alone. Only an account that carries the guest's own anchor was made for it.
const guestsOf = `(WITH guest AS (
    SELECT u.id, coalesce(u.display_name, u.upn, u.id::VARCHAR) AS name, a.id IS NOT NULL AS provisioned
    FROM cloud_user u
    LEFT JOIN (
      SELECT DISTINCT TRY_CAST(nullif(regexp_extract(marker, '(?i)^user_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$', 1), '') AS UUID) AS id
      FROM (SELECT unnest([external_id, admin_description]) AS marker FROM ad_user WHERE external_id IS NOT NULL OR admin_description IS NOT NULL)
    ) a ON a.id = u.id
    WHERE u.user_type = 'Guest'
  )
  SELECT m.group_id, list(w.name ORDER BY w.name, w.id) AS names, coalesce(list(w.name ORDER BY w.name, w.id) FILTER (w.provisioned), []) AS provisioned
  FROM cloud_member m JOIN guest w ON w.id = m.member_id
  GROUP BY m.group_id)`;

/** Who of the members of a cloud group is a guest. */
export const guestAttachments: readonly Attachment[] = [
  attach('gg', guestsOf, 'gg.group_id = g.cloud_id'),
  attach('gq', 'unread', "gq.facet = 'cloud.members' AND gq.id = g.cloud_id"),
];

const members = '(nk.cloud_members AND gq.object IS NULL AND nk.cloud_users)';
const listed = fieldsOf('cloud.members', 'g.cloud_known');

/** Facts about the guests in a cloud group. */
export const guestFields: readonly PopulationField[] = [
  fieldsOf('cloud.members', `(g.cloud_known AND (gg.group_id IS NOT NULL OR ${members}))`)(
    'group.cloud.hasGuests',
    'bool',
    '(gg.group_id IS NOT NULL)',
    'whether guests are direct members; known as soon as one was read',
    { from: 'userType', also: ['cloud.users'] },
  ),
  listed(
    'group.cloud.guests',
    'string[]',
    'coalesce(gg.names, [])',
    'guests that are direct members, by name, as far as they were read',
    { from: 'userType', names: 'cloud', also: ['cloud.users'] },
  ),
  fieldsOf('cloud.members', `(g.cloud_known AND (len(gg.provisioned) > 0 OR (${members} AND nk.ad_users)))`)(
    'group.cloud.hasProvisionedGuests',
    'bool',
    'coalesce(len(gg.provisioned) > 0, false)',
    'whether guests with an account in AD that carries User_<id> are direct members',
    { from: 'userType, msDS-ExternalDirectoryObjectId', also: ['cloud.users', 'ad.users'] },
  ),
  listed(
    'group.cloud.provisionedGuests',
    'string[]',
    'coalesce(gg.provisioned, [])',
    'those of the guests who have such an account, by name, as far as they were read',
    { from: 'userType, msDS-ExternalDirectoryObjectId', names: 'cloud', also: ['cloud.users', 'ad.users'] },
  ),
];
