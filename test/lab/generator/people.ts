import type { CloudUser } from '../tenant.ts';
import { personName, plain } from './names.ts';
import { DAY, dnOf, type Entry, iso, newEntry, type Person, places, type World } from './world.ts';

/** The DNS name of a domain: `lab.test` for `DC=lab,DC=test`. */
export function dnsOf(base: string): string {
  return base.replaceAll(/DC=/gi, '').replaceAll(',', '.').toLowerCase();
}

/** Base64 of a GUID's bytes as AD has them: the first three groups with their lowest byte first. */
export function immutableId(guid: string): string {
  const [a = '', b = '', c = '', ...rest] = guid.split('-');
  const swapped = [a, b, c].map(part => (part.match(/../g) ?? []).reverse().join(''));
  return Buffer.from([...swapped, ...rest].join(''), 'hex').toString('base64');
}

type Kind = 'synced' | 'cloud-only' | 'guest' | 'provisioned' | 'ad-only';

/** Adds people: most of them synced from AD, some in the cloud alone, guests, users that Cloud Sync made in AD, and accounts that the cloud does not know. */
export function addPeople(world: World, count: number): void {
  for (let made = 0; made < count; made += 1) world.people.push(newPerson(world, kindOf(world)));
}

function kindOf({ random }: World): Kind {
  const draw = random.next();
  if (draw < 0.7) return 'synced';
  if (draw < 0.8) return 'cloud-only';
  if (draw < 0.87) return 'guest';
  return draw < 0.93 ? 'provisioned' : 'ad-only';
}

/** Makes one person of a kind, without adding it. */
export function newPerson(world: World, kind: Kind): Person {
  const { given, family } = personName(world.random);
  const number = world.nextNumber();
  const name = `${given} ${family}`;
  const login = `${plain(given)}.${plain(family)}`.slice(0, 12) + number;
  if (kind === 'cloud-only' || kind === 'guest')
    return { cloud: cloudUser(world, name, login, kind), account: undefined };
  const account = newAccount(world, `${name} ${number}`, name, login);
  if (kind === 'ad-only') return { cloud: undefined, account };
  const cloud = cloudUser(world, name, login, kind);
  if (kind === 'provisioned') {
    account.attributes['msDS-ExternalDirectoryObjectId'] = [`User_${cloud.id}`];
    account.attributes.adminDescription = [`User_${cloud.id}`];
    return { cloud: { ...cloud, accountEnabled: isEnabled(account) }, account };
  }
  return { cloud: { ...cloud, ...syncedFrom(world, account, login), accountEnabled: isEnabled(account) }, account };
}

function isEnabled({ attributes }: Entry): boolean {
  return attributes.userAccountControl?.[0] === '512';
}

/** People who may be members of what is written back: guests only make a group mean other people on either side. */
export function insiders(world: World): Person[] {
  return world.people.filter(({ cloud }) => cloud !== undefined && cloud.userType !== 'Guest');
}

/** Makes an account in AD. */
export function newAccount(world: World, cn: string, name: string, login: string): Entry {
  const { random } = world;
  return newEntry(
    world,
    'user',
    cn,
    places(world.base).people,
    {
      sAMAccountName: [login],
      displayName: [name],
      userPrincipalName: [`${login}@${dnsOf(world.base)}`],
      mail: [`${login}@${dnsOf(world.base)}`],
      userAccountControl: [random.chance(0.05) ? '514' : '512'],
    },
    { consistencyGuid: random.chance(0.3) ? random.guid() : null },
  );
}

function cloudUser(world: World, name: string, login: string, kind: Kind): CloudUser {
  const dns = dnsOf(world.base);
  const guest = kind === 'guest';
  return {
    id: world.random.guid(),
    displayName: name,
    userPrincipalName: guest ? `${login}_fabrikam.com#EXT#@${dns}` : `${login}@${dns}`,
    mail: guest ? `${login}@fabrikam.com` : `${login}@${dns}`,
    accountEnabled: !world.random.chance(0.05),
    userType: guest ? 'Guest' : 'Member',
    onPremisesSyncEnabled: null,
    onPremisesImmutableId: null,
    onPremisesSecurityIdentifier: null,
    onPremisesDistinguishedName: null,
    onPremisesSamAccountName: null,
    onPremisesDomainName: null,
    onPremisesUserPrincipalName: null,
    onPremisesLastSyncDateTime: null,
  };
}

function syncedFrom(world: World, account: Entry, login: string): Partial<CloudUser> {
  const dns = dnsOf(world.base);
  // A few carry an immutable id of another time: their SID still says who they are.
  const anchor = world.random.chance(0.02) ? world.random.guid() : (account.consistencyGuid ?? account.guid);
  return {
    onPremisesSyncEnabled: true,
    onPremisesImmutableId: immutableId(anchor),
    onPremisesSecurityIdentifier: account.sid,
    onPremisesDistinguishedName: dnOf(account),
    onPremisesSamAccountName: login,
    onPremisesDomainName: dns,
    onPremisesUserPrincipalName: `${login}@${dns}`,
    onPremisesLastSyncDateTime: iso(world.now - DAY),
  };
}
