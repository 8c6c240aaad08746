import { fieldsOf } from './build.ts';
import { cloudFact, cloudTruth, complete, writeback } from './group-known.ts';
import type { PopulationField } from './population.ts';

/** Facts about the cloud group of a pair. */
export const cloudFields: readonly PopulationField[] = [
  cloudFact('gc.display_name')('group.cloud.displayName', 'string', 'gc.display_name', 'display name', {
    nullable: true,
    from: 'displayName',
    names: 'cloud',
  }),
  cloudFact('gc.description')('group.cloud.description', 'string', 'gc.description', 'description', {
    nullable: true,
    from: 'description',
    names: 'cloud',
  }),
  cloudFact('gc.mail')('group.cloud.mail', 'string', 'gc.mail', 'mail address', {
    nullable: true,
    from: 'mail',
    names: 'cloud',
  }),
  cloudFact('gc.mail_nickname')('group.cloud.mailNickname', 'string', 'gc.mail_nickname', 'alias', {
    nullable: true,
    from: 'mailNickname',
    names: 'cloud',
  }),
  complete('group.cloud.proxyAddresses', 'string[]', 'coalesce(gc.proxy_addresses, [])', 'addresses', {
    from: 'proxyAddresses',
    names: 'cloud',
  }),
  cloudFact('gc.visibility')(
    'group.cloud.visibility',
    'string',
    'gc.visibility',
    'Public, Private or HiddenMembership',
    {
      nullable: true,
      from: 'visibility',
    },
  ),
  complete(
    'group.cloud.dynamic',
    'bool',
    "list_contains(gc.group_types, 'DynamicMembership')",
    'whether a rule decides the membership',
    { from: 'groupTypes' },
  ),
  cloudFact('gc.membership_rule')(
    'group.cloud.membershipRule',
    'string',
    'gc.membership_rule',
    'rule of a dynamic group',
    {
      nullable: true,
      from: 'membershipRule',
      names: 'cloud',
    },
  ),
  cloudFact('gc.membership_rule_state')(
    'group.cloud.membershipRuleState',
    'string',
    'gc.membership_rule_state',
    'On, or Paused while the rule is not followed',
    { nullable: true, from: 'membershipRuleProcessingState' },
  ),
  cloudTruth('coalesce(gc.assignable_to_role, false)')(
    'group.cloud.assignableToRole',
    'bool',
    'coalesce(gc.assignable_to_role, false)',
    'whether it can hold directory roles',
    { from: 'isAssignableToRole' },
  ),
  cloudFact('g.cloud_created')('group.cloud.created', 'timestamp', 'g.cloud_created', 'when it was created', {
    nullable: true,
    from: 'createdDateTime',
  }),
  cloudTruth('coalesce(g.synced, false)')('group.cloud.synced', 'bool', 'g.synced', 'whether AD owns it', {
    from: 'onPremisesSyncEnabled',
  }),
  cloudFact('g.on_premises_sid')(
    'group.cloud.onPremisesSid',
    'string',
    'g.on_premises_sid',
    'SID of the AD group it came from',
    {
      nullable: true,
      from: 'onPremisesSecurityIdentifier',
    },
  ),
  fieldsOf('cloud.sourceOfAuthority', '(g.cloud_known AND g.managed_known)')(
    'group.cloud.managed',
    'bool',
    'g.managed',
    'whether its source of authority was converted to the cloud',
    { from: 'isCloudManaged' },
  ),
  writeback(
    'group.cloud.writebackEnabled',
    'bool',
    'g.writeback_enabled',
    'writeback switch of v2; absent means the default',
    { nullable: true, from: 'writebackConfiguration.isEnabled' },
  ),
  writeback('group.cloud.onPremisesGroupType', 'string', 'g.writeback_type', 'type that v2 is told to write', {
    nullable: true,
    from: 'writebackConfiguration.onPremisesGroupType',
  }),
];
