import type { Row, TableRows } from '../../snapshot/index.ts';
import { escapeRdn, filledIn, placedGroup, wellKnownRow } from './ad-group.ts';
import { immutableGuid } from './cloud-rows.ts';
import { guidOf, within } from './naming.ts';
import type { PlacedGroup } from './placed-group.ts';
import { domainSid } from './trustees.ts';
import { type AdThing, bare, domainDn, spelled, type World } from './world.ts';

/** The tables of Active Directory as a case states them, without access lists. */
export function adRows(world: World): { readonly rows: TableRows; readonly groups: readonly PlacedGroup[] } {
  const things = [...world.adThings.entries()].map(([, thing]) => thing);
  const groups = things.flatMap(thing => (thing.group ? [placedGroup(world, thing)] : []));
  const users = things.flatMap(thing => (thing.user ? [userRow(world, thing)] : []));
  const { members, parents } = edgesOf(world, groups);
  const protectedGroups = things
    .filter(thing => thing.kind === 'well-known' && parents.some(edge => edge.parent_guid === thing.guid))
    .map(wellKnownRow);
  return {
    groups,
    rows: {
      ad_domain: [domainRow(world), ...(world.forest.domains ?? []).map(name => furtherDomain(world, name))],
      ad_exchange_server: (world.forest.exchangeServers ?? []).map(named => {
        const { id, version } = spelled<{ id: string; version?: string | null }>(named, bare);
        const current = 'Version 15.2 (Build 32562.17)';
        return {
          guid: guidOf('exchange', id),
          name: id,
          version: version === undefined ? current : version,
          server_role: null,
        };
      }),
      ad_container: world.containers.map(({ kind, dn, flavour, found, wellKnown, guid }) => ({
        kind,
        dn,
        flavour,
        found,
        guid: found ? guid : null,
        object_class: found ? 'organizationalUnit' : null,
        well_known: found ? wellKnown : null,
      })),
      ad_group: [...groups.map(({ row }) => row), ...protectedGroups],
      ad_user: users,
      ad_member: members,
      ad_parent: parents,
      ad_address: [
        ...groups.flatMap(({ row }) => addressRows(row, row.mail, row.proxy_addresses)),
        ...things.flatMap(thing => {
          const row = users.find(({ guid }) => guid === thing.guid);
          return row ? addressRows(row, row.mail, thing.user?.proxyAddresses ?? []) : [];
        }),
      ],
    },
  };
}

function userRow(world: World, thing: AdThing): Row<'ad_user'> {
  const draft = thing.user ?? {};
  const anchor =
    draft.anchorOf === undefined ? undefined : world.cloudThings.find(draft.anchorOf, within(thing.place, 'anchorOf'));
  const text = (value: string | null | undefined, fallback: string | null, key: string) =>
    value === undefined ? fallback : value === null ? null : filledIn(world, value, within(thing.place, key));
  const { consistencyGuid } = draft;
  if (typeof consistencyGuid === 'string') world.adThings.find(consistencyGuid, within(thing.place, 'consistencyGuid'));
  return {
    guid: thing.guid,
    sid: thing.sid,
    dn: `CN=${escapeRdn(thing.name)},${draft.parent ?? `CN=Users,${domainDn}`}`,
    cn: thing.name,
    sam_account_name: draft.samAccountName === undefined ? thing.name : draft.samAccountName,
    display_name: draft.displayName === undefined ? thing.name : draft.displayName,
    object_class: draft.class ?? 'user',
    upn: draft.upn === undefined ? `${thing.name}@contoso.com` : draft.upn,
    mail: draft.mail ?? null,
    enabled: draft.enabled === undefined ? true : draft.enabled,
    consistency_guid:
      consistencyGuid === undefined || consistencyGuid === false ? null : immutableGuid(thing.name, consistencyGuid),
    admin_description: text(draft.adminDescription, null, 'adminDescription'),
    external_id: text(draft.externalId, anchor ? `User_${anchor.id}` : null, 'externalId'),
    admin_count: draft.adminCount ?? null,
  };
}

type Edges = { readonly members: Row<'ad_member'>[]; readonly parents: Row<'ad_parent'>[] };

/** `members` of a group and `memberOf` of its members say the same; either may be written. */
function edgesOf(world: World, groups: readonly PlacedGroup[]): Edges {
  const byGuid = new Map(groups.map(group => [group.thing.guid, group]));
  const edges = new Map<string, { readonly group: AdThing; readonly member: AdThing }>();
  const add = (group: AdThing | undefined, member: AdThing | undefined) => {
    if (group && member) edges.set(`${group.guid} ${member.guid}`, { group, member });
  };
  for (const { thing } of groups) {
    for (const [index, name] of (thing.group?.members ?? []).entries())
      add(thing, world.adThings.find(name, within(thing.place, 'members', index)));
    for (const [index, name] of (thing.group?.memberOf ?? []).entries())
      add(world.adThings.find(name, within(thing.place, 'memberOf', index)), thing);
  }
  const all = [...edges.values()];
  return {
    members: all
      .filter(({ group }) => byGuid.get(group.guid)?.read === true)
      .map(({ group, member }) => ({ group_guid: group.guid, member_guid: member.guid })),
    parents: all
      .filter(({ member }) => member.group !== undefined)
      .map(({ group, member }) => ({ child_guid: member.guid, parent_guid: group.guid })),
  };
}

function addressRows(
  holder: { readonly guid: string; readonly object_class: string; readonly dn: string },
  mail: string | null,
  proxies: readonly string[],
): Row<'ad_address'>[] {
  const row = (address: string, attribute: string) => ({
    address: address.trim().toLowerCase(),
    object_guid: holder.guid,
    attribute,
    object_class: holder.object_class,
    dn: holder.dn,
  });
  const smtp = proxies.filter(proxy => /^smtp:/i.test(proxy)).map(proxy => row(proxy.slice(5), 'proxyAddresses'));
  return [...smtp, ...(mail === null ? [] : [row(mail, 'mail')])];
}

/** Another domain of the forest, like the first but for its names. */
function furtherDomain(world: World, name: string): Row<'ad_domain'> {
  return {
    ...domainRow(world),
    dn: name
      .split('.')
      .map(part => `DC=${part}`)
      .join(','),
    dns_name: name,
    sid: `${domainSid}0`,
    guid: guidOf('ad', name),
  };
}

function domainRow({ forest }: World): Row<'ad_domain'> {
  const { exchangeSchema, exchangeOrg, recycleBin, schema, externalIdInSchema, registeredDevices } =
    forest.domain ?? {};
  return {
    dn: domainDn,
    dns_name: 'contoso.com',
    sid: domainSid,
    guid: guidOf('ad', 'contoso.com'),
    forest_dns_name: 'contoso.com',
    domain_level: 7,
    schema_version: schema === undefined ? 88 : schema,
    external_id_in_schema: externalIdInSchema === undefined ? true : externalIdInSchema,
    object_soa_in_schema: true,
    registered_devices: registeredDevices === undefined ? false : registeredDevices,
    recycle_bin: recycleBin === undefined ? true : recycleBin,
    exchange_schema_version: exchangeSchema === undefined ? 17003 : exchangeSchema,
    exchange_org_version: exchangeOrg === undefined ? 16763 : exchangeOrg,
    exchange_domain_version: 13243,
  };
}
