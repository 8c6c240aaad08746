// The same checks with JavaScript Maps and Sets, as one would write them without a database; rows come from the same Parquet files. Needs some 12 GB.
//   node --max-old-space-size=16000 test/bench/maps.ts <snapshot>
import { argv, stdout } from 'node:process';
import { openSnapshot, type SqlRow } from '../../src/snapshot/index.ts';
import { outcomeOf, stopwatch } from './contender.ts';

const [path = '.'] = argv.slice(2);
const watch = stopwatch();
const snapshot = await openSnapshot(path, { memory: '1GB', verify: false });
const end = Date.parse(snapshot.manifest.end);
const keys = new Map<string, string[]>();
const fail = (invariant: string, key: string): void => {
  const list = keys.get(invariant);
  if (list === undefined) keys.set(invariant, [key]);
  else list.push(key);
};
async function each(sql: string, visit: (row: SqlRow) => void): Promise<void> {
  for await (const rows of snapshot.stream(sql)) for (const row of rows) visit(row);
}
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const older = (time: unknown, ms: number): boolean => typeof time !== 'number' || end - time > ms;

// Cloud groups, and AD objects by what their markers name.
const cloud = new Map<string, SqlRow & { readonly kind: string }>();
const writeback = new Map<string, SqlRow>();
const managed = new Set<string>();
const bySid = new Map<string, string[]>();
const adSids = new Map<string, string>();
await each('FROM cloud_writeback', row => writeback.set(String(row.group_id), row));
await each('FROM cloud_managed_group', row => managed.add(String(row.group_id)));
await each(
  'SELECT id, display_name, created, group_types, security_enabled, mail_enabled, on_premises_sync_enabled, on_premises_sid FROM cloud_group',
  row => {
    const kind = textsOf(row.group_types).includes('Unified')
      ? 'microsoft365'
      : row.security_enabled === true
        ? row.mail_enabled === true
          ? 'mail-enabled-security'
          : 'security'
        : row.mail_enabled === true
          ? 'distribution'
          : 'other';
    cloud.set(String(row.id), { ...row, kind });
    const sid = text(row.on_premises_sid);
    if (sid !== undefined) bySid.set(sid, [...(bySid.get(sid) ?? []), String(row.id)]);
  },
);
const containers: SqlRow[] = [];
await each('FROM ad_container', row => containers.push(row));
const guidOf = (value: unknown): string | undefined =>
  /^group_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i.exec(text(value) ?? '')?.[1]?.toLowerCase();
type Twin = {
  readonly row: SqlRow;
  readonly anchor: string;
  readonly key: string;
  readonly conflict: boolean;
  readonly flavour: string;
};
const twins = new Map<string, Twin[]>();
const protectedGroups = new Set<string>();
await each(
  'SELECT guid, sid, dn, cn, sam_account_name, object_class, in_container, group_type, admin_description, external_id, mail, proxy_addresses, show_in_address_book, hidden_from_address_lists, created FROM ad_group',
  row => {
    const sid = text(row.sid) ?? '';
    adSids.set(sid, String(row.guid));
    if (
      /^S-1-5-32-(544|548|549|550|551|552)$|^S-1-5-21-\d+-\d+-\d+-(512|516|518|519|520|521|526|527)$/.test(sid) ||
      text(row.sam_account_name)?.toLowerCase() === 'dnsadmins'
    )
      protectedGroups.add(String(row.guid));
    const [external, admin, name] = [guidOf(row.external_id), guidOf(row.admin_description), guidOf(row.cn)];
    const anchor = external ?? admin ?? (row.in_container === true ? name : undefined);
    if (anchor === undefined) return;
    const named = [external, admin, name].filter(each => each !== undefined);
    const dn = String(row.dn).toLowerCase();
    const container = containers
      .filter(each => each.kind === 'writeback' && dn.endsWith(`,${String(each.dn).toLowerCase()}`))
      .sort((a, b) => String(b.dn).length - String(a.dn).length)[0];
    const kind = cloud.get(anchor)?.kind ?? 'microsoft365';
    const guessed = external !== undefined ? 'cloud-sync' : kind === 'microsoft365' ? 'connect-v1' : 'connect-v2';
    const flavour = (row.in_container === true ? text(container?.flavour) : undefined) ?? guessed;
    const twin = { row, anchor, key: `${anchor}/${String(row.guid)}`, conflict: new Set(named).size > 1, flavour };
    const list = twins.get(anchor);
    if (list === undefined) twins.set(anchor, [twin]);
    else list.push(twin);
  },
);
watch.lap('groups');

