import type { Row, SnapshotDraft, TableName } from '../../src/snapshot/index.ts';
import { type Expect, type Lookalike, MISSING, ORPHANS } from './edges.ts';
import {
  accessListOf,
  adGroup,
  adUser,
  CLEAN_LISTS,
  cloudGroup,
  cloudUser,
  DOMAIN,
  DOMAIN_SID,
  nativeGroup,
  OLD,
  orphanGroup,
  otherCloudGroup,
  RECENT,
  ROGUE_LISTS,
  SYNC_SID,
  serviceUser,
  sidOf,
  twinGroup,
  type World,
} from './rows.ts';
import { engineOf, mix, type Plant, plantOf, tieOf } from './world.ts';

const SERVICES = 5000;

/** Writes everything but memberships, and tells what must be found in it. */
export async function writeEstate(
  world: World,
  draft: SnapshotDraft,
  expect: Expect,
  lookalikes: readonly Lookalike[],
): Promise<void> {
  await writeUsers(world, draft, lookalikes);
  await writeGroups(world, draft, expect);
  await writeOthers(world, draft, expect);
  await writeSurroundings(world, draft, expect);
}

function filler<N extends TableName>(draft: SnapshotDraft, table: N) {
  let rows: Row<N>[] = [];
  const flush = async () => {
    await draft.add(table, rows);
    rows = [];
  };
  return {
    push: (row: Row<N>): void => void rows.push(row),
    full: () => rows.length >= 8192,
    flush,
  };
}

async function writeUsers(world: World, draft: SnapshotDraft, lookalikes: readonly Lookalike[]): Promise<void> {
  const cloud = filler(draft, 'cloud_user');
  const ad = filler(draft, 'ad_user');
  const address = filler(draft, 'ad_address');
  for (let index = 0; index < world.users; index++) {
    cloud.push(cloudUser(world, index));
    if (tieOf(world.seed, index) !== 'none') {
      const account = adUser(world, index);
      ad.push(account);
      address.push({
        address: account.mail ?? '',
        object_guid: account.guid,
        attribute: 'proxyAddresses',
        object_class: 'user',
        dn: account.dn,
      });
    }
    if (!cloud.full()) continue;
    await cloud.flush();
    await ad.flush();
    await address.flush();
  }
  const likes = new Map(lookalikes.map(({ account, user }) => [account, user]));
  for (let index = 0; index < SERVICES; index++) ad.push(serviceUser(world, index, likes.get(index)));
  for (const each of [cloud, ad, address]) await each.flush();
}

async function writeGroups(world: World, draft: SnapshotDraft, expect: Expect): Promise<void> {
  const fill = {
    cloud: filler(draft, 'cloud_group'),
    ad: filler(draft, 'ad_group'),
    writeback: filler(draft, 'cloud_writeback'),
    managed: filler(draft, 'cloud_managed_group'),
    security: filler(draft, 'ad_security'),
    parent: filler(draft, 'ad_parent'),
    address: filler(draft, 'ad_address'),
  };
  const { ids } = world;
  for (let index = 0; index < world.groups; index++) {
    const plant = plantOf(world.seed, index);
    const engine = engineOf(index);
    const cloud = cloudGroup(world, index, plant);
    const ad = adGroup(world, index, plant);
    const objects = plant === 'duplicate' || plant === 'twoTwins' ? [ad, twinGroup(world, index, plant)] : [ad];
    fill.cloud.push(cloud);
    for (const object of objects) {
      fill.ad.push(object);
      fill.security.push(security(world, object.guid, accessListOf(index, plant).list));
    }
    const enabled = engine === 'v2' || plant === 'switched' ? true : null;
    fill.writeback.push({
      group_id: cloud.id,
      enabled,
      on_premises_group_type: engine === 'v2' ? 'universalSecurityGroup' : null,
    });
    if (plant === 'takenOver') fill.managed.push({ group_id: cloud.id });
    if (plant === 'loop')
      fill.cloud.push(otherCloudGroup(ids.text('loop', index), `Echo of ${index}`, 'security', ad.sid));
    if (plant === 'protected')
      fill.parent.push({ child_guid: ad.guid, parent_guid: ids.text('fixed', 10 + (index % 5)) });
    else if (index % 10 === 1)
      fill.parent.push({ child_guid: ad.guid, parent_guid: ids.text('nativeAd', mix(index) % world.natives) });
    for (const address of addressesOf(ad)) fill.address.push(address);
    if (plant === 'sharedAddress')
      fill.address.push({
        address: ad.mail ?? '',
        object_guid: ids.text('service', 2000),
        attribute: 'proxyAddresses',
        object_class: 'user',
        dn: `CN=svc2000,OU=Services,${DOMAIN}`,
      });
    expectGroup(world, index, plant, expect);
    if (fill.cloud.full()) for (const each of Object.values(fill)) await each.flush();
  }
  for (const each of Object.values(fill)) await each.flush();
}

