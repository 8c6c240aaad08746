import { attach, attachNames } from './build.ts';
import { authorityAttachments } from './group-authority.ts';
import { completenessAttachments } from './group-completeness.ts';
import { eligibilityAttachments } from './group-eligibility.ts';
import { engineAttachments } from './group-engine.ts';
import { attachServiceErrors } from './group-errors.ts';
import { guestAttachments } from './group-guests.ts';
import { jobAttachments } from './group-jobs.ts';
import { mailAttachments } from './group-mail.ts';
import { memberCountAttachments } from './group-member-counts.ts';
import { ownerAttachments } from './group-owners.ts';
import { privilegeAttachments } from './group-privilege.ts';
import type { Attachment } from './population.ts';
import { tenantAttachments } from './tenant.ts';

// Name of the domain controller on which something was done; the invocation id where no domain controller bears it any more.
const lastChange =
  'max(t.changed) AS changed, arg_max(coalesce(t.server, t.invocation_id::VARCHAR), t.changed) AS server';
const lastAnchorChange = `${lastChange} FROM ad_attribute_change t WHERE t.attribute IN ('adminDescription', 'msDS-ExternalDirectoryObjectId')`;
const lastMemberChange = `${lastChange} FROM ad_member_change t`;

// The AD objects of the pairs that a table names.
const groupsOf = (table: string) => `(SELECT p.ad_guid FROM pair p SEMI JOIN ${table} n ON n.ordinal = p.ordinal)`;

/** What can be joined to a pair `g`: its AD object, its cloud group and what is known of both. */
export const groupAttachments: readonly Attachment[] = [
  attachNames,
  attach('ga', 'ad_group', 'ga.guid = g.ad_guid'),
  attach('gc', 'cloud_group', 'gc.id = g.cloud_id'),
  attach('gd', 'cloud_deleted_group', 'gd.id = g.deleted_id'),
  attach(
    'gm',
    '(SELECT group_guid, count(*) AS members FROM ad_member GROUP BY group_guid)',
    'gm.group_guid = g.ad_guid',
    table =>
      `(SELECT y.group_guid, count(*) AS members FROM ad_member y JOIN (SELECT DISTINCT p.ad_guid FROM pair p SEMI JOIN ${table} t ON t.ordinal = p.ordinal) o ON o.ad_guid = y.group_guid GROUP BY y.group_guid)`,
  ),
  ...memberCountAttachments,
  attach('gp', 'protected_parent', 'gp.guid = g.ad_guid'),
  attach('gl', 'nesting_circle', 'gl.guid = g.ad_guid'),
  attach('gn', 'nested_group', 'gn.guid = g.ad_guid'),
  attach('gx', 'ad_security', 'gx.object_guid = g.ad_guid'),
  attach(
    'gh',
    "(SELECT coalesce(list(s.acl) FILTER (s.acl IS NOT NULL), []) AS lists, count(*) > 0 AND count(*) = count(s.object_guid) AS read FROM ad_container c LEFT JOIN ad_security s ON s.object_guid = c.guid WHERE c.kind = 'adminsdholder')",
    'true',
  ),
  attach(
    'gs',
    '(SELECT on_premises_sid AS sid, list(id::VARCHAR ORDER BY id) AS ids FROM cloud_group WHERE on_premises_sid IS NOT NULL GROUP BY on_premises_sid)',
    'gs.sid = g.ad_sid',
  ),
  // Whether the metadata of the group was read in full; the rows that are there are certain in any case.
  attach(
    'gr',
    "(SELECT coalesce(bool_and(complete), false) AS read FROM coverage WHERE facet = 'ad.replication' AND object = '')",
    'true',
  ),
  attach('gu', 'unread', "gu.facet = 'ad.replication' AND gu.id = g.ad_guid"),
  attach(
    'gt',
    `(SELECT object_guid, ${lastAnchorChange} GROUP BY object_guid)`,
    'gt.object_guid = g.ad_guid',
    table =>
      `(SELECT t.object_guid, ${lastAnchorChange} AND t.object_guid IN ${groupsOf(table)} GROUP BY t.object_guid)`,
  ),
  attach(
    'gv',
    `(SELECT group_guid, ${lastMemberChange} GROUP BY group_guid)`,
    'gv.group_guid = g.ad_guid',
    table =>
      `(SELECT t.group_guid, ${lastMemberChange} WHERE t.group_guid IN ${groupsOf(table)} GROUP BY t.group_guid)`,
  ),
  ...mailAttachments,
  ...ownerAttachments,
  ...completenessAttachments,
  attach('gk', "(SELECT count(*) > 0 AS declared FROM ad_container WHERE kind = 'writeback')", 'true'),
  attach(
    'gj',
    "(SELECT max(schedule_interval_seconds) AS seconds FROM cloud_job WHERE starts_with(template_id, 'AAD2ADGroupProvisioning'))",
    'true',
  ),
  attach('t', 'tenant', 'true'),
  ...tenantAttachments,
  ...guestAttachments,
  ...eligibilityAttachments,
  ...jobAttachments,
  ...authorityAttachments,
  attachServiceErrors,
  ...engineAttachments,
  ...privilegeAttachments,
];
