import { groups } from './group.ts';
import { memberships } from './membership.ts';
import { addresses, anchors, containers, domains, grants, jobs, tenant, users } from './others.ts';
import type { Population } from './population.ts';

export * from './field.ts';
export * from './population.ts';
export * from './relation.ts';

/** Every population that a policy can speak about. Add one here: checks, judging, docs and editors read this table. */
export const populations = {
  groups,
  anchors,
  memberships,
  users,
  addresses,
  containers,
  grants,
  jobs,
  domains,
  tenant,
} as const satisfies Record<string, Population>;

/** The populations by name, as the policy room takes them. */
export const model: { readonly populations: ReadonlyMap<string, Population> } = {
  populations: new Map(Object.entries(populations)),
};
