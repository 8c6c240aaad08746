import type { Row, TableRows } from '../../snapshot/index.ts';
import { staleTrustees } from './authority-rows.ts';
import { guidOf, within } from './naming.ts';
import type { PlacedGroup } from './placed-group.ts';
import { domainSid, rights, schemaIds, schemaRows, wellKnown } from './trustees.ts';
import { bare, defaultIdentity, spelled, type World } from './world.ts';

type Entry = {
  readonly to: string;
  readonly mask: number;
  readonly object: string | null;
  readonly for: string | null;
  readonly inheritOnly: boolean;
  readonly inherited: boolean;
  readonly allow: boolean;
};

/** Access lists, trustees and the identities that may write, as a case states them. */
export function accessRows(world: World, groups: readonly PlacedGroup[]): TableRows {
  const identities = identityRows(world);
  const guarded = new Map<string, { readonly guid: string; readonly baseline: readonly Entry[] }>();
  for (const { thing, read } of groups)
    if (read) guarded.set(thing.name, { guid: thing.guid, baseline: baselineOf(identities, true) });
  for (const { name, guid, kind, found } of world.containers)
    if (found) guarded.set(name, { guid, baseline: baselineOf(identities, kind === 'writeback') });
  const grants = grantsOf(world, guarded);
  const bareObjects = new Set(nameSet(world, guarded));
  const owners = ownersOf(world, guarded);
  const lists = [...guarded].map(([name, { guid, baseline }]) => ({
    guid,
    acl: bareObjects.has(name) ? null : guidOf('acl', name),
    owner: owners.get(name) ?? wellKnown['Domain Admins'] ?? null,
    entries: [...baseline, ...(grants.get(name) ?? [])],
  }));
  return {
    ad_identity: identities,
    ad_security: lists.map(({ guid, acl, owner }) => ({
      object_guid: guid,
      owner_sid: owner,
      group_sid: null,
      control: acl === null ? 0x8000 : 0x8004,
      acl,
      protected: false,
    })),
    ad_ace: lists.flatMap(({ acl, entries }) =>
      acl === null ? [] : entries.map((entry, at) => aceRow(acl, at, entry)),
    ),
    ad_schema: schemaRows,
    ad_trustee: trusteeRows(world),
  };
}

function identityRows(world: World): Row<'ad_identity'>[] {
  return (world.forest.identities ?? [defaultIdentity]).map(named => {
    const { id, role, found, guessed } = spelled(named, bare);
    const sid = found === false ? null : (world.adThings.get(id)?.sid ?? null);
    return { role: role ?? 'sync', name: id, sid, guessed: guessed ?? false };
  });
}

const allow = (to: string, right: string, more: Partial<Entry> = {}): Entry[] => {
  const found = rights[right];
  if (!found) return [];
  return [
    {
      to,
      mask: found.mask,
      object: found.object,
      for: null,
      inheritOnly: false,
      inherited: false,
      allow: true,
      ...more,
    },
  ];
};

/** What every access list of a healthy forest holds. */
function baselineOf(identities: readonly Row<'ad_identity'>[], written: boolean): Entry[] {
  const engines = written ? identities.filter(({ role }) => role === 'sync') : [];
  return [
    ...allow('S-1-5-18', 'full-control'),
    ...allow('S-1-5-32-544', 'full-control'),
    ...allow(`${domainSid}-512`, 'full-control'),
    ...allow(`${domainSid}-519`, 'full-control'),
    ...allow('S-1-5-11', 'read'),
    ...engines.flatMap(({ sid }) =>
      sid === null ? [] : [...allow(sid, 'create-groups'), ...allow(sid, 'generic-write', { for: schemaIds.group })],
    ),
  ];
}

type Guarded = ReadonlyMap<string, unknown>;

function grantsOf(world: World, guarded: Guarded): ReadonlyMap<string, readonly Entry[]> {
  const byObject = new Map<string, Entry[]>();
  for (const [index, grant] of (world.forest.grants ?? []).entries()) {
    const place = within(world.place, 'ad', 'grants', index);
    const trustee = world.adThings.find(grant.to, within(place, 'to'));
    const known = checkGuarded(world, grant.on, within(place, 'on'), guarded);
    if (!trustee || !known) continue;
    const entries = allow(trustee.sid, grant.right, {
      for: grant.for === undefined ? null : grant.for === 'groups' ? schemaIds.group : schemaIds.user,
      inheritOnly: grant.inheritOnly ?? false,
      inherited: grant.inherited ?? false,
      allow: grant.deny !== true,
    });
    byObject.set(grant.on, [...(byObject.get(grant.on) ?? []), ...entries]);
  }
  return byObject;
}

function ownersOf(world: World, guarded: Guarded): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const [index, { of, is }] of (world.forest.owners ?? []).entries()) {
    const place = within(world.place, 'ad', 'owners', index);
    const trustee = world.adThings.find(is, within(place, 'is'));
    if (checkGuarded(world, of, within(place, 'of'), guarded) && trustee) owners.set(of, trustee.sid);
  }
  return owners;
}

function nameSet(world: World, guarded: Guarded): readonly string[] {
  return (world.forest.noAccessList ?? []).filter((name, index) =>
    checkGuarded(world, name, within(world.place, 'ad', 'noAccessList', index), guarded),
  );
}

function checkGuarded(world: World, name: string, place: string, guarded: Guarded): boolean {
  if (guarded.has(name)) return true;
  const names = [...guarded.keys()].join(', ');
  world.notes.note(place, 'unknown-name', `\`${name}\` has no access list that is read`, `objects with one: ${names}`);
  return false;
}

function aceRow(acl: string, ordinal: number, entry: Entry): Row<'ad_ace'> {
  return {
    acl,
    ordinal,
    allow: entry.allow,
    conditional: false,
    trustee_sid: entry.to,
    mask: entry.mask,
    object_type: entry.object,
    inherited_object_type: entry.for,
    inherited: entry.inherited,
    inherit_only: entry.inheritOnly,
    no_propagate: false,
    flags: entry.inheritOnly ? 0x0a : 0,
  };
}

function trusteeRows(world: World): Row<'ad_trustee'>[] {
  const managed = new Set(
    (world.forest.identities ?? []).flatMap(named => {
      const { id, managedServiceAccount } = spelled(named, bare);
      return managedServiceAccount === true ? [id] : [];
    }),
  );
  const named = [...world.adThings.entries()].flatMap(([name, { sid, kind }]) => {
    const objectClass = managed.has(name) ? 'msDS-GroupManagedServiceAccount' : null;
    return kind === 'container' ? [] : [{ sid, name, object_class: objectClass, dn: null }];
  });
  return [...named, ...staleTrustees(world)];
}