// Users by SID, immutable id, anchor.
const people = new Map<string, string>();
const owned = new Set<string>();
const accounts = new Map<string, SqlRow>();
const accountsBySid = new Map<string, string>();
const accountsByImmutable = new Map<string, string>();
const accountsByAnchor = new Map<string, string>();
await each(
  'SELECT guid, sid, consistency_guid, external_id, admin_description, upn, mail, sam_account_name FROM ad_user',
  row => {
    const guid = String(row.guid);
    accounts.set(guid, row);
    const sid = text(row.sid);
    if (sid !== undefined) accountsBySid.set(sid, guid);
    accountsByImmutable.set(text(row.consistency_guid) ?? guid, guid);
    const marker = text(row.external_id) ?? text(row.admin_description);
    if (marker?.toLowerCase().startsWith('user_')) accountsByAnchor.set(marker.slice(5).toLowerCase(), guid);
  },
);
const cloudOnly = new Map<string, SqlRow>();
await each('SELECT id, immutable_guid, on_premises_sid, upn, mail FROM cloud_user', row => {
  const guid =
    accountsBySid.get(text(row.on_premises_sid) ?? '') ??
    accountsByImmutable.get(text(row.immutable_guid) ?? '') ??
    accountsByAnchor.get(String(row.id));
  if (guid === undefined) cloudOnly.set(String(row.id), row);
  else {
    people.set(String(row.id), guid);
    owned.add(guid);
  }
});
watch.lap('users');

// The same id comes once for each membership: kept once.
const ids = new Map<string, string>();
const kept = (value: unknown): string => {
  const id = String(value);
  const known = ids.get(id);
  if (known !== undefined) return known;
  ids.set(id, id);
  return id;
};
for (const [id, guid] of people) {
  ids.set(id, id);
  ids.set(guid, guid);
}

type Members = Map<string, Set<string>>;
const membersOf = async (sql: string): Promise<Members> => {
  const members: Members = new Map();
  await each(sql, ({ g, m }) => {
    const group = String(g);
    const set = members.get(group);
    if (set === undefined) members.set(group, new Set([kept(m)]));
    else set.add(kept(m));
  });
  return members;
};
const cloudMembers = await membersOf('SELECT group_id AS g, member_id AS m FROM cloud_member');
const adMembers = await membersOf('SELECT group_guid AS g, member_guid AS m FROM ad_member');
ids.clear();
watch.lap('members');

const parents = await membersOf('SELECT child_guid AS g, parent_guid AS m FROM ad_parent');
const deleted = new Map<string, SqlRow>();
await each('FROM cloud_deleted_group', row => deleted.set(String(row.id), row));
const trusted = new Set(['S-1-5-18', 'S-1-5-32-544']);
const sync = new Set<string>();
await each('FROM ad_identity', row => {
  trusted.add(String(row.sid));
  if (row.role === 'sync') sync.add(String(row.sid));
});
await each('FROM ad_domain', row => {
  for (const rid of [512, 519]) trusted.add(`${String(row.sid)}-${rid}`);
  if (Number(row.exchange_schema_version ?? 0) < 15312) fail('exchange-schema-present', String(row.guid));
  if (Number(row.exchange_org_version ?? 0) < 15965) fail('exchange-org-version-min', String(row.guid));
});
let v2 = false;
await each("FROM cloud_sync_feature WHERE name = 'groupWriteBackEnabled'", row => {
  v2 = row.enabled === true;
});
if (v2) fail('v2-disabled', 'tenant');