function addressesOf(group: Row<'ad_group'>): Row<'ad_address'>[] {
  const found = group.proxy_addresses.map(each => [each.slice(5).toLowerCase(), 'proxyAddresses'] as const);
  const all = group.mail === null ? found : [...found, [group.mail, 'mail'] as const];
  return all.map(([address, attribute]) => ({
    address,
    object_guid: group.guid,
    attribute,
    object_class: 'group',
    dn: group.dn,
  }));
}

/** What the plant of one group must lead to, memberships apart. */
function expectGroup({ ids }: World, index: number, plant: Plant, expect: Expect): void {
  const cloudId = ids.text('cloudGroup', index);
  const adId = ids.text('adGroup', index);
  const key = `${cloudId}/${adId}`;
  const engine = engineOf(index);
  if (plant === 'duplicate' || plant === 'twoTwins') expect('anchor-unique', cloudId);
  if (plant === 'twoTwins' || plant === 'switched') expect('two-engines-one-group', cloudId);
  if (plant === 'conflict') expect('anchor-attributes-agree', key);
  if (plant === 'renamed') expect('written-name-matches-format', key);
  if (plant === 'moved') expect('object-in-declared-container', key);
  if (plant === 'wrongType')
    expect(engine === 'v1' ? 'group-type-universal-distribution' : 'group-type-universal-security', key);
  if (plant === 'wrongKind') expect('out-of-scope-type-written-back', key);
  if (plant === 'syncedTwin') expect('synced-group-not-written-back', key);
  if (plant === 'loop') expect('no-roundtrip-loop', key);
  if (plant === 'noBook') expect('gal-entry-present', key);
  if (plant === 'sharedAddress') expect('proxy-unique-forest', `g${index}@contoso.com`);
  if (plant === 'protected') expect('not-nested-in-protected-group', key);
  if (plant === 'rogueAcl')
    expect('no-extra-writer-on-group', `${adId}/${sidOf.rogue(accessListOf(index, plant).list)}`);
}

/** Groups beside the written-back ones: those that AD owns, those without an AD object, and those whose cloud group is gone. */
async function writeOthers(world: World, draft: SnapshotDraft, expect: Expect): Promise<void> {
  const { ids, natives } = world;
  const cloud = filler(draft, 'cloud_group');
  const ad = filler(draft, 'ad_group');
  const parent = filler(draft, 'ad_parent');
  const deleted = filler(draft, 'cloud_deleted_group');
  const guard = filler(draft, 'ad_security');
  for (let index = 0; index < natives; index++) {
    const guid = ids.text('nativeAd', index);
    cloud.push(otherCloudGroup(ids.text('nativeCloud', index), `Resource ${index}`, 'security', sidOf.native(index)));
    ad.push(nativeGroup(guid, sidOf.native(index), `Resource ${index}`));
    if (index % 4 === 1) parent.push({ child_guid: guid, parent_guid: ids.text('nativeAd', Math.floor(index / 4)) });
  }
  for (let index = 0; index < MISSING; index++) {
    const id = ids.text('missing', index);
    cloud.push(otherCloudGroup(id, `Never written ${index}`, index % 2 === 0 ? 'unified' : 'security', null));
    expect('in-scope-group-exists-in-ad', `${id}/`);
  }
  for (let index = 0; index < natives / 2; index++)
    cloud.push(otherCloudGroup(ids.text('foreign', 50_000_000 + index), `List ${index}`, 'distribution', null));
  for (const space of ['deleted', 'gone'] as const)
    for (let index = 0; index < ORPHANS[space]; index++) {
      const object = orphanGroup(world, space, index);
      const key = `${ids.text(space, index)}/${object.guid}`;
      ad.push(object);
      guard.push(security(world, object.guid, 0));
      if (space === 'gone') expect('hard-deleted-still-in-ad', key);
      else if (index < 300) expect('soft-deleted-still-in-ad', key);
      if (space === 'deleted')
        deleted.push({
          id: ids.text(space, index),
          display_name: `Deleted ${index}`,
          deleted: index < 400 ? OLD : RECENT,
          group_types: [],
          security_enabled: true,
          mail_enabled: false,
        });
    }
  const protectedNames = ['512', '519', '518', '516', '520'];
  for (const [index, rid] of protectedNames.entries()) {
    ad.push(nativeGroup(ids.text('fixed', 20 + index), `${DOMAIN_SID}-${rid}`, `Protected ${rid}`));
    ad.push(nativeGroup(ids.text('fixed', 10 + index), `${DOMAIN_SID}-${7000 + index}`, `Bridge ${index}`));
    parent.push({ child_guid: ids.text('fixed', 10 + index), parent_guid: ids.text('fixed', 20 + index) });
  }
  for (const each of [cloud, ad, parent, deleted, guard]) await each.flush();
}

