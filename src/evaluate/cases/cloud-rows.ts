import type { Row, TableRows } from '../../snapshot/index.ts';
import type { CloudGroupDraft, GroupKind } from './cloud-draft.ts';
import { cloudAddresses } from './mail-rows.ts';
import { guidOf, within } from './naming.ts';
import { type CloudThing, domainDn, type World } from './world.ts';

/** The tables of Microsoft Graph as a case states them. */
export function cloudRows(world: World): TableRows {
  const things = [...world.cloudThings.entries()].map(([, thing]) => thing);
  const groups = things.filter(thing => thing.kind === 'group' && thing.group);
  return {
    cloud_user: things.flatMap(thing => (thing.user ? userRow(world, thing, thing.user) : [])),
    cloud_group: groups.map(thing => groupRow(world, thing)),
    cloud_member: groups.flatMap(thing => memberRows(world, thing)),
    cloud_writeback: groups.flatMap(thing => writebackRows(world, thing)),
    cloud_managed_group: groups.flatMap(({ id, group }) =>
      (group?.managed ?? group?.converted !== undefined) ? [{ group_id: id }] : [],
    ),
    cloud_deleted_group: things.flatMap(thing => deletedRow(world, thing)),
    scope_flavour: world.draft.flavours.map(flavour => ({ flavour })),
  };
}

/** Without a word about it, a security group is told not to be written back, which is what v2 does with one that it is told nothing of. */
function writebackRows(world: World, { id, group = {} }: CloudThing): Row<'cloud_writeback'>[] {
  const stated = group.writeback ?? (kindOf(world, group) === 'security' ? { enabled: false } : undefined);
  if (stated === undefined) return [];
  return [{ group_id: id, enabled: stated.enabled ?? null, on_premises_group_type: stated.type ?? null }];
}

/** The display name of a cloud group: as stated, else its short name. */
export function displayNameOf(thing: CloudThing): string | null {
  const stated = thing.group?.displayName ?? thing.deleted?.displayName;
  return stated === undefined ? thing.name : stated;
}

/** The kind of a cloud group: as stated, else what the declared engine takes. */
export function kindOf(world: World, group: { readonly kind?: GroupKind }): GroupKind {
  return group.kind ?? (world.draft.flavours.every(flavour => flavour === 'cloud-sync') ? 'security' : 'microsoft365');
}

function userRow(world: World, thing: CloudThing, draft: NonNullable<CloudThing['user']>): Row<'cloud_user'>[] {
  const account = (name: string | null | undefined, key: 'ad' | 'sid' | 'immutableId') =>
    name === null || name === undefined ? undefined : world.adThings.find(name, within(thing.place, key));
  const linked = account(draft.ad, 'ad');
  const sid = draft.sid === undefined ? linked : account(draft.sid, 'sid');
  const immutable = draft.immutableId === undefined ? linked : account(draft.immutableId, 'immutableId');
  const guid = immutable ? immutableGuid(immutable.name, immutable.user?.consistencyGuid) : null;
  return [
    {
      id: thing.id,
      display_name: draft.displayName === undefined ? thing.name : draft.displayName,
      upn: draft.upn === undefined ? `${thing.name}@contoso.com` : draft.upn,
      mail: draft.mail ?? null,
      enabled: draft.enabled === undefined ? true : draft.enabled,
      user_type: draft.guest === true ? 'Guest' : 'Member',
      on_premises_sync_enabled: linked === undefined ? null : true,
      immutable_id: guid,
      immutable_guid: guid,
      on_premises_sid: sid?.sid ?? null,
      on_premises_sam_account_name: linked?.name ?? null,
      on_premises_domain_name: linked ? 'contoso.com' : null,
      on_premises_dn: linked ? `CN=${linked.name},CN=Users,${domainDn}` : null,
      on_premises_last_sync: null,
    },
  ];
}

/** The GUID by which an account is synced: mS-DS-ConsistencyGuid where it is set, else objectGUID. */
export function immutableGuid(name: string, consistency: boolean | string | undefined): string {
  if (consistency === true) return guidOf('consistency', name);
  return guidOf('ad', typeof consistency === 'string' ? consistency : name);
}

