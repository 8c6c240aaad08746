import type { CloudGroup } from '../../tenant.ts';
import type { Engine, LabelIds } from '../estate.ts';
import { type Facts, isSynced, kindOf, type Twin } from './facts.ts';

/** A cloud group with one of its objects, or without any, and whether the engine that it belongs to takes it. */
export type ScopeRow = {
  readonly cloud: CloudGroup;
  readonly twin: Twin | undefined;
  readonly flavour: Engine | undefined;
  readonly inScope: boolean;
  readonly ids: LabelIds;
};

/** All cloud groups, once for each object. */
export function scopeOf({ estate, byAnchor }: Facts): ScopeRow[] {
  return estate.tenant.groups.flatMap(cloud => {
    const kind = kindOf(cloud);
    const taken = cloud.writebackConfiguration?.isEnabled ?? kind === 'microsoft365';
    const takes = {
      'connect-v1': kind === 'microsoft365',
      'connect-v2': (kind === 'microsoft365' || kind === 'security') && taken,
      'cloud-sync': kind === 'security',
    };
    const apart: Engine | undefined =
      kind === 'security' ? 'cloud-sync' : kind === 'microsoft365' ? 'connect-v1' : undefined;
    const twins = byAnchor.get(cloud.id) ?? [undefined];
    return twins.map(twin => {
      const flavour = twin?.flavour ?? (isSynced(cloud) ? undefined : apart);
      return {
        ...{ cloud, twin, flavour },
        inScope: flavour !== undefined && !isSynced(cloud) && takes[flavour],
        ids: { cloudGroup: cloud.id, ...(twin === undefined ? {} : { adGroup: twin.entry.guid }) },
      };
    });
  });
}
