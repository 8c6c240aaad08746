import type { Flavour } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { displayNameOf, kindOf } from './cloud-rows.ts';
import { mailAttributes } from './mail-rows.ts';
import { within } from './naming.ts';
import type { PlacedGroup } from './placed-group.ts';
import { wellKnown } from './trustees.ts';
import { type AdThing, type CloudThing, domainDn, liesInContainer, type World } from './world.ts';

/** An AD group as its engine writes it, with the attributes that the case states besides. */
export function placedGroup(world: World, thing: AdThing): PlacedGroup {
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
    // A contact is nobody who could be granted anything.
    sid: draft.class === 'contact' ? null : (draft.sid ?? thing.sid),
    domain_dn: domainOf(dn),
    dn,
    cn: name,
    sam_account_name: draft.samAccountName === undefined ? thing.name : draft.samAccountName,
    display_name: draft.displayName === undefined ? (origin ? displayNameOf(origin) : thing.name) : draft.displayName,
    object_class: draft.class ?? 'group',
    in_container: liesInContainer(dn, world.containers),
    group_type: draft.groupType === undefined ? groupTypeOf(world, origin, engine) : draft.groupType,
    description: draft.description === undefined ? (origin?.group?.description ?? null) : draft.description,
    admin_description: text(draft.adminDescription, marker, 'adminDescription'),
    external_id: text(draft.externalId, engine === 'cloud-sync' ? marker : null, 'externalId'),
    ...mailAttributes(draft, origin, engine),
    admin_count: draft.adminCount ?? null,
    critical: draft.critical ?? null,
    object_soa: draft.objectSoa ?? null,
    sid_history: draft.sidHistory ?? [],
    managed_by: null,
    extension_attributes: draft.extensionAttributes ?? [],
    created: world.instant(draft.created ?? '30d ago'),
    changed:
      draft.changed === undefined
        ? world.asOf - 86_400_000
        : draft.changed === null
          ? null
          : world.instant(draft.changed),
    usn_changed: null,
  };
  const marked = row.admin_description !== null || row.external_id !== null;
  return { thing, row, read: marked || row.in_container };
}

/** The domain of an object: the end of its DN. */
function domainOf(dn: string): string {
  return /DC=.*$/.exec(dn)?.[0] ?? domainDn;
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

/** A text in which {name} is the id of something of the cloud, {name:12} its last twelve digits, and {ad:name} the objectGUID of something of AD. */
export function filledIn(world: World, text: string, place: string): string {
  return text.replace(
    /\{(ad:)?([^{}:]+)(:12)?\}/g,
    (_, ad: string | undefined, name: string, tail: string | undefined) => {
      if (ad !== undefined) return world.adThings.find(name, place)?.guid ?? '';
      const id = world.cloudThings.find(name, place)?.id ?? '';
      return tail === undefined ? id : id.slice(-12);
    },
  );
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
export function escapeRdn(value: string): string {
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

/** A protected group as it is in every domain. */
export function wellKnownRow(thing: AdThing): Row<'ad_group'> {
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
    sid_history: [],
    managed_by: null,
    hide_dl_membership: null,
    require_auth_to_send: null,
    extension_attributes: [],
    created: null,
    changed: null,
    usn_changed: null,
  };
}