function groupRow(world: World, thing: CloudThing): Row<'cloud_group'> {
  const draft: CloudGroupDraft = thing.group ?? {};
  const kind = kindOf(world, draft);
  return {
    id: thing.id,
    display_name: displayNameOf(thing),
    description: draft.description ?? null,
    group_types: [
      ...(kind === 'microsoft365' ? ['Unified'] : []),
      ...(draft.dynamic === true ? ['DynamicMembership'] : []),
    ],
    security_enabled: kind === 'security' || kind === 'mail-enabled-security',
    mail_enabled: kind === 'microsoft365' || kind === 'mail-enabled-security' || kind === 'distribution',
    mail: draft.mail ?? null,
    mail_nickname: draft.mailNickname === undefined ? thing.name : draft.mailNickname,
    proxy_addresses: cloudAddresses(thing),
    visibility: draft.visibility ?? null,
    ...ruleOf(draft),
    assignable_to_role: draft.roleAssignable ?? null,
    created: world.instant(draft.created ?? '30d ago'),
    security_identifier: null,
    on_premises_sync_enabled: draft.synced === undefined || draft.synced === false ? null : true,
    on_premises_sid: groupSid(world, thing, draft),
    on_premises_sam_account_name: null,
    on_premises_domain_name: null,
    on_premises_last_sync: null,
    expiration:
      draft.expires === undefined && kind === 'microsoft365'
        ? world.asOf + HALF_A_YEAR
        : instantOf(world, draft.expires),
    renewed: instantOf(world, draft.renewed),
    extension_attributes: draft.extensionAttributes ?? [],
  };
}

/** Microsoft 365 groups expire unless a case says otherwise. */
const HALF_A_YEAR = 180 * 86_400_000;

const instantOf = (world: World, text: string | null | undefined): number | null =>
  text === undefined || text === null ? null : world.instant(text);

/** A rule that asks for nothing which people can change themselves, unless the case states another. */
function ruleOf({ dynamic, rule, ruleState }: CloudGroupDraft) {
  if (dynamic !== true) return { membership_rule: null, membership_rule_state: null };
  return {
    membership_rule: rule === undefined ? '(user.companyName -eq "Contoso")' : rule,
    membership_rule_state: ruleState === undefined ? 'On' : ruleState,
  };
}

function groupSid(world: World, thing: CloudThing, draft: CloudGroupDraft): string | null {
  const { synced, converted, rolledBack } = draft;
  if (draft.sid === null) return null;
  for (const [key, name] of Object.entries({ synced, converted, rolledBack }))
    if (typeof name === 'string') return world.adThings.find(name, within(thing.place, key))?.sid ?? null;
  return synced === true ? 'S-1-5-21-1-2-3-1000' : null;
}

function memberRows(world: World, thing: CloudThing): Row<'cloud_member'>[] {
  return (thing.group?.members ?? []).flatMap((name, index) => {
    const place = within(thing.place, 'members', index);
    const member = world.cloudThings.find(name, place);
    if (!member) return [];
    if (member.kind === 'deleted' || member.kind === 'purged') {
      world.notes.note(
        place,
        'not-a-member',
        `\`${name}\` is a deleted group; it cannot be a member`,
        'name a user or an active group',
      );
      return [];
    }
    return [{ group_id: thing.id, member_id: member.id, kind: member.kind }];
  });
}

function deletedRow(world: World, thing: CloudThing): Row<'cloud_deleted_group'>[] {
  if (!thing.deleted) return [];
  const kind = kindOf(world, thing.deleted);
  const { deleted } = thing.deleted;
  return [
    {
      id: thing.id,
      display_name: displayNameOf(thing),
      deleted: deleted === null ? null : world.instant(deleted ?? '2d ago'),
      group_types: kind === 'microsoft365' ? ['Unified'] : [],
      security_enabled: kind === 'security' || kind === 'mail-enabled-security',
      mail_enabled: kind !== 'security' && kind !== 'other',
    },
  ];
}
