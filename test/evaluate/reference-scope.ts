import { declaredDynamic } from './judging.ts';
import type { View } from './reference-membership.ts';
import type { World } from './world.ts';

type Verdict = 'pass' | 'fail' | 'unknown';
type Book = Map<string, Verdict>;
type SeenPair = View['pairs'][number];

const verdict = (good: boolean): Verdict => (good ? 'pass' : 'fail');

/** The verdicts on types, guards, switches and special groups. */
export function judgeScope(world: World, { pairs }: View): [string, Book][] {
  const written = pairs.filter(pair => pair.anchored);
  const book = (entries: readonly (readonly [SeenPair, boolean])[]): Book =>
    new Map(entries.map(([{ key }, good]) => [key, verdict(good)]));
  return [
    ['cloud-type-to-ad-type-map', book(written.flatMap(pair => judgeType(world, pair)))],
    [
      'loop-guard-present',
      book(
        written
          .filter(pair => pair.match !== 'sid')
          .map(pair => [pair, /^group_/i.test(pair.object?.admin_description ?? '')]),
      ),
    ],
    [
      'role-assignable-not-written-back',
      book(
        written.flatMap(pair =>
          pair.group === undefined ? [] : [[pair, pair.group.assignable_to_role !== true] as const],
        ),
      ),
    ],
    ['dynamic-group-declared', book(pairs.flatMap(judgeRule))],
    [
      'guest-members-flagged',
      book(pairs.filter(pair => pair.inScope).map(pair => [pair, !hasGuest(world, pair.group?.id ?? '')])),
    ],
    ...judgeTenant(world, written),
  ];
}

const configurationOf = (world: World, { group }: SeenPair) =>
  world.cloud_writeback.find(row => row.group_id === group?.id);

function judgeType(world: World, pair: SeenPair): (readonly [SeenPair, boolean])[] {
  const { object, group, flavour, kind } = pair;
  if (object === undefined || group === undefined || flavour !== 'connect-v2') return [];
  const told = configurationOf(world, pair)?.on_premises_group_type ?? '';
  const mailed = told === 'universalMailEnabledSecurityGroup';
  if (!mailed && !(kind === 'security' && told === 'universalDistributionGroup')) return [];
  return [[pair, kind === 'm365' && object.group_type === -2147483640 && object.mail !== null]];
}

const OWN_ATTRIBUTES = [
  ...['city', 'country', 'department', 'jobtitle', 'mobilephone', 'othermails', 'physicaldeliveryofficename'],
  ...['postalcode', 'preferredlanguage', 'state', 'streetaddress', 'telephonenumber'],
];

function judgeRule(pair: SeenPair): (readonly [SeenPair, boolean])[] {
  const { group, flavour } = pair;
  if (group === undefined || (flavour !== 'connect-v2' && flavour !== 'cloud-sync')) return [];
  if (!group.group_types.includes('DynamicMembership')) return [];
  const rule = group.membership_rule?.toLowerCase() ?? '';
  const open = OWN_ATTRIBUTES.some(name => rule.includes(`user.${name}`));
  return [[pair, declaredDynamic.includes(group.id) && group.membership_rule_state === 'On' && !open]];
}

function hasGuest(world: World, group: string): boolean {
  const guests = new Set(world.cloud_user.filter(user => user.user_type === 'Guest').map(user => user.id));
  return world.cloud_member.some(row => row.group_id === group && guests.has(row.member_id));
}

function judgeTenant(world: World, written: readonly SeenPair[]): [string, Book][] {
  const declared = new Set(world.scope_flavour.map(row => row.flavour));
  const isOn = (name: string) => world.cloud_sync_feature.some(row => row.name === name && row.enabled === true);
  const [v1, v2] = [isOn('unifiedGroupWritebackEnabled'), isOn('groupWriteBackEnabled')];
  const tenant = (holds: boolean, good: boolean): Book => new Map(holds ? [['tenant', verdict(good)]] : []);
  const left = written.some(
    ({ flavour, match }) => (flavour === 'connect-v1' || flavour === 'connect-v2') && match === 'admin',
  );
  const setting = world.cloud_setting.find(row => row.name === 'NewUnifiedGroupWritebackDefault');
  const switchless = world.cloud_group.some(
    ({ id, group_types: types, security_enabled: security, mail_enabled: mail, on_premises_sync_enabled: synced }) =>
      security === true &&
      mail !== true &&
      !types.includes('Unified') &&
      synced !== true &&
      (world.cloud_writeback.find(row => row.group_id === id)?.enabled ?? null) === null,
  );
  const marked = written.filter(({ flavour, kind }) => v1 && !v2 && flavour === 'connect-v1' && kind === 'm365');
  return [
    ['v1-flag-matches-policy', tenant(true, v1 === declared.has('connect-v1'))],
    ['feature-off-but-objects-remain', tenant(!v1 && !v2, !left)],
    [
      'new-group-default-declared',
      tenant(
        declared.has('connect-v1') || declared.has('connect-v2'),
        (setting?.value ?? 'true').toLowerCase() === 'false',
      ),
    ],
    ['writeback-config-explicit', tenant(v2, !switchless)],
    [
      'writeback-flag-not-relied-on-in-v1',
      new Map(marked.map(pair => [pair.key, verdict(configurationOf(world, pair)?.enabled !== false)])),
    ],
  ];
}
