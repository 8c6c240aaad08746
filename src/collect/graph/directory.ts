import type { Row } from '../../snapshot/index.ts';
import { type Fields, immutableGuid } from './item.ts';
import { type Desk, readTable } from './reading.ts';

const TOP = '$top=999';

/** What is asked of a group. */
export const groupProperties = [
  'id',
  'displayName',
  'description',
  'groupTypes',
  'securityEnabled',
  'mailEnabled',
  'mail',
  'mailNickname',
  'proxyAddresses',
  'visibility',
  'membershipRule',
  'membershipRuleProcessingState',
  'isAssignableToRole',
  'createdDateTime',
  'securityIdentifier',
  'onPremisesSyncEnabled',
  'onPremisesSecurityIdentifier',
  'onPremisesSamAccountName',
  'onPremisesDomainName',
  'onPremisesLastSyncDateTime',
  'expirationDateTime',
  'renewedDateTime',
  'onPremisesExtensionAttributes',
].join(',');

/** What the readings of single groups need to know of a group. */
export type KnownGroup = {
  readonly id: string;
  readonly unified: boolean;
  readonly synced: boolean;
  readonly hiddenMembership: boolean;
  readonly mailEnabled: boolean;
  readonly dynamic: boolean;
};

/** A row of cloud_group from the properties `groupProperties`. */
export function groupRow(fields: Fields, id: string): Row<'cloud_group'> {
  return {
    id,
    display_name: fields.text('displayName'),
    description: fields.text('description'),
    group_types: fields.texts('groupTypes'),
    security_enabled: fields.bool('securityEnabled'),
    mail_enabled: fields.bool('mailEnabled'),
    mail: fields.text('mail'),
    mail_nickname: fields.text('mailNickname'),
    proxy_addresses: fields.texts('proxyAddresses'),
    visibility: fields.text('visibility'),
    membership_rule: fields.text('membershipRule'),
    membership_rule_state: fields.text('membershipRuleProcessingState'),
    assignable_to_role: fields.bool('isAssignableToRole'),
    created: fields.instant('createdDateTime'),
    security_identifier: fields.text('securityIdentifier'),
    on_premises_sync_enabled: fields.bool('onPremisesSyncEnabled'),
    on_premises_sid: fields.text('onPremisesSecurityIdentifier'),
    on_premises_sam_account_name: fields.text('onPremisesSamAccountName'),
    on_premises_domain_name: fields.text('onPremisesDomainName'),
    on_premises_last_sync: fields.instant('onPremisesLastSyncDateTime'),
    expiration: fields.instant('expirationDateTime'),
    renewed: fields.instant('renewedDateTime'),
    extension_attributes: extensionAttributes(fields.inside('onPremisesExtensionAttributes')),
  };
}

/** Names of the extension attributes that are set: what they hold is nobody's business. */
function extensionAttributes(fields: Fields): readonly string[] {
  const names = Array.from({ length: 15 }, (_, index) => `extensionAttribute${index + 1}`);
  return names.filter(name => (fields.text(name) ?? '') !== '').sort();
}

/** What the readings of single groups need to know of a row. */
export function knownGroup(row: Row<'cloud_group'>): KnownGroup {
  return {
    id: row.id,
    unified: row.group_types.includes('Unified'),
    synced: row.on_premises_sync_enabled === true,
    hiddenMembership: row.visibility?.toLowerCase() === 'hiddenmembership',
    mailEnabled: row.mail_enabled === true,
    dynamic: row.group_types.includes('DynamicMembership'),
  };
}

/** Reads `cloud.groups`; hands each group on as it comes. */
export function readGroups(desk: Desk, onGroup: (group: KnownGroup) => void): Promise<boolean> {
  return readTable(desk, {
    facet: 'cloud.groups',
    table: 'cloud_group',
    list: { url: `${desk.v1}/groups?${TOP}&$select=${groupProperties}`, countUrl: `${desk.v1}/groups/$count` },
    rows: (fields, id) => {
      const row = groupRow(fields, id);
      onGroup(knownGroup(row));
      return [row];
    },
  });
}

/** What is asked of a user. */
export const userProperties =
  'id,displayName,userPrincipalName,mail,accountEnabled,userType,onPremisesSyncEnabled,onPremisesImmutableId,' +
  'onPremisesSecurityIdentifier,onPremisesSamAccountName,onPremisesDomainName,onPremisesDistinguishedName,' +
  'onPremisesLastSyncDateTime';

