import type { Flavour } from '../../base/index.ts';
import type { Row, TableRows } from '../../snapshot/index.ts';
import { displayNameOf, immutableGuid, kindOf } from './cloud-rows.ts';
import { guidOf, within } from './naming.ts';
import { domainSid, wellKnown } from './trustees.ts';
import { type AdThing, type CloudThing, domainDn, liesInContainer, type World } from './world.ts';

/** An AD group with the facts that other tables need of it. */
export type PlacedGroup = { readonly thing: AdThing; readonly row: Row<'ad_group'>; readonly read: boolean };

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
      ad_domain: [domainRow(world)],
      ad_container: world.containers.map(({ kind, dn, flavour, found, guid }) => ({
        kind,
        dn,
        flavour,
        found,
        guid: found ? guid : null,
        object_class: found ? 'organizationalUnit' : null,
        well_known: found ? false : null,
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

function placedGroup(world: World, thing: AdThing): PlacedGroup {
  const draft = thing.group ?? {};
  const origin = draft.of === undefined ? undefined : world.cloudThings.find(draft.of, within(thing.place, 'of'));
  const engine = origin ? engineOf(world, thing) : undefined;
  const marker = origin ? `Group_${origin.id}` : null;
  const name = commonName(world, thing, origin, engine);
  const dn = `CN=${escapeRdn(name)},${parentOf(world, thing, engine !== undefined)}`;
  const text = (value: string | null | undefined, fallback: string | null, key: string) =>
    value === undefined ? fallback : value === null ? null : filledIn(world, value, within(thing.place, key));
  const row: Row<'ad_group'> = {
    guid: thing.guid,
    sid: thing.sid,
    domain_dn: domainDn,
    dn,
    cn: name,
    sam_account_name: draft.samAccountName === undefined ? thing.name : draft.samAccountName,
    display_name: origin ? displayNameOf(origin) : thing.name,
    object_class: draft.class ?? 'group',
    in_container: liesInContainer(dn, world.containers),
    group_type: draft.groupType === undefined ? groupTypeOf(world, origin, engine) : draft.groupType,
    description: null,
    admin_description: text(draft.adminDescription, marker, 'adminDescription'),
    external_id: text(draft.externalId, engine === 'cloud-sync' ? marker : null, 'externalId'),
    mail: draft.mail ?? null,
    mail_nickname: null,
    proxy_addresses: draft.proxyAddresses ?? [],
    show_in_address_book: draft.addressLists ?? [],
    hidden_from_address_lists: draft.hidden ?? null,
    admin_count: null,
    critical: null,
    object_soa: null,
    created: world.instant(draft.created ?? '30d ago'),
    changed: world.asOf - 86_400_000,
    usn_changed: null,
  };
  const marked = row.admin_description !== null || row.external_id !== null;
  return { thing, row, read: marked || row.in_container };
}

function engineOf(world: World, thing: AdThing): Flavour | undefined {
  const [only, ...others] = world.draft.flavours;
  const stated = thing.group?.by ?? (others.length === 0 ? only : undefined);
  if (stated === undefined)
    world.notes.note(
      thing.place,
      'missing-key',
      `\`by\` is missing: ${world.draft.flavours.length} engines are declared`,
      `add \`by: ${only}\``,
    );
  return stated;
}

function commonName(world: World, thing: AdThing, origin: CloudThing | undefined, engine: Flavour | undefined): string {
  const stated = thing.group?.name;
  const form = stated ?? (origin === undefined ? thing.name : engine === 'cloud-sync' ? 'display' : 'guid');
  if (origin && form === 'guid') return `Group_${origin.id}`;
  if (origin && form === 'display')
    return `${(displayNameOf(origin) ?? '').trim().slice(0, 51)}_${origin.id.slice(-12)}`;
  return filledIn(world, form, within(thing.place, 'name'));
}

/** A text in which {name} is the id of something of the cloud, and {name:12} its last twelve digits. */
function filledIn(world: World, text: string, place: string): string {
  return text.replace(/\{([^{}:]+)(:12)?\}/g, (_, name: string, tail: string | undefined) => {
    const id = world.cloudThings.find(name, place)?.id ?? '';
    return tail === undefined ? id : id.slice(-12);
  });
}

function parentOf(world: World, thing: AdThing, writtenBack: boolean): string {
  const { container, parent } = thing.group ?? {};
  if (parent !== undefined) return parent;
  const [first] = world.containers.filter(({ kind }) => kind === 'writeback');
  if (container === undefined) return (writtenBack ? first?.dn : undefined) ?? `CN=Users,${domainDn}`;
  const named = world.containers.find(({ name }) => name === container);
  if (!named) {
    const hint = `containers: ${world.containers.map(({ name }) => name).join(', ')}`;
    world.notes.note(within(thing.place, 'container'), 'unknown-name', `there is no container \`${container}\``, hint);
  }
  return named?.dn ?? domainDn;
}

/** A value as an RDN (RFC 4514). */
function escapeRdn(value: string): string {
  return value
    .replace(/[\\,+"<>;=]/g, character => `\\${character}`)
    .replace(/^[ #]| $/g, character => `\\${character}`);
}

/** groupType as the engine writes it: universal distribution or universal security. */
function groupTypeOf(world: World, origin: CloudThing | undefined, engine: Flavour | undefined): number {
  const [distribution, security] = [8, -2147483640];
  if (origin === undefined || engine === 'cloud-sync') return security;
  if (engine === 'connect-v1') return distribution;
  const told = origin.group?.writeback?.type;
  if (told) return told === 'universalDistributionGroup' ? distribution : security;
  return kindOf(world, origin.group ?? origin.deleted ?? {}) === 'microsoft365' ? distribution : security;
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
    dn: `CN=${escapeRdn(thing.name)},CN=Users,${domainDn}`,
    cn: thing.name,
    sam_account_name: draft.samAccountName === undefined ? thing.name : draft.samAccountName,
    display_name: draft.displayName === undefined ? thing.name : draft.displayName,
    object_class: draft.class ?? 'user',
    upn: draft.upn === undefined ? `${thing.name}@contoso.com` : draft.upn,
    mail: draft.mail ?? null,
    enabled: true,
    consistency_guid:
      consistencyGuid === undefined || consistencyGuid === false ? null : immutableGuid(thing.name, consistencyGuid),
    admin_description: text(draft.adminDescription, null, 'adminDescription'),
    external_id: text(draft.externalId, anchor ? `User_${anchor.id}` : null, 'externalId'),
    admin_count: null,
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

function wellKnownRow(thing: AdThing): Row<'ad_group'> {
  return {
    guid: thing.guid,
    sid: wellKnown[thing.name] ?? null,
    domain_dn: domainDn,
    dn: `CN=${thing.name},CN=Users,${domainDn}`,
    cn: thing.name,
    sam_account_name: thing.name,
    display_name: null,
    object_class: 'group',
    in_container: false,
    group_type: -2147483646,
    description: null,
    admin_description: null,
    external_id: null,
    mail: null,
    mail_nickname: null,
    proxy_addresses: [],
    show_in_address_book: [],
    hidden_from_address_lists: null,
    admin_count: 1,
    critical: true,
    object_soa: null,
    created: null,
    changed: null,
    usn_changed: null,
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

function domainRow({ forest }: World): Row<'ad_domain'> {
  const { exchangeSchema, exchangeOrg } = forest.domain ?? {};
  return {
    dn: domainDn,
    dns_name: 'contoso.com',
    sid: domainSid,
    guid: guidOf('ad', 'contoso.com'),
    forest_dns_name: 'contoso.com',
    domain_level: 7,
    schema_version: 88,
    external_id_in_schema: true,
    recycle_bin: true,
    exchange_schema_version: exchangeSchema === undefined ? 17003 : exchangeSchema,
    exchange_org_version: exchangeOrg === undefined ? 16763 : exchangeOrg,
    exchange_domain_version: 13243,
  };
}
