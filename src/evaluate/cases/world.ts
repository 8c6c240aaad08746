import { type Flavour, instantMs, isWithin } from '../../base/index.ts';
import type { MemberKind } from '../../snapshot/index.ts';
import type { AdDeletedDraft, AdDraft, AdGroupDraft, AdUserDraft } from './ad-draft.ts';
import type { CaseDraft } from './case-draft.ts';
import type { CloudDraft, CloudGroupDraft, CloudUserDraft, DeletedGroupDraft } from './cloud-draft.ts';
import { createRegister, guidOf, type Notes, type Place, type Register, within } from './naming.ts';
import { sidOf, wellKnown } from './trustees.ts';

/** Something of the tenant: a principal, a group, or the id of a group that is gone. */
export type CloudThing = {
  readonly id: string;
  readonly name: string;
  readonly kind: MemberKind | 'deleted' | 'purged';
  readonly place: Place;
  readonly user?: CloudUserDraft;
  readonly group?: CloudGroupDraft;
  readonly deleted?: DeletedGroupDraft;
};

/** Something of the forest. */
export type AdThing = {
  readonly guid: string;
  readonly sid: string;
  readonly name: string;
  readonly kind: 'user' | 'group' | 'earlier' | 'deleted' | 'child' | 'well-known' | 'container' | 'identity';
  readonly place: Place;
  readonly user?: AdUserDraft;
  readonly group?: AdGroupDraft;
  readonly deleted?: AdDeletedDraft;
};

/** A writeback container, AdminSDHolder or the domain root. */
export type Container = {
  readonly guid: string;
  readonly name: string;
  readonly kind: 'writeback' | 'adminsdholder' | 'domain';
  readonly dn: string;
  readonly flavour: Flavour | null;
  readonly found: boolean;
  readonly wellKnown: boolean;
};

/** A case with every short name resolved. */
export type World = {
  readonly draft: CaseDraft;
  readonly place: Place;
  readonly cloud: CloudDraft;
  readonly forest: AdDraft;
  readonly asOf: number;
  readonly notes: Notes;
  readonly cloudThings: Register<CloudThing>;
  readonly adThings: Register<AdThing>;
  readonly containers: readonly Container[];
  /** An instant that a case writes as a time or as an age. */
  instant(text: string): number;
};

/** The instant of a case that names none. */
export const defaultAsOf = '2026-08-22T09:00:00Z';

/** DN of the domain of every case. */
export const domainDn = 'DC=contoso,DC=com';

/** The mapping behind a short form; `bare` is what a name alone stands for. */
export function spelled<T>(named: string | T, bare: (id: string) => NoInfer<T>): T {
  return typeof named === 'string' ? bare(named) : named;
}

/** What a name alone stands for wherever all else is optional. */
export const bare = (id: string): { readonly id: string } => ({ id });

/** Resolves the names of a case; mistakes go to the notes. */
export function worldOf(draft: CaseDraft, place: Place, notes: Notes): World {
  const cloud = draft.cloud ?? {};
  const forest = draft.ad ?? {};
  const asOf = instantMs(draft.asOf ?? defaultAsOf);
  if (asOf === undefined) notes.note(within(place, 'asOf'), 'bad-value', 'there is no such time');
  const base = asOf ?? 0;
  return {
    draft,
    place,
    cloud,
    forest,
    asOf: base,
    notes,
    cloudThings: cloudNames(cloud, within(place, 'cloud'), notes),
    adThings: adNames(draft, place, notes),
    containers: containersOf(forest),
    instant: text => instantMs(text) ?? base - ageMs(text),
  };
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

function ageMs(text: string): number {
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)([dhms])/g))
    total += Number(number) * (UNITS[unit] ?? 0);
  return Math.round(total);
}

