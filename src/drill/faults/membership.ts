import { faultsOf, freshGuid } from '../fault.ts';

const fault = faultsOf('membership');

/** What goes wrong with the members of written-back groups, and with reading them. */
export const membershipFaults = [
  fault('member-added-on-premises', 'somebody adds an account to a written-back group in AD', {
    tables: ['ad_member'],
    candidates: `SELECT p.ad_guid, min(u.guid) AS member FROM pair p CROSS JOIN ad_user u
WHERE p.comparable AND u.object_class = 'user' AND NOT EXISTS (FROM ad_member m WHERE m.group_guid = p.ad_guid AND m.member_guid = u.guid)
  AND NOT EXISTS (FROM principal c JOIN cloud_member m ON m.member_id = c.cloud_id WHERE m.group_id = p.cloud_id AND c.ad_guid = u.guid)
GROUP BY p.ad_guid`,
    changes: ['INSERT INTO ad_member SELECT ad_guid::UUID, member::UUID FROM picked'],
  }),
  fault('member-removed-on-premises', 'somebody removes a member of a written-back group in AD', {
    tables: ['ad_member'],
    candidates: `SELECT p.ad_guid, min(u.ad_guid) AS member
FROM pair p JOIN cloud_member c ON c.group_id = p.cloud_id JOIN principal u ON u.cloud_id = c.member_id
JOIN ad_member m ON m.group_guid = p.ad_guid AND m.member_guid = u.ad_guid
WHERE p.comparable AND u.kind = 'user' GROUP BY p.ad_guid`,
    changes: [
      'DELETE FROM ad_member WHERE group_guid = (SELECT ad_guid FROM picked)::UUID AND member_guid = (SELECT member FROM picked)::UUID',
    ],
  }),
  fault('impostor-added', 'an account made by hand, named like a cloud-only member, is added in AD', {
    tables: ['ad_user', 'ad_member'],
    candidates: `SELECT p.ad_guid, min(u.id) AS member FROM pair p JOIN cloud_member m ON m.group_id = p.cloud_id JOIN cloud_user u ON u.id = m.member_id
LEFT JOIN principal r ON r.cloud_id = u.id WHERE p.comparable AND r.ad_guid IS NULL AND u.upn IS NOT NULL GROUP BY p.ad_guid`,
    changes: [
      `INSERT INTO ad_user BY NAME SELECT ${freshGuid('impostor')} AS guid, 'S-1-5-21-9-9-9-1999' AS sid, 'CN=impostor,DC=x' AS dn, 'impostor' AS cn, display_name, 'user' AS object_class, upn, mail, true AS enabled FROM cloud_user WHERE id = (SELECT member FROM picked)::UUID`,
      `INSERT INTO ad_member SELECT ad_guid::UUID, ${freshGuid('impostor')} FROM picked`,
    ],
  }),
  fault('all-members-lost', 'the engine stops writing members: every written-back group is empty in AD', {
    tables: ['ad_member'],
    candidates: "SELECT flavour FROM scope_flavour WHERE flavour = 'cloud-sync'",
    changes: ['DELETE FROM ad_member WHERE group_guid IN (SELECT guid FROM ad_group WHERE external_id IS NOT NULL)'],
  }),
  fault('page-of-members-lost', 'a page of members of one cloud group is lost while it is read', {
    tables: ['cloud_member', 'coverage'],
    candidates: `SELECT p.cloud_id FROM pair p JOIN cloud_member m ON m.group_id = p.cloud_id WHERE p.comparable GROUP BY p.cloud_id`,
    changes: [
      'DELETE FROM cloud_member WHERE group_id = (SELECT cloud_id FROM picked)::UUID',
      "INSERT INTO coverage BY NAME SELECT 'cloud.members' AS facet, cloud_id AS object, false AS complete, 'a page was lost' AS reason FROM picked",
    ],
  }),
  fault('members-of-ad-unread', 'the members of one AD group may not be read', {
    tables: ['ad_member', 'coverage'],
    candidates: 'SELECT ad_guid FROM pair WHERE comparable',
    changes: [
      'DELETE FROM ad_member WHERE group_guid = (SELECT ad_guid FROM picked)::UUID',
      "INSERT INTO coverage BY NAME SELECT 'ad.members' AS facet, ad_guid AS object, false AS complete, 'refused' AS reason FROM picked",
    ],
  }),
];
