import type { ObjectReference } from '../tenant.ts';
import { administrators, cleanAces, fullControl, guids } from './acl.ts';
import type { Ace, Engine } from './estate.ts';
import { groupName, plain } from './names.ts';
import { dnsOf } from './people.ts';
import { DAY, type Entry, type Group, iso, MINUTE, newEntry, type Person, places, type World } from './world.ts';

/** groupType of AD: distribution and security, both universal. */
export const UNIVERSAL_DISTRIBUTION = '8';
export const UNIVERSAL_SECURITY = '-2147483640';

type CloudKind = 'microsoft365' | 'security' | 'mail-enabled-security' | 'distribution';

/** What a cloud group is to be; the rest is ordinary. */
export type GroupPlan = {
  readonly kind: CloudKind;
  readonly dynamic?: boolean;
  readonly created?: number;
  readonly changes?: Partial<NonNullable<Group['cloud']>>;
};

/** The SID of a cloud group in the cloud: its id as four numbers. */
function cloudSid(id: string): string {
  const hex = id.replaceAll('-', '');
  const little = (from: number, parts: number[]): number =>
    Number.parseInt(parts.map(at => hex.slice(from + at * 2, from + at * 2 + 2)).join(''), 16);
  // The first three fields of a GUID are numbers of their own, the last eight bytes are not.
  const second = Number.parseInt(hex.slice(12, 16) + hex.slice(8, 12), 16);
  const words = [Number.parseInt(hex.slice(0, 8), 16), second, little(16, [3, 2, 1, 0]), little(24, [3, 2, 1, 0])];
  return `S-1-12-1-${words.join('-')}`;
}

/** Makes a cloud group without anything on premises, and adds it. */
export function addCloudGroup(world: World, engine: Group['engine'], plan: GroupPlan): Group {
  const { random } = world;
  const id = random.guid();
  const number = world.nextNumber();
  const name = groupName(random, number);
  const { kind } = plan;
  const mailEnabled = kind !== 'security';
  const alias = `${plain(name).slice(0, 30)}${number}`;
  const mail = mailEnabled ? `${alias}@${dnsOf(world.base)}` : null;
  // Old enough that no log tells who became a member then.
  const created = plan.created ?? world.now - random.between(35, 900) * DAY - random.below(DAY / 1000) * 1000;
  const dynamic = plan.dynamic ?? false;
  const group: Group = {
    id,
    engine,
    twins: [],
    native: undefined,
    free: engine !== 'none',
    cloud: {
      id,
      displayName: name,
      description: random.chance(0.3) ? `All of ${name}` : null,
      groupTypes: [...(kind === 'microsoft365' ? ['Unified'] : []), ...(dynamic ? ['DynamicMembership'] : [])],
      securityEnabled: kind === 'security' || kind === 'mail-enabled-security',
      mailEnabled,
      mailNickname: alias,
      mail,
      proxyAddresses: mail === null ? [] : [`SMTP:${mail}`, `smtp:${alias}@${routingDomain(world)}`],
      visibility: kind === 'microsoft365' ? 'Private' : null,
      membershipRule: dynamic ? 'user.department -eq "Sales"' : null,
      membershipRuleProcessingState: dynamic ? 'On' : null,
      isAssignableToRole: null,
      createdDateTime: iso(created),
      securityIdentifier: cloudSid(id),
      onPremisesSyncEnabled: null,
      onPremisesSecurityIdentifier: null,
      onPremisesSamAccountName: null,
      onPremisesDomainName: null,
      onPremisesNetBiosName: null,
      onPremisesLastSyncDateTime: null,
      onPremisesProvisioningErrors: [],
      writebackConfiguration: configurationFor(world, engine, kind),
      expirationDateTime: kind === 'microsoft365' ? iso(world.now + 180 * DAY) : null,
      isCloudManaged: false,
      members: [],
      ...plan.changes,
    },
  };
  world.groups.push(group);
  return group;
}

/** The domain of the tenant that is routed to the cloud. */
function routingDomain(world: World): string {
  return `${dnsOf(world.base).split('.')[0]}.onmicrosoft.com`;
}

function configurationFor({ random }: World, engine: Group['engine'], kind: CloudKind) {
  if (engine === 'connect-v1') return { isEnabled: random.pick([true, null]), onPremisesGroupType: null };
  // A security group without a word is read as yes by some and as no by others.
  if (engine !== 'connect-v2')
    return kind !== 'security' && random.chance(0.5) ? null : { isEnabled: false, onPremisesGroupType: null };
  const types =
    kind === 'security'
      ? (['universalSecurityGroup', null] as const)
      : (['universalDistributionGroup', 'universalSecurityGroup', 'universalMailEnabledSecurityGroup', null] as const);
  return { isEnabled: true, onPremisesGroupType: random.pick(types) };
}