/** A row of cloud_user from the properties `userProperties`. */
export function userRow(fields: Fields, id: string): Row<'cloud_user'> {
  const immutableId = fields.text('onPremisesImmutableId');
  return {
    id,
    display_name: fields.text('displayName'),
    upn: fields.text('userPrincipalName'),
    mail: fields.text('mail'),
    enabled: fields.bool('accountEnabled'),
    user_type: fields.text('userType'),
    on_premises_sync_enabled: fields.bool('onPremisesSyncEnabled'),
    immutable_id: immutableId,
    immutable_guid: immutableGuid(immutableId),
    on_premises_sid: fields.text('onPremisesSecurityIdentifier'),
    on_premises_sam_account_name: fields.text('onPremisesSamAccountName'),
    on_premises_domain_name: fields.text('onPremisesDomainName'),
    on_premises_dn: fields.text('onPremisesDistinguishedName'),
    on_premises_last_sync: fields.instant('onPremisesLastSyncDateTime'),
  };
}

/** Reads `cloud.users`. */
export function readUsers(desk: Desk): Promise<boolean> {
  return readTable(desk, {
    facet: 'cloud.users',
    table: 'cloud_user',
    list: {
      url: `${desk.v1}/users?${TOP}&$select=${userProperties}`,
      countUrl: `${desk.v1}/users/$count`,
      onCount: desk.governor.classify,
    },
    rows: (fields, id) => [userRow(fields, id)],
  });
}

/** A row of cloud_writeback from a group's writebackConfiguration. */
export function writebackRow(fields: Fields, id: string): Row<'cloud_writeback'> {
  const configuration = fields.inside('writebackConfiguration');
  return {
    group_id: id,
    enabled: configuration.bool('isEnabled'),
    on_premises_group_type: configuration.text('onPremisesGroupType'),
  };
}

/** Reads `cloud.writebackConfiguration`, the one fact that only beta has. */
export function readWriteback(desk: Desk): Promise<boolean> {
  return readTable(desk, {
    facet: 'cloud.writebackConfiguration',
    table: 'cloud_writeback',
    list: {
      url: `${desk.beta}/groups?${TOP}&$select=id,writebackConfiguration`,
      countUrl: `${desk.beta}/groups/$count`,
    },
    rows: (fields, id) => [writebackRow(fields, id)],
  });
}

/** Reads `cloud.sourceOfAuthority` through the list filter: the object's own property needs a right to write. */
export function readCloudManaged(desk: Desk, onGroup: (id: string) => void): Promise<boolean> {
  const filter = encodeURIComponent('onPremisesSyncBehavior/isCloudManaged eq true');
  return readTable(desk, {
    facet: 'cloud.sourceOfAuthority',
    table: 'cloud_managed_group',
    list: {
      url: `${desk.v1}/groups?$filter=${filter}&$count=true&$select=id&${TOP}`,
      headers: { consistencylevel: 'eventual' },
    },
    rows: (_fields, id) => {
      onGroup(id);
      return [{ group_id: id }];
    },
  });
}

/** A row of cloud_deleted_group. */
export function deletedRow(fields: Fields, id: string): Row<'cloud_deleted_group'> {
  return {
    id,
    display_name: fields.text('displayName'),
    deleted: fields.instant('deletedDateTime'),
    group_types: fields.texts('groupTypes'),
    security_enabled: fields.bool('securityEnabled'),
    mail_enabled: fields.bool('mailEnabled'),
  };
}

/** Reads `cloud.deletedGroups`. */
export function readDeletedGroups(desk: Desk): Promise<boolean> {
  const deleted = `${desk.v1}/directory/deletedItems/microsoft.graph.group`;
  const properties = 'id,displayName,deletedDateTime,groupTypes,securityEnabled,mailEnabled';
  return readTable(desk, {
    facet: 'cloud.deletedGroups',
    table: 'cloud_deleted_group',
    list: { url: `${deleted}?$select=${properties}`, countUrl: `${deleted}/$count` },
    rows: (fields, id) => [deletedRow(fields, id)],
  });
}

/** Reads `cloud.groupSettings`. A second setting of the same name is told apart by its id. */
export function readGroupSettings(desk: Desk): Promise<boolean> {
  const taken = new Set<string>();
  return readTable(desk, {
    facet: 'cloud.groupSettings',
    table: 'cloud_setting',
    list: { url: `${desk.v1}/groupSettings` },
    rows: (fields, id) => {
      const name = fields.text('displayName') ?? id;
      const template = taken.has(name) ? `${name} (${id})` : name;
      taken.add(name);
      const values = new Map(fields.each('values').map(value => [value.text('name') ?? '', value.text('value')]));
      return [...values].map(([key, value]) => ({ template, name: key, value }));
    },
  });
}
