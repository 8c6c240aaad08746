import { dnsOf } from './people.ts';
import { DAY, type Entry, type Group, iso, sure, type World } from './world.ts';

/** Says that a group was converted to the cloud, and came from an AD group. */
export function convert(world: World, group: Group, original: Entry, declared = true): void {
  Object.assign(sure(group.cloud, 'a cloud group'), {
    isCloudManaged: true,
    onPremisesSecurityIdentifier: original.sid,
    onPremisesSamAccountName: original.attributes.sAMAccountName?.[0] ?? null,
    onPremisesDomainName: dnsOf(world.base),
  });
  if (declared) declare(world, group);
}

/** Adds a group to those that are meant to be managed in the cloud. */
export function declare(world: World, { id }: Group): void {
  const key = 'source-of-authority.convertedGroups';
  world.params[key] = [...(world.params[key] ?? '').split(',').filter(known => known !== ''), id].join(',');
}

/** Sees to it that nothing in an ordinary tenant is stale: owners renew what is empty. */
export function renewEmptyGroups(world: World): void {
  for (const { cloud, twins } of world.groups)
    if (cloud?.members.length === 0 && twins.every(({ members }) => members.size === 0))
      cloud.renewedDateTime = iso(world.now - 20 * DAY);
}