// Access lists, once each.
const MEMBER = ['bf9679c0-0de6-11d0-a285-00aa003049e2', 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'];
const CLASS = 'bf967a9c-0de6-11d0-a285-00aa003049e2';
const writers = new Map<string, Set<string>>();
const controllers = new Map<string, Set<string>>();
const granted = new Map<string, Set<string>>();
await each('FROM ad_ace WHERE allow', row => {
  const [acl, sid, mask, type] = [String(row.acl), String(row.trustee_sid), Number(row.mask), text(row.object_type)];
  const add = (to: Map<string, Set<string>>) => to.set(acl, (to.get(acl) ?? new Set<string>()).add(sid));
  const control = (mask & 786432) !== 0 || ((mask & 268435456) !== 0 && type === undefined);
  const writes =
    ((mask & 1342177312) !== 0 && (type === undefined || MEMBER.includes(type))) ||
    ((mask & 8) !== 0 && (type === undefined || type === MEMBER[0]));
  const creates = (mask & 1) !== 0 && (type === undefined || type === CLASS);
  add(granted);
  if (row.inherit_only !== true && (control || writes)) add(writers);
  if (control || creates || writes) add(controllers);
});
const guards = new Map<string, SqlRow>();
await each('SELECT object_guid, owner_sid, acl FROM ad_security', row => guards.set(String(row.object_guid), row));
for (const container of containers) {
  const guid = String(container.guid);
  const list = String(guards.get(guid)?.acl);
  if (container.kind === 'writeback' && container.found !== true)
    fail('container-exists', text(container.guid) ?? String(container.dn).toLowerCase());
  if (container.kind === 'writeback')
    for (const sid of controllers.get(list) ?? [])
      if (!trusted.has(sid)) fail('container-acl-as-declared', `${guid}/${sid}`);
  if (container.kind === 'adminsdholder')
    for (const sid of granted.get(list) ?? []) if (sync.has(sid)) fail('adminsdholder-clean', `${guid}/${sid}`);
}
watch.lap('surroundings');

const holders = new Map<string, Set<string>>();
await each('SELECT address, object_guid FROM ad_address', row => {
  const address = String(row.address);
  const set = holders.get(address);
  if (set === undefined) holders.set(address, new Set([String(row.object_guid)]));
  else set.add(String(row.object_guid));
});
watch.lap('addresses');

const own = new Set<string>();
const jobs: { readonly id: string; readonly ending: string; groups: number; empty: number }[] = [];
await each('FROM cloud_job', row => {
  jobs.push({ id: String(row.id), ending: `,${String(row.target_container).toLowerCase()}`, groups: 0, empty: 0 });
  if (row.quarantine_reason !== null || row.status_code === 'Quarantine')
    fail('cloudsync-job-not-quarantined', String(row.id));
});
const twinOf = (id: string): string | undefined => {
  const list = twins.get(id);
  return list?.length === 1 && list[0]?.conflict === false ? String(list[0].row.guid) : undefined;
};
const isProtected = (guid: string, seen = new Set<string>()): boolean => {
  for (const parent of parents.get(guid) ?? []) {
    if (protectedGroups.has(parent)) return true;
    if (seen.has(parent)) continue;
    seen.add(parent);
    if (isProtected(parent, seen)) return true;
  }
  return false;
};
for (const [anchor, list] of twins) {
  const group = cloud.get(anchor);
  if (list.length > 1) fail('anchor-unique', anchor);
  const engines = list.filter(twin => guidOf(twin.row.external_id) !== undefined).length;
  const switched = v2 && writeback.get(anchor)?.enabled === true;
  if (engines > 0 && (engines < list.length || switched)) fail('two-engines-one-group', anchor);
  for (const twin of list) checkTwin(twin, group);
  const [only] = list;
  if (
    list.length === 1 &&
    only !== undefined &&
    !only.conflict &&
    group !== undefined &&
    group.on_premises_sync_enabled !== true
  )
    checkMembers(only, group);
}
for (const [id, group] of cloud)
  if (
    (group.kind === 'microsoft365' || group.kind === 'security') &&
    group.on_premises_sync_enabled !== true &&
    !twins.has(id) &&
    older(group.created, 3_600_000)
  )
    fail('in-scope-group-exists-in-ad', `${id}/`);
for (const address of own) if ((holders.get(address)?.size ?? 0) > 1) fail('proxy-unique-forest', address);
for (const job of jobs)
  if (job.groups > 0 && job.empty * 100 > job.groups * 80) fail('groups-only-empty-membership', job.id);
watch.lap('judge');

function checkTwin(
  { row, anchor, key, conflict, flavour }: Twin,
  group: (SqlRow & { readonly kind: string }) | undefined,
): void {
  const guid = String(row.guid);
  if (conflict) fail('anchor-attributes-agree', key);
  const takenOver = managed.has(anchor) && group?.on_premises_sid === row.sid;
  if (row.in_container !== true && !takenOver) fail('object-in-declared-container', key);
  for (const other of bySid.get(String(row.sid)) ?? []) if (other !== anchor) fail('no-roundtrip-loop', key);
  if (isProtected(guid)) fail('not-nested-in-protected-group', key);
  const guard = guards.get(guid);
  for (const sid of new Set([...(writers.get(String(guard?.acl)) ?? []), String(guard?.owner_sid)]))
    if (!trusted.has(sid)) fail('no-extra-writer-on-group', `${guid}/${sid}`);
  const proxies = textsOf(row.proxy_addresses).filter(each => each.toLowerCase().startsWith('smtp:'));
  for (const address of [...proxies.map(each => each.slice(5)), text(row.mail) ?? '']) {
    if (address === '') continue;
    own.add(address.trim().toLowerCase());
    const set = holders.get(address.trim().toLowerCase());
    if (set === undefined) holders.set(address.trim().toLowerCase(), new Set([guid]));
    else set.add(guid);
  }
  if (group === undefined) {
    const gone = deleted.get(anchor);
    if (gone === undefined) fail('hard-deleted-still-in-ad', key);
    else if (older(gone.deleted, 86_400_000) && adMembers.has(guid)) fail('soft-deleted-still-in-ad', key);
    return;
  }
  const synced = group.on_premises_sync_enabled === true;
  const wanted = writeback.get(anchor)?.on_premises_group_type;
  const connect = flavour !== 'cloud-sync';
  const [cn, id] = [String(row.cn), anchor];
  const display = String(group.display_name).trim();
  const byDisplay =
    cn.slice(-13).toLowerCase() === `_${id.slice(-12)}` &&
    (connect ? display.startsWith(cn.slice(0, -13).trimEnd()) : cn.slice(0, -13) === display.slice(0, 51));
  if (cn.toLowerCase() !== `group_${id}` && !byDisplay) fail('written-name-matches-format', key);
  if (
    connect &&
    row.group_type !== 8 &&
    (flavour === 'connect-v1' ||
      wanted === 'universalDistributionGroup' ||
      (wanted === null && group.kind === 'microsoft365'))
  )
    fail('group-type-universal-distribution', key);
  if (
    flavour !== 'connect-v1' &&
    row.group_type !== -2147483640 &&
    (!connect ||
      wanted === 'universalSecurityGroup' ||
      wanted === 'universalMailEnabledSecurityGroup' ||
      (wanted === null && group.kind === 'security'))
  )
    fail('group-type-universal-security', key);
  const taken =
    flavour === 'connect-v1'
      ? group.kind === 'microsoft365'
      : flavour === 'connect-v2'
        ? ['microsoft365', 'security'].includes(group.kind)
        : group.kind === 'security' && !synced;
  if (!taken) fail('out-of-scope-type-written-back', key);
  if (synced && row.sid !== group.on_premises_sid) fail('synced-group-not-written-back', key);
  if (
    connect &&
    row.mail !== null &&
    row.hidden_from_address_lists !== true &&
    textsOf(row.show_in_address_book).length === 0 &&
    older(row.created, 3_600_000)
  )
    fail('gal-entry-present', key);
}

function checkMembers({ row, anchor, flavour }: Twin, group: SqlRow): void {
  const inAd = adMembers.get(String(row.guid)) ?? new Set<string>();
  const inCloud = cloudMembers.get(anchor) ?? new Set<string>();
  const wanted = new Set<string>();
  let eligible = false;
  for (const member of inCloud) {
    const child = cloud.get(member);
    const synced = child?.on_premises_sync_enabled === true;
    const guid =
      people.get(member) ??
      (child === undefined
        ? undefined
        : (twinOf(member) ?? (synced ? adSids.get(String(child.on_premises_sid)) : undefined)));
    const expressed = guid !== undefined || synced;
    if (guid !== undefined) wanted.add(guid);
    if (guid !== undefined && !synced) eligible = true;
    const dropped = synced && flavour === 'cloud-sync';
    if (child !== undefined && (['microsoft365', 'security'].includes(child.kind) || synced) && (!expressed || dropped))
      fail('nested-cloud-group-expressed', `${anchor}/${member}`);
    if (expressed && !dropped && !(guid !== undefined && inAd.has(guid)) && older(group.created, 3_600_000))
      fail('member-missing-in-ad', `${anchor}/${member}`);
  }
  for (const guid of inAd) {
    if (wanted.has(guid)) continue;
    fail('member-extra-in-ad', `${anchor}/ad:${guid}`);
    const account = accounts.get(guid);
    if (account === undefined || owned.has(guid)) continue;
    const names = [account.upn, account.mail].map(each => text(each)?.toLowerCase());
    for (const member of inCloud) {
      const other = cloudOnly.get(member);
      if (other === undefined) continue;
      const [upn, mail] = [text(other.upn)?.toLowerCase(), text(other.mail)?.toLowerCase()];
      const alike =
        (upn !== undefined &&
          (upn === names[0] || upn.split('@')[0] === text(account.sam_account_name)?.toLowerCase())) ||
        (mail !== undefined && mail === names[1]);
      if (alike) {
        fail('cloud-only-member-leaked', `${anchor}/ad:${guid}`);
        break;
      }
    }
  }
  if (flavour !== 'cloud-sync' || !eligible) return;
  const dn = String(row.dn).toLowerCase();
  for (const job of jobs) {
    if (!dn.endsWith(job.ending)) continue;
    job.groups++;
    if (inAd.size === 0) job.empty++;
  }
}

const outcome = await outcomeOf(path, keys, watch.total(), watch.laps());
await snapshot.close();
stdout.write(`${JSON.stringify(outcome)}\n`);
