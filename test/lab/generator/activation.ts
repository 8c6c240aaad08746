import { DAY, type Group, iso, sure, type World } from './world.ts';

/** Lets somebody activate a membership of a group, for a time. */
export function eligible(world: Pick<World, 'setup' | 'now'>, { id, cloud }: Group, maximumDuration: string): void {
  const principalId = sure(cloud?.members[0], 'a member').id;
  const startDateTime = iso(world.now - 40 * DAY);
  world.setup.groupEligibilities.push({
    ...{ id: `eligibility-${id}`, groupId: id, principalId, accessId: 'member', memberType: 'Direct' },
    ...{ startDateTime, endDateTime: null },
  });
  world.setup.groupPolicies.push({ groupId: id, accessId: 'member', maximumDuration });
}

/** Adds a group to those in which activations are meant. */
export function declareActivation({ params }: Pick<World, 'params'>, { id }: Group): void {
  const key = 'scope.allowedPimGroups';
  params[key] = [...(params[key] ?? '').split(',').filter(known => known !== ''), id].join(',');
}
