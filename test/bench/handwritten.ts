// The same checks as hand-written SQL on the same Parquet files, one statement a check, as one would write them without a policy engine: no unknown facts,
// no messages, only the subjects at fault. What several checks need is made once.
//   node test/bench/handwritten.ts <snapshot> [memory = 1GB]
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, stdout } from 'node:process';
import { DuckDBInstance } from '@duckdb/node-api';
import { outcomeOf, stopwatch } from './contender.ts';

const [path = '.', memory = '1GB'] = argv.slice(2);
const spill = await realpath(await mkdtemp(join(tmpdir(), 'tallystick-bench-')));
const watch = stopwatch();
const instance = await DuckDBInstance.create(':memory:', { memory_limit: memory, temp_directory: spill });
const db = await instance.connect();
const table = (name: string) => `read_parquet('${join(path, name)}.parquet')`;

const END = "TIMESTAMP '2026-08-22 10:00:00'";
const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const anchor = (column: string, word: string) =>
  `CASE WHEN regexp_full_match(${column}, '${word}_${GUID}', 'i') THEN substr(${column}, ${word.length + 2})::UUID END`;

const shared: readonly (readonly [string, string])[] = [
  [
    'object',
    `WITH x AS (
       SELECT guid, sid, dn, cn, object_class, in_container, group_type, mail, proxy_addresses, len(show_in_address_book) AS books, hidden_from_address_lists AS hidden,
         created, ${anchor('external_id', 'Group')} AS external, ${anchor('admin_description', 'Group')} AS admin, ${anchor('cn', 'Group')} AS name
       FROM ${table('ad_group')} WHERE in_container OR external_id IS NOT NULL OR admin_description IS NOT NULL),
     c AS MATERIALIZED (SELECT flavour, ',' || lower(dn) AS ending FROM ${table('ad_container')} WHERE kind = 'writeback'),
     f AS (SELECT guid, arg_max(flavour, length(ending)) AS flavour FROM (SELECT guid, lower(dn) AS dn FROM x) o JOIN c ON ends_with(o.dn, c.ending) GROUP BY guid)
     SELECT x.* EXCLUDE (mail, proxy_addresses), mail IS NOT NULL AS mailed, coalesce(external, admin, CASE WHEN in_container THEN name END) AS anchor,
       coalesce(external <> admin, false) OR coalesce(external <> name, false) OR coalesce(admin <> name, false) AS conflict,
       f.flavour AS ou
     FROM x LEFT JOIN f ON f.guid = x.guid`,
  ],
  [
    'cloud',
    `SELECT id, display_name, created, coalesce(on_premises_sync_enabled, false) AS synced, on_premises_sid AS sid, w.enabled, w.on_premises_group_type AS wanted,
       m.group_id IS NOT NULL AS managed,
       CASE WHEN list_contains(group_types, 'Unified') THEN 'microsoft365' WHEN security_enabled AND mail_enabled THEN 'mail-enabled-security'
         WHEN security_enabled THEN 'security' WHEN mail_enabled THEN 'distribution' ELSE 'other' END AS kind
     FROM ${table('cloud_group')} g LEFT JOIN ${table('cloud_writeback')} w ON w.group_id = g.id LEFT JOIN ${table('cloud_managed_group')} m ON m.group_id = g.id`,
  ],
  [
    'twin',
    `SELECT o.*, c.id, c.display_name, c.created AS cloud_created, c.synced, c.sid AS cloud_sid, c.enabled, c.wanted, c.managed, c.kind,
       o.anchor || '/' || o.guid AS key, n.twins,
       coalesce(CASE WHEN o.in_container THEN ou END, CASE WHEN external IS NOT NULL THEN 'cloud-sync' WHEN coalesce(c.kind, 'microsoft365') = 'microsoft365' THEN 'connect-v1' ELSE 'connect-v2' END) AS flavour
     FROM object o JOIN (SELECT anchor, count(*) AS twins FROM object GROUP BY anchor) n ON n.anchor = o.anchor LEFT JOIN cloud c ON c.id = o.anchor`,
  ],
  [
    'person',
    `WITH u AS (SELECT id, on_premises_sid, immutable_guid FROM ${table('cloud_user')}),
     a AS (SELECT guid, sid, coalesce(consistency_guid, guid) AS immutable FROM ${table('ad_user')}),
     i AS (SELECT u.id, u.on_premises_sid, a.guid, a.sid FROM u LEFT JOIN a ON a.immutable = u.immutable_guid),
     rest AS (FROM i WHERE guid IS NULL OR sid <> on_premises_sid)
     SELECT id AS member, guid FROM i WHERE guid IS NOT NULL AND (sid = on_premises_sid OR on_premises_sid IS NULL)
     UNION ALL
     SELECT r.id, coalesce(s.guid, r.guid, x.guid)
     FROM rest r LEFT JOIN a s ON s.sid = r.on_premises_sid
     LEFT JOIN (SELECT guid, ${anchor('coalesce(external_id, admin_description)', 'User')} AS id FROM ${table('ad_user')} WHERE external_id IS NOT NULL OR admin_description IS NOT NULL) x ON x.id = r.id
     WHERE coalesce(s.guid, r.guid, x.guid) IS NOT NULL`,
  ],
  [
    'judged_group',
    `SELECT row_number() OVER ()::INTEGER AS nr, id, guid, flavour, cloud_created FROM twin WHERE twins = 1 AND NOT conflict AND id IS NOT NULL AND NOT synced AND object_class = 'group'`,
  ],
  [
    'nested',
    `SELECT c.id AS member, t.guid, c.synced, t.guid IS NOT NULL OR c.synced OR c.kind IN ('microsoft365', 'security') AS expressible
     FROM cloud c LEFT JOIN (SELECT anchor AS id, guid FROM twin WHERE twins = 1 AND NOT conflict
       UNION ALL SELECT c.id, g.guid FROM cloud c JOIN ${table('ad_group')} g ON g.sid = c.sid WHERE c.synced AND c.id NOT IN (SELECT anchor FROM twin)) t ON t.id = c.id`,
  ],
  [
    'drift',
    `SELECT coalesce(c.nr, a.nr) AS nr, c.member, coalesce(c.guid, a.guid) AS guid, c.nr IS NOT NULL AS in_cloud, a.nr IS NOT NULL AS in_ad, c.kind, c.synced, c.expressible
     FROM (
       SELECT g.nr, m.member_id AS member, p.guid, m.kind, p.synced, p.expressible
       FROM ${table('cloud_member')} m JOIN judged_group g ON g.id = m.group_id
       LEFT JOIN (SELECT member, guid, false AS synced, false AS expressible FROM person UNION ALL FROM nested) p ON p.member = m.member_id
     ) c
     FULL JOIN (SELECT g.nr, a.member_guid AS guid FROM ${table('ad_member')} a JOIN judged_group g ON g.guid = a.group_guid) a ON a.nr = c.nr AND a.guid = c.guid
     WHERE (c.nr IS NULL OR a.nr IS NULL) AND (c.nr IS NULL OR c.guid IS NOT NULL OR c.kind = 'group') OR c.kind = 'group'`,
  ],
  [
    'right_on',
    `WITH k AS (SELECT 'bf9679c0-0de6-11d0-a285-00aa003049e2'::UUID AS member, 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'::UUID AS membership, 'bf967a9c-0de6-11d0-a285-00aa003049e2'::UUID AS class),
     e AS (
       SELECT acl, trustee_sid AS sid, inherit_only, inherited_object_type IS NULL OR inherited_object_type = class AS for_groups,
         (mask & 786432) <> 0 OR ((mask & 268435456) <> 0 AND object_type IS NULL) AS control,
         ((mask & 1342177312) <> 0 AND (object_type IS NULL OR object_type IN (member, membership))) OR ((mask & 8) <> 0 AND (object_type IS NULL OR object_type = member)) AS writes,
         (mask & 1342177312) <> 0 AND object_type IN ('bf967919-0de6-11d0-a285-00aa003049e2'::UUID, 'bd29bf90-66ad-40e1-887b-10df070419a6'::UUID, '77b5b886-944a-11d1-aebd-0000f80367c1'::UUID) AS anchors,
         (mask & 1) <> 0 AND (object_type IS NULL OR object_type = class) AS creates
       FROM ${table('ad_ace')}, k WHERE allow)
     SELECT acl, sid, bool_or(NOT inherit_only AND (control OR writes)) AS writes,
       bool_or((NOT inherit_only OR for_groups) AND (control OR creates OR (for_groups AND (writes OR anchors)))) AS controls
     FROM e GROUP BY acl, sid`,
  ],
  [
    'trusted',
    `SELECT sid FROM ${table('ad_identity')} WHERE sid IS NOT NULL UNION SELECT 'S-1-5-18' UNION SELECT 'S-1-5-32-544'
     UNION SELECT sid || unnest(['-512', '-519']) FROM ${table('ad_domain')}`,
  ],
];

