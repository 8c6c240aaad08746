import { addMembers } from '../groups.ts';
import { dnsOf, newPerson } from '../people.ts';
import { DAY, type Group, HOUR, iso, label, places, sure, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, twinOf } from './pool.ts';

/** Breaks what policies/mail.yaml says of addresses, the address book, hiding and senders. */
export function breakMail(world: World, pool: Pool): void {
  breakAddresses(world, pool);
  breakAddressBook(world, pool);
  const guarded = pool.take('connect-v1', isTeam);
  delete twinOf(guarded).attributes.msExchRequireAuthToSendTo;
  label(world, 'sender-restriction-agrees', pairIds(guarded), 'takes mail from everybody in AD');
  reportErrors(world, pool);
}

function breakAddresses(world: World, pool: Pool): void {
  const dns = dnsOf(world.base);
  const found = (group: Group, invariant: string, why: string): void => label(world, invariant, pairIds(group), why);
  const moved = pool.take('connect-v1', isTeam);
  const other = `moved-${cloudOf(moved).mail}`;
  Object.assign(twinOf(moved).attributes, { mail: [other], proxyAddresses: [`SMTP:${other}`] });
  found(moved, 'mail-equals-cloud', 'another address in AD');
  const double = pool.take('connect-v2', group => isTeam(group) && twinOf(group).attributes.mail !== undefined);
  const proxies = sure(twinOf(double).attributes.proxyAddresses, 'addresses');
  twinOf(double).attributes.proxyAddresses = [...proxies, `SMTP:second-${cloudOf(double).mail}`];
  found(double, 'primary-proxy-matches-mail', 'two primary addresses');
  const older = pool.take('connect-v1', isTeam);
  cloudOf(older).proxyAddresses = [...cloudOf(older).proxyAddresses, `smtp:older-${cloudOf(older).mail}`];
  found(older, 'secondary-proxy-expected-missing', 'an address that is in use on premises');
  const nicked = pool.take('connect-v1', isTeam);
  twinOf(nicked).attributes.mailNickname = [`${cloudOf(nicked).mailNickname} two`];
  found(nicked, 'mailnickname-valid', 'an alias with a blank');
  const foreign = pool.take('connect-v1', isTeam);
  const abroad = `${cloudOf(foreign).mailNickname}@unknown.test`;
  cloudOf(foreign).mail = abroad;
  cloudOf(foreign).proxyAddresses = [`SMTP:${abroad}`, ...cloudOf(foreign).proxyAddresses.slice(1)];
  Object.assign(twinOf(foreign).attributes, { mail: [abroad], proxyAddresses: [`SMTP:${abroad}`] });
  found(foreign, 'accepted-domain-known', 'a domain that Exchange does not know');
  const stranded = pool.take('connect-v1', isTeam);
  cloudOf(stranded).proxyAddresses = cloudOf(stranded).proxyAddresses.filter(address => address.endsWith(`@${dns}`));
  found(stranded, 'onmicrosoft-route-present', 'no address that is routed to the cloud');
}

function breakAddressBook(world: World, pool: Pool): void {
  const lost = pool.take('connect-v1', isTeam);
  const [, ...above] = places(world.base).addressBook.split(',');
  // The place that the lists lie in, which is no list that anybody opens.
  const gone = above.slice(1).join(',');
  twinOf(lost).attributes.showInAddressBook = [gone];
  label(world, 'gal-lists-exist', pairIds(lost), 'names a list that is none');
  const shown = pool.take('connect-v1', isTeam);
  cloudOf(shown).hideFromAddressLists = true;
  label(world, 'hidden-flag-agrees', pairIds(shown), 'hidden in the cloud alone');
  const secret = pool.take('connect-v1', isTeam);
  cloudOf(secret).visibility = 'HiddenMembership';
  label(world, 'hidden-membership-not-exposed', pairIds(secret), 'hidden in the cloud, open in AD');
  const open = pool.take('connect-v1', isTeam);
  cloudOf(open).visibility = 'Public';
  label(world, 'public-m365-group-written-back', pairIds(open), 'anybody can join');
}

/** A conflict of a group, one of a member, an old one that is resolved, and a service that refuses a group. */
function reportErrors(world: World, pool: Pool): void {
  const conflict = (value: string, at: number) => ({
    category: 'PropertyConflict',
    occurredDateTime: iso(at),
    propertyCausingError: 'ProxyAddresses',
    value,
  });
  const group = pool.take('connect-v1', isTeam);
  cloudOf(group).onPremisesProvisioningErrors = [conflict(`SMTP:${cloudOf(group).mail}`, world.now - 2 * DAY)];
  label(world, 'proxy-conflict-cloud-errors', { cloudGroup: group.id }, 'two days in conflict');
  const held = pool.take('cloud-sync');
  const { cloud, account } = newPerson(world, 'synced');
  const user = sure(cloud, 'a cloud user');
  const person = {
    account,
    cloud: { ...user, onPremisesProvisioningErrors: [conflict(`smtp:${user.mail}`, world.now - 3 * HOUR)] },
  };
  world.people.push(person);
  addMembers(held, [person]);
  label(world, 'proxy-conflict-cloud-errors', { cloudPrincipal: user.id }, 'a member in conflict');
  const refused = pool.take('connect-v1', isTeam);
  cloudOf(refused).serviceProvisioningErrors = [
    {
      '@odata.type': '#microsoft.graph.serviceProvisioningXmlError',
      createdDateTime: iso(world.now - DAY),
      isResolved: false,
      serviceInstance: 'exchange/namprd03-012-01',
      errorDetail:
        '<ServiceInstance><ErrorDescription>The proxy address is already being used.</ErrorDescription></ServiceInstance>',
    },
  ];
  label(world, 'service-provisioning-errors-none', pairIds(refused), 'refused by Exchange Online');
}
