import type { Row, TableRows } from '../../snapshot/index.ts';
import type { AuditDraft } from './ad-draft.ts';
import { guidOf, within } from './naming.ts';
import { rights, schemaIds } from './trustees.ts';
import { bare, defaultIdentity, domainDn, spelled, type World } from './world.ts';

/** Who holds roles and permissions, what the engines' accounts are, what is audited, and what logs and metadata tell of changes, as a case states them. */
export function privilegeRows(world: World): TableRows {
  const things = [...world.cloudThings.entries()].map(([, thing]) => thing);
  return {
    ad_identity_state: identityStates(world),
    ad_identity_group: identityGroups(world),
    ad_audit_ace: auditRows(world),
    ad_member_change: (world.forest.memberChanges ?? []).flatMap((_, index) => memberChange(world, index)),
    cloud_role_assignment: things.flatMap(({ id, name, user, group }) => {
      const role = user?.role ?? group?.role;
      return role === undefined ? [] : [roleRow(id, name, role)];
    }),
    cloud_app_grant: (world.cloud.apps ?? []).map(named => {
      const { id, permission } = spelled(named, bare);
      return {
        principal_id: guidOf('cloud', id),
        principal_name: id,
        permission: permission ?? 'Group.ReadWrite.All',
        granted: world.asOf - 86_400_000,
      };
    }),
    cloud_provisioning_event: things.flatMap(({ id, name, group }) =>
      group?.provisionedAt === undefined ? [] : [eventRow(id, name, world.instant(group.provisionedAt))],
    ),
  };
}

function identitiesOf(world: World) {
  return (world.forest.identities ?? [defaultIdentity]).map(named => spelled(named, bare));
}

function identityStates(world: World): Row<'ad_identity_state'>[] {
  return identitiesOf(world).flatMap(({ id, role, found, managedServiceAccount, adminCount }) => {
    const sid = world.adThings.get(id)?.sid;
    if (sid === undefined || found === false || role === 'trusted') return [];
    const objectClass = managedServiceAccount === true ? 'msDS-GroupManagedServiceAccount' : 'user';
    return [{ sid, object_class: objectClass, enabled: true, admin_count: adminCount ?? null }];
  });
}

function identityGroups(world: World): Row<'ad_identity_group'>[] {
  return identitiesOf(world).flatMap(({ id, memberOf = [] }, index) => {
    const sid = world.adThings.get(id)?.sid;
    return memberOf.flatMap((name, at) => {
      const place = within(world.place, 'ad', 'identities', index, 'memberOf', at);
      const group = world.adThings.find(name, place);
      return sid === undefined || !group ? [] : [{ identity_sid: sid, group_sid: group.sid, group_name: name }];
    });
  });
}

/** Everyone's writes of member are audited below every container unless a case says otherwise. */
function auditRows(world: World): Row<'ad_audit_ace'>[] {
  const standard: readonly AuditDraft[] = world.containers
    .filter(({ kind, found }) => kind === 'writeback' && found)
    .map(({ name }) => ({ on: name }));
  return (world.forest.audits ?? standard).flatMap((draft, ordinal) => {
    const place = within(world.place, 'ad', 'audits', ordinal);
    const { on, to = 'Everyone', right = 'write-member', for: inheriting = 'groups' } = draft;
    const container = world.containers.find(({ name }) => name === on);
    const trustee = world.adThings.find(to, within(place, 'to'));
    const found = rights[right];
    if (!container)
      world.notes.note(
        within(place, 'on'),
        'unknown-name',
        `there is no container \`${on}\``,
        'name one of ad.containers',
      );
    if (!container || !trustee || !found) return [];
    return [
      {
        object_guid: container.guid,
        ordinal,
        conditional: draft.conditional ?? false,
        trustee_sid: trustee.sid,
        mask: found.mask,
        object_type: found.object,
        inherited_object_type: inheriting === 'all' ? null : inheriting === 'users' ? schemaIds.user : schemaIds.group,
        success: draft.success ?? true,
        failure: false,
        inherited: false,
        inherit_only: true,
        inheritable: draft.inheritable ?? true,
      },
    ];
  });
}

function memberChange(world: World, index: number): Row<'ad_member_change'>[] {
  const place = within(world.place, 'ad', 'memberChanges', index);
  const draft = world.forest.memberChanges?.[index];
  if (draft === undefined) return [];
  const group = world.adThings.find(draft.of, within(place, 'of'));
  const member = world.adThings.find(draft.member, within(place, 'member'));
  if (!group || !member) return [];
  const at = world.instant(draft.at ?? '1d ago');
  return [
    {
      group_guid: group.guid,
      member_dn: `CN=${draft.member},CN=Users,${domainDn}`,
      member_guid: member.guid,
      created: at,
      deleted: draft.removed === true ? at : null,
      version: 1,
      changed: at,
      invocation_id: null,
      server: 'dc1.contoso.com',
      usn: null,
    },
  ];
}

function roleRow(id: string, name: string, role: string): Row<'cloud_role_assignment'> {
  const privileged = !/reader/i.test(role);
  const eligible = /^eligible /.test(role);
  return {
    id: `role-${name}`,
    principal_id: id,
    role_template_id: guidOf('role', role),
    role_name: role.replace(/^eligible /, ''),
    privileged,
    scope: '/',
    assignment: eligible ? 'eligible' : 'active',
  };
}

function eventRow(id: string, name: string, at: number): Row<'cloud_provisioning_event'> {
  const nothing = { target_id: null, error_code: null, error_reason: null };
  const event = { id: `provisioned-${name}`, job_id: 'groups-job', at, action: 'update', status: 'success' };
  return { ...event, source_id: id, source_kind: 'Group', ...nothing };
}