const mailed = (group: string) => `(coalesce(${group}.cloud_created < ${END} - INTERVAL 1 HOUR, true))`;
const stranger = 'sid NOT IN (FROM trusted)';

const checks: Readonly<Record<string, string>> = {
  'anchor-unique': `SELECT anchor FROM twin WHERE twins > 1 GROUP BY anchor`,
  'anchor-attributes-agree': `SELECT key FROM twin WHERE conflict`,
  'written-name-matches-format': `SELECT key FROM twin WHERE id IS NOT NULL AND lower(cn) <> 'group_' || anchor
     AND NOT (lower(right(cn, 13)) = '_' || right(anchor::VARCHAR, 12) AND CASE WHEN flavour = 'cloud-sync' THEN left(cn, length(cn) - 13) = left(trim(display_name), 51)
       ELSE starts_with(trim(display_name), rtrim(left(cn, length(cn) - 13))) END)`,
  'object-in-declared-container': `SELECT key FROM twin WHERE NOT in_container AND NOT (coalesce(managed, false) AND cloud_sid = sid)`,
  'container-exists': `SELECT coalesce(guid::VARCHAR, lower(dn)) FROM ${table('ad_container')} WHERE kind = 'writeback' AND NOT found`,
  'in-scope-group-exists-in-ad': `SELECT id || '/' FROM cloud c WHERE kind IN ('microsoft365', 'security') AND NOT synced AND NOT EXISTS (FROM twin t WHERE t.anchor = c.id) AND coalesce(created < ${END} - INTERVAL 1 HOUR, true)`,
  'group-type-universal-distribution': `SELECT key FROM twin WHERE id IS NOT NULL AND flavour IN ('connect-v1', 'connect-v2') AND group_type IS DISTINCT FROM 8
     AND (flavour = 'connect-v1' OR wanted = 'universalDistributionGroup' OR (wanted IS NULL AND kind = 'microsoft365'))`,
  'group-type-universal-security': `SELECT key FROM twin WHERE id IS NOT NULL AND flavour IN ('connect-v2', 'cloud-sync') AND group_type IS DISTINCT FROM -2147483640
     AND (flavour = 'cloud-sync' OR wanted IN ('universalSecurityGroup', 'universalMailEnabledSecurityGroup') OR (wanted IS NULL AND kind = 'security'))`,
  'out-of-scope-type-written-back': `SELECT key FROM twin WHERE id IS NOT NULL
     AND NOT CASE flavour WHEN 'connect-v1' THEN kind = 'microsoft365' WHEN 'connect-v2' THEN kind IN ('microsoft365', 'security') ELSE kind = 'security' AND NOT synced END`,
  'synced-group-not-written-back': `SELECT key FROM twin WHERE synced AND sid IS DISTINCT FROM cloud_sid`,
  'no-roundtrip-loop': `SELECT DISTINCT t.key FROM twin t JOIN cloud c ON c.sid = t.sid WHERE c.id <> t.anchor`,
  'two-engines-one-group': `SELECT anchor FROM twin GROUP BY anchor HAVING count(external) > 0
     AND (count(*) FILTER (external IS NULL AND admin IS NOT NULL) > 0
       OR (bool_or(enabled) AND (SELECT bool_or(enabled) FROM ${table('cloud_sync_feature')} WHERE name = 'groupWriteBackEnabled')))`,
  'v2-disabled': `SELECT 'tenant' FROM ${table('cloud_sync_feature')} WHERE name = 'groupWriteBackEnabled' AND enabled`,
  'member-missing-in-ad': `SELECT g.id || '/' || d.member FROM drift d JOIN judged_group g USING (nr)
     WHERE in_cloud AND NOT in_ad AND (d.guid IS NOT NULL OR d.synced) AND NOT (coalesce(d.synced, false) AND flavour = 'cloud-sync') AND ${mailed('g')}`,
  'member-extra-in-ad': `SELECT g.id || '/ad:' || d.guid FROM drift d JOIN judged_group g USING (nr) WHERE in_ad AND NOT in_cloud`,
  'cloud-only-member-leaked': `WITH extra AS (SELECT d.nr, g.id, d.guid, lower(a.upn) AS upn, lower(a.mail) AS mail, lower(a.sam_account_name) AS sam
       FROM drift d JOIN judged_group g USING (nr) JOIN ${table('ad_user')} a ON a.guid = d.guid WHERE in_ad AND NOT in_cloud AND d.guid NOT IN (SELECT guid FROM person)),
     beside AS (SELECT e.*, m.member_id FROM extra e JOIN ${table('cloud_member')} m ON m.group_id = e.id)
     SELECT DISTINCT b.id || '/ad:' || b.guid FROM beside b JOIN ${table('cloud_user')} u ON u.id = b.member_id
     WHERE u.id NOT IN (SELECT member FROM person) AND (b.upn = lower(u.upn) OR b.mail = lower(u.mail) OR b.sam = lower(split_part(u.upn, '@', 1)))`,
  'nested-cloud-group-expressed': `SELECT g.id || '/' || d.member FROM drift d JOIN judged_group g USING (nr)
     WHERE in_cloud AND kind = 'group' AND expressible AND ((d.guid IS NULL AND NOT synced) OR (synced AND flavour = 'cloud-sync'))`,
  'groups-only-empty-membership': `WITH cs AS (SELECT g.nr, g.id, g.guid, j.id AS job FROM judged_group g JOIN object o USING (guid) JOIN ${table('cloud_job')} j ON ends_with(lower(o.dn), ',' || lower(j.target_container)) WHERE g.flavour = 'cloud-sync'),
     eligible AS (SELECT DISTINCT nr FROM ${table('cloud_member')} m JOIN cs ON cs.id = m.group_id
       WHERE m.member_id IN (SELECT member FROM person) OR m.member_id IN (SELECT member FROM nested WHERE guid IS NOT NULL AND NOT synced)),
     filled AS (SELECT DISTINCT nr FROM ${table('ad_member')} a JOIN cs ON cs.guid = a.group_guid)
     SELECT job FROM cs JOIN eligible USING (nr) GROUP BY job HAVING count(*) FILTER (nr NOT IN (FROM filled)) * 100 > count(*) * 80`,
  'proxy-unique-forest': `WITH own AS (SELECT g.guid, unnest(list_concat([lower(trim(g.mail))], [lower(trim(substr(x, 6))) FOR x IN g.proxy_addresses IF lower(x) LIKE 'smtp:%'])) AS address
       FROM ${table('ad_group')} g SEMI JOIN twin t ON t.guid = g.guid)
     SELECT address FROM (FROM own UNION ALL SELECT a.object_guid, a.address FROM ${table('ad_address')} a SEMI JOIN own ON own.address = a.address)
     WHERE address <> '' GROUP BY address HAVING min(guid) <> max(guid)`,
  'gal-entry-present': `SELECT key FROM twin WHERE id IS NOT NULL AND flavour LIKE 'connect-%' AND mailed AND hidden IS NOT TRUE AND books = 0 AND coalesce(created < ${END} - INTERVAL 1 HOUR, true)`,
  'no-extra-writer-on-group': `SELECT DISTINCT t.guid || '/' || r.sid FROM twin t JOIN ${table('ad_security')} s ON s.object_guid = t.guid
     JOIN (SELECT acl, sid FROM right_on WHERE writes) r ON r.acl = s.acl WHERE ${stranger.replace('sid', 'r.sid')}
     UNION SELECT t.guid || '/' || s.owner_sid FROM twin t JOIN ${table('ad_security')} s ON s.object_guid = t.guid WHERE s.owner_sid NOT IN (FROM trusted)`,
  'container-acl-as-declared': `SELECT c.guid || '/' || r.sid FROM ${table('ad_container')} c JOIN ${table('ad_security')} s ON s.object_guid = c.guid
     JOIN right_on r ON r.acl = s.acl WHERE c.kind = 'writeback' AND r.controls AND ${stranger.replace('sid', 'r.sid')}`,
  'not-nested-in-protected-group': `WITH RECURSIVE above AS (
       SELECT t.key, e.parent_guid AS node FROM twin t JOIN ${table('ad_parent')} e ON e.child_guid = t.guid
       UNION SELECT a.key, e.parent_guid FROM above a JOIN ${table('ad_parent')} e ON e.child_guid = a.node)
     SELECT DISTINCT key FROM above a JOIN ${table('ad_group')} g ON g.guid = a.node
     WHERE g.sid IN ('S-1-5-32-544', 'S-1-5-32-548', 'S-1-5-32-549', 'S-1-5-32-550', 'S-1-5-32-551', 'S-1-5-32-552')
       OR regexp_matches(g.sid, '^S-1-5-21-\\d+-\\d+-\\d+-(512|516|518|519|520|521|526|527)$') OR lower(g.sam_account_name) = 'dnsadmins'`,
  'adminsdholder-clean': `SELECT c.guid || '/' || r.sid FROM ${table('ad_container')} c JOIN ${table('ad_security')} s ON s.object_guid = c.guid
     JOIN right_on r ON r.acl = s.acl WHERE c.kind = 'adminsdholder' AND r.sid IN (SELECT sid FROM ${table('ad_identity')} WHERE role = 'sync')`,
  'soft-deleted-still-in-ad': `SELECT key FROM twin t JOIN ${table('cloud_deleted_group')} d ON d.id = t.anchor
     WHERE t.id IS NULL AND d.deleted < ${END} - INTERVAL 24 HOUR AND EXISTS (FROM ${table('ad_member')} m WHERE m.group_guid = t.guid)`,
  'hard-deleted-still-in-ad': `SELECT key FROM twin WHERE id IS NULL AND anchor NOT IN (SELECT id FROM ${table('cloud_deleted_group')})`,
  'exchange-schema-present': `SELECT guid FROM ${table('ad_domain')} WHERE coalesce(exchange_schema_version, 0) < 15312`,
  'exchange-org-version-min': `SELECT guid FROM ${table('ad_domain')} WHERE coalesce(exchange_org_version, 0) < 15965`,
  'cloudsync-job-not-quarantined': `SELECT id FROM ${table('cloud_job')} WHERE template_id LIKE 'AAD2ADGroupProvisioning%' AND (quarantine_reason IS NOT NULL OR status_code = 'Quarantine')`,
};

for (const [name, sql] of shared) {
  await db.run(`CREATE TEMP TABLE ${name} AS ${sql}`);
  watch.lap(name);
}
const keys = new Map<string, readonly string[]>();
for (const [invariant, sql] of Object.entries(checks)) {
  const rows = await (await db.run(`SELECT x::VARCHAR FROM (${sql}) t(x)`)).getRows();
  keys.set(
    invariant,
    rows.map(([key]) => String(key)),
  );
  watch.lap(invariant);
}
const seconds = watch.total();
const outcome = await outcomeOf(path, keys, seconds, watch.laps());
db.closeSync();
instance.closeSync();
await rm(spill, { recursive: true });
stdout.write(`${JSON.stringify({ ...outcome, checks: keys.size })}\n`);