function security({ ids }: World, guid: string, list: number): Row<'ad_security'> {
  return {
    object_guid: guid,
    owner_sid: `${DOMAIN_SID}-512`,
    group_sid: null,
    control: 0x8004,
    acl: ids.text('acl', list),
    protected: false,
  };
}

const containers = [
  ['Teams', 'connect-v1'],
  ['Security', 'connect-v2'],
  ['CloudSync1', 'cloud-sync'],
  ['CloudSync2', 'cloud-sync'],
  ['CloudSync3', 'cloud-sync'],
] as const;

/** The tenant, the domains, containers, access lists and jobs. */
async function writeSurroundings(world: World, draft: SnapshotDraft, expect: Expect): Promise<void> {
  const { ids } = world;
  const fixed = (index: number) => ids.text('fixed', index);
  await draft.add('cloud_tenant', [
    {
      id: fixed(0),
      display_name: 'Contoso',
      on_premises_sync_enabled: true,
      last_sync: RECENT,
      verified_domains: ['contoso.com'],
    },
  ]);
  await draft.add('cloud_sync_feature', [
    { name: 'groupWriteBackEnabled', enabled: true },
    { name: 'unifiedGroupWritebackEnabled', enabled: true },
  ]);
  expect('v2-disabled', 'tenant');
  await draft.add('scope_flavour', [{ flavour: 'connect-v1' }, { flavour: 'connect-v2' }, { flavour: 'cloud-sync' }]);
  await draft.add('ad_domain', [
    domain(DOMAIN, 'contoso.com', DOMAIN_SID, fixed(1), 17003, 16762),
    domain(`DC=emea,${DOMAIN}`, 'emea.contoso.com', 'S-1-5-21-1-2-3', fixed(2), 15300, 15900),
  ]);
  expect('exchange-schema-present', fixed(2));
  expect('exchange-org-version-min', fixed(2));
  await draft.add('ad_container', [
    ...containers.map(([name, flavour], index) =>
      container('writeback', `OU=${name},OU=Writeback,${DOMAIN}`, flavour, fixed(30 + index)),
    ),
    container('writeback', `OU=Forgotten,${DOMAIN}`, null, null),
    container('adminsdholder', `CN=AdminSDHolder,CN=System,${DOMAIN}`, null, fixed(40)),
    container('domain', DOMAIN, null, fixed(41)),
  ]);
  expect('container-exists', `ou=forgotten,${DOMAIN.toLowerCase()}`);
  const lists = CLEAN_LISTS + ROGUE_LISTS;
  await draft.add('ad_security', [
    ...containers.map((_, index) => security(world, fixed(30 + index), index === 4 ? lists : 1)),
    security(world, fixed(40), lists + 1),
    security(world, fixed(41), 2),
  ]);
  expect('container-acl-as-declared', `${fixed(34)}/${sidOf.rogue(99)}`);
  expect('adminsdholder-clean', `${fixed(40)}/${SYNC_SID}`);
  await draft.add('ad_ace', accessLists(world));
  await draft.add('ad_identity', [
    { role: 'sync', name: 'MSOL_0123456789ab', sid: SYNC_SID, guessed: false },
    { role: 'trusted', name: 'Directory Operations', sid: `${DOMAIN_SID}-5002`, guessed: false },
  ]);
  await draft.add(
    'ad_trustee',
    Array.from({ length: 100 }, (_, index) => ({
      sid: sidOf.rogue(index),
      name: `Helpdesk ${index}`,
      object_class: 'group',
      dn: null,
    })),
  );
  await draft.add(
    'cloud_job',
    [1, 2, 3].map(number => job(number, fixed(50 + number))),
  );
  expect('groups-only-empty-membership', 'job3');
  expect('cloudsync-job-not-quarantined', 'job2');
}

