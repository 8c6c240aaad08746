import { addresses } from './address.ts';
import { agents } from './agent.ts';
import { anchors } from './anchor.ts';
import { appGrants } from './app-grant.ts';
import { authorities } from './authority.ts';
import { children } from './child.ts';
import { containers } from './container.ts';
import { deletionGuards } from './deletion-guard.ts';
import { domains } from './domain.ts';
import { domainControllers } from './domain-controller.ts';
import { domainReadings } from './domain-reading.ts';
import { enforcements } from './enforcement.ts';
import { exchangeServers } from './exchange-server.ts';
import { readings } from './facet-reading.ts';
import { givenNames } from './given-name.ts';
import { grants } from './grant.ts';
import { groups } from './group.ts';
import { hierarchies } from './hierarchy.ts';
import { identities } from './identity.ts';
import { jobs } from './job.ts';
import { mappings } from './mapping.ts';
import { markers } from './marker.ts';
import { memberChanges } from './member-change.ts';
import { memberTurnovers } from './member-turnover.ts';
import { memberships } from './membership.ts';
import { nestings } from './nesting.ts';
import { outsiders } from './outsider.ts';
import { ownerships } from './ownership.ts';
import type { Model, Population } from './population.ts';
import { provisionings } from './provisioning.ts';
import { provisioningErrors } from './provisioning-error.ts';
import { removals } from './removal.ts';
import { snapshots } from './snapshot-fact.ts';
import { targets } from './target.ts';
import { tenant } from './tenant.ts';
import { tombstones } from './tombstone.ts';
import { users } from './user.ts';

export { attachNames, clearOf } from './build.ts';
export * from './field.ts';
export * from './population.ts';
export * from './relation.ts';

/** Every population that a policy can speak about. Add one here: checks, judging, docs and editors read this table. */
export const populations = {
  groups,
  anchors,
  authorities,
  markers,
  tombstones,
  memberships,
  memberChanges,
  memberTurnovers,
  outsiders,
  nestings,
  hierarchies,
  removals,
  provisioningErrors,
  users,
  addresses,
  containers,
  targets,
  children,
  givenNames,
  grants,
  ownerships,
  identities,
  appGrants,
  enforcements,
  jobs,
  domainControllers,
  mappings,
  provisionings,
  deletionGuards,
  agents,
  domains,
  exchangeServers,
  tenant,
  readings,
  domainReadings,
  snapshots,
} as const satisfies Record<string, Population>;

/** The populations by name, as the policy room takes them. */
export const model: Model = { populations: new Map(Object.entries(populations)) };

/** The built-in populations and those that a user wrote. */
export function modelWith(own: readonly Population[]): Model {
  if (own.length === 0) return model;
  return { populations: new Map([...model.populations, ...own.map(each => [each.name, each] as const)]) };
}
