import { dnsOf } from './people.ts';
import { dnOf, newEntry, places, type Surroundings, type World } from './world.ts';

const INTERNAL_RELAY_AND_DEFAULT = '6';

/** Makes an Exchange server, the accepted domain and the address lists; nothing here is wrong. The objects that they lie in come with the schema. */
export function makeSurroundings(world: Omit<World, 'surroundings'>): Surroundings {
  const where = places(world.base);
  const [, above = '', ...rest] = where.addressBook.split(',');
  const lists = newEntry(world, 'addressBookContainer', above.slice(3), rest.join(','), {
    displayName: [above.slice(3)],
  });
  const addressList = newEntry(world, 'addressBookContainer', 'Default Global Address List', dnOf(lists), {
    displayName: ['Default Global Address List'],
  });
  if (dnOf(addressList) !== where.addressBook) throw new Error('the address list has an odd name');
  const server = newEntry(world, 'msExchExchangeServer', 'MAIL1', where.servers, {
    serialNumber: ['Version 15.2 (Build 32562.17)'],
    msExchCurrentServerRoles: ['16439'],
  });
  const domain = dnsOf(world.base);
  const accepted = newEntry(world, 'msExchAcceptedDomain', domain, where.accepted, {
    msExchAcceptedDomainName: [domain],
    msExchAcceptedDomainFlags: [INTERNAL_RELAY_AND_DEFAULT],
  });
  world.entries.push(lists, addressList, server, accepted);
  return { server, accepted, addressList };
}