function domain(dn: string, dnsName: string, sid: string, guid: string, schema: number, org: number): Row<'ad_domain'> {
  return {
    dn,
    dns_name: dnsName,
    sid,
    guid,
    forest_dns_name: 'contoso.com',
    domain_level: 7,
    schema_version: 87,
    external_id_in_schema: true,
    object_soa_in_schema: true,
    recycle_bin: true,
    registered_devices: false,
    exchange_schema_version: schema,
    exchange_org_version: org,
    exchange_domain_version: 13242,
  };
}

function container(kind: string, dn: string, flavour: string | null, guid: string | null): Row<'ad_container'> {
  return {
    kind,
    dn,
    flavour,
    found: guid !== null,
    guid,
    object_class: guid === null ? null : 'organizationalUnit',
    well_known: false,
  };
}

function job(number: number, principal: string): Row<'cloud_job'> {
  const quarantined = number === 2;
  return {
    id: `job${number}`,
    service_principal_id: principal,
    service_principal_name: `Cloud Sync ${number}`,
    template_id: 'AAD2ADGroupProvisioning',
    schedule_interval_seconds: 1200,
    schedule_state: 'Active',
    status_code: quarantined ? 'Quarantine' : 'Active',
    quarantine_reason: quarantined ? 'TooManyDeletes' : null,
    quarantine_began: quarantined ? OLD : null,
    quarantine_error: null,
    last_success: RECENT,
    last_state: 'Succeeded',
    complete_failures: 0,
    escrowed: 0,
    target_container: `OU=CloudSync${number},OU=Writeback,${DOMAIN}`,
    cn_expression: null,
    scope_filter: null,
    target_domain: null,
    sync_all: null,
    accidental_delete_enabled: null,
    accidental_delete_threshold: null,
    escrows_pruned: false,
  };
}

const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2';
const GROUP_CLASS = 'bf967a9c-0de6-11d0-a285-00aa003049e2';

/** Fifty lists as a domain has them, ten that let a helpdesk write members, one that lets it create groups, and AdminSDHolder's. */
function accessLists({ ids }: World): Row<'ad_ace'>[] {
  const lists: Row<'ad_ace'>[] = [];
  const entry = (
    acl: string,
    ordinal: number,
    trustee: string,
    mask: number,
    objectType: string | null = null,
  ): Row<'ad_ace'> => ({
    acl,
    ordinal,
    allow: true,
    conditional: false,
    trustee_sid: trustee,
    mask,
    object_type: objectType,
    inherited_object_type: null,
    inherited: ordinal > 3,
    inherit_only: false,
    no_propagate: false,
    flags: 0,
  });
  for (let list = 0; list < CLEAN_LISTS + ROGUE_LISTS + 2; list++) {
    const acl = ids.text('acl', list);
    const trustees: [string, number, string?][] = [
      ['S-1-5-18', 0xf01ff],
      [`${DOMAIN_SID}-512`, 0xf01ff],
      [`${DOMAIN_SID}-519`, 0xf01ff],
      ['S-1-5-32-544', 0xf01bd],
      ['S-1-5-11', 0x20094],
      ['S-1-5-10', 0x20094],
      ['S-1-5-32-554', 0x20014, GROUP_CLASS],
      ...Array.from({ length: 12 }, (_, index): [string, number] => [
        `${DOMAIN_SID}-${8000 + list * 20 + index}`,
        0x10,
      ]),
    ];
    trustees.push([SYNC_SID, 0x20, MEMBER]);
    if (list >= CLEAN_LISTS && list < CLEAN_LISTS + ROGUE_LISTS) trustees.push([sidOf.rogue(list), 0x20, MEMBER]);
    if (list === CLEAN_LISTS + ROGUE_LISTS) trustees.push([sidOf.rogue(99), 0x1, GROUP_CLASS]);
    for (const [ordinal, [trustee, mask, type]] of trustees.entries())
      lists.push(entry(acl, ordinal, trustee, mask, type ?? null));
  }
  return lists;
}