/** The container that an engine writes to. */
export function containerOf(world: World, engine: Engine): string {
  const where = places(world.base);
  return { 'connect-v1': where.v1, 'connect-v2': where.v2, 'cloud-sync': where.sync }[engine];
}

/** The name that writeback gives: with the display name, or with the id alone. */
export function writtenName(id: string, displayName: string, form: 'guid' | 'display'): string {
  return form === 'guid' ? `Group_${id}` : `${displayName.trim().slice(0, 51)}_${id.slice(-12)}`;
}

/** Makes the AD object that `engine` would make of a cloud group, without adding it. */
export function newTwin(world: World, group: Group, engine: Engine, form?: 'guid' | 'display'): Entry {
  const { random } = world;
  const cloud = group.cloud;
  if (cloud === undefined) throw new Error('a group without a cloud half has no twin to make');
  const name = cloud.displayName ?? '';
  const chosen = form ?? (engine === 'cloud-sync' || random.chance(0.4) ? 'display' : 'guid');
  const cn = writtenName(group.id, name, chosen);
  const marker = `Group_${group.id}`;
  const type = cloud.writebackConfiguration?.onPremisesGroupType;
  const distribution =
    engine === 'connect-v1' ||
    (engine === 'connect-v2' &&
      (type === 'universalDistributionGroup' || (type === null && cloud.groupTypes.includes('Unified'))));
  const attributes: Record<string, readonly string[]> = {
    sAMAccountName: [
      `$${random.guid().slice(0, 6).toUpperCase()}-${world.nextNumber().toString(36).toUpperCase().padStart(12, '0')}`,
    ],
    groupType: [distribution ? UNIVERSAL_DISTRIBUTION : UNIVERSAL_SECURITY],
    displayName: [name],
    adminDescription: [marker],
    ...(engine === 'cloud-sync' ? { 'msDS-ExternalDirectoryObjectId': [marker] } : mailAttributes(world, group)),
    ...(cloud.description === null ? {} : { description: [cloud.description.trim()] }),
  };
  const created = iso(Date.parse(cloud.createdDateTime ?? '') + 5 * MINUTE);
  const acl = { protected: false, aces: groupAces(world) };
  return newEntry(world, 'group', cn, containerOf(world, engine), attributes, { created, acl });
}

function mailAttributes(world: World, { cloud }: Group): Record<string, readonly string[]> {
  if (cloud?.mail === undefined || cloud.mail === null || !cloud.groupTypes.includes('Unified')) return {};
  return {
    mail: [cloud.mail],
    proxyAddresses: [`SMTP:${cloud.mail}`, `X500:/o=lab/cn=${cloud.id}`],
    mailNickname: [cloud.mailNickname ?? ''],
    msExchRequireAuthToSendTo: ['TRUE'],
    showInAddressBook: [places(world.base).addressBook],
  };
}

/** An access list that nobody objects to: explicit, because the schema's default lets Account Operators in. */
function groupAces(world: World): Ace[] {
  const { service } = world.identities;
  const aces = cleanAces(world.domainSid, 'self');
  if (!world.random.chance(0.2)) return aces;
  // Rights on other attributes, or on other classes below, do not reach the members.
  return [
    ...aces,
    { allow: true, trustee: service.sid ?? '', rights: ['WP'], objectType: guids.description, reach: 'self' },
    { allow: true, trustee: service.sid ?? '', rights: ['RP', 'LC'], reach: 'tree' },
    {
      allow: true,
      trustee: administrators(world.domainSid)[0] ?? '',
      rights: fullControl,
      inheritedObjectType: guids.user,
      reach: 'below',
    },
  ];
}

/** Makes a cloud group and the AD object of its engine, and adds both. */
export function addPair(world: World, engine: Engine, plan: GroupPlan): Group {
  const group = addCloudGroup(world, engine, plan);
  group.twins.push(newTwin(world, group, engine));
  return group;
}

/** A reference to a user in the cloud. */
export function userReference(id: string): ObjectReference {
  return { id, '@odata.type': '#microsoft.graph.user' };
}

/** As many of them as there can be without most being people of the cloud alone, of whom AD sees nothing. */
export function balanced(people: readonly Person[]): Person[] {
  const accounts = people.filter(({ account }) => account !== undefined);
  const others = people.filter(({ account }) => account === undefined);
  return [...accounts, ...others.slice(0, Math.floor(accounts.length / 2))];
}

/** Makes people members in the cloud, and in AD as far as they have an account there. */
export function addMembers(group: Group, people: readonly Person[]): void {
  for (const { cloud, account } of people) {
    if (cloud === undefined) continue;
    group.cloud?.members.push(userReference(cloud.id));
    if (account !== undefined) for (const twin of group.twins) twin.members.add(account.guid);
  }
}