function cloudNames(cloud: CloudDraft, at: Place, notes: Notes): Register<CloudThing> {
  const register = createRegister<CloudThing>('in the cloud', notes);
  const add = (name: string, kind: CloudThing['kind'], place: Place, more: Partial<CloudThing> = {}) =>
    register.add(name, place, { id: guidOf('cloud', name), name, kind, place, ...more });
  for (const [index, named] of (cloud.users ?? []).entries()) {
    const { id, ...user } = spelled(named, bare);
    add(id, 'user', within(at, 'users', index), { user });
  }
  for (const [index, named] of (cloud.groups ?? []).entries()) {
    const { id, ...group } = spelled(named, bare);
    add(id, 'group', within(at, 'groups', index), { group });
  }
  for (const [index, named] of (cloud.deleted ?? []).entries()) {
    const { id, ...deleted } = spelled(named, bare);
    add(id, 'deleted', within(at, 'deleted', index), { deleted });
  }
  for (const [index, name] of (cloud.purged ?? []).entries()) add(name, 'purged', within(at, 'purged', index));
  for (const [index, { id, kind }] of (cloud.others ?? []).entries()) add(id, kind, within(at, 'others', index));
  return register;
}

function adNames({ ad: forest = {}, before = {} }: CaseDraft, place: Place, notes: Notes): Register<AdThing> {
  const at = within(place, 'ad');
  const register = createRegister<AdThing>('in AD', notes, new Set(Object.keys(wellKnown)));
  let ordinal = 0;
  const add = (name: string, kind: AdThing['kind'], place: Place, more: Partial<AdThing> = {}) =>
    register.add(name, place, { guid: guidOf('ad', name), sid: sidOf(ordinal++), name, kind, place, ...more });
  for (const [name, sid] of Object.entries(wellKnown)) add(name, 'well-known', at, { sid });
  for (const [index, named] of (forest.users ?? []).entries()) {
    const { id, ...user } = spelled(named, bare);
    add(id, 'user', within(at, 'users', index), { user });
  }
  for (const [index, named] of (forest.groups ?? []).entries()) {
    const { id, ...group } = spelled(named, bare);
    add(id, 'group', within(at, 'groups', index), { group });
  }
  for (const [index, named] of (forest.deleted ?? []).entries()) {
    const { id, ...deleted } = spelled(named, bare);
    add(id, 'deleted', within(at, 'deleted', index), { deleted });
  }
  for (const [index, named] of (forest.children ?? []).entries())
    add(spelled(named, bare).id, 'child', within(at, 'children', index));
  for (const container of containersOf(forest)) add(container.name, 'container', within(at, 'containers'));
  for (const [index, named] of (forest.identities ?? [defaultIdentity]).entries()) {
    const { id } = spelled(named, bare);
    // A user or group of the forest can be trusted too; it keeps its SID.
    if (!register.get(id)) add(id, 'identity', within(at, 'identities', index));
  }
  // Who is still there is the same as then.
  const earlier = [...(before.groups ?? []).map(named => spelled(named, bare).id), ...(before.users ?? [])];
  for (const id of earlier) if (!register.get(id)) add(id, 'earlier', within(place, 'before'));
  return register;
}

/** The sync identity of a case that names none. */
export const defaultIdentity = 'MSOL_0123456789ab';

function containersOf(forest: AdDraft): readonly Container[] {
  const declared = (forest.containers ?? ['writeback']).map((named): Container => {
    const { id, dn, flavour, found, wellKnown } = spelled(named, bare);
    return {
      guid: guidOf('ad', id),
      name: id,
      kind: 'writeback',
      dn: dn ?? `OU=${id},${domainDn}`,
      flavour: flavour ?? null,
      found: found ?? true,
      wellKnown: wellKnown ?? false,
    };
  });
  const fixed = (name: string, kind: Container['kind'], dn: string): Container => ({
    guid: guidOf('ad', name),
    name,
    kind,
    dn,
    flavour: null,
    found: true,
    wellKnown: false,
  });
  return [
    ...declared,
    fixed('AdminSDHolder', 'adminsdholder', `CN=AdminSDHolder,CN=System,${domainDn}`),
    fixed('domain', 'domain', domainDn),
  ];
}

/** Whether a DN lies in one of the writeback containers. */
export function liesInContainer(dn: string, containers: readonly Container[]): boolean {
  return containers.some(
    container => container.kind === 'writeback' && dn !== container.dn && isWithin(dn, container.dn),
  );
}
