import { AuditError } from '../base/index.ts';
import type { Config } from '../config/index.ts';
import { neededFacets } from '../policy/index.ts';
import { type FacetName, facetsFrom, withPrerequisites } from '../snapshot/index.ts';
import type { LoadedPolicies } from './policies.ts';

/** The facets that policies need, and `further` ones, with those that have to be read first; undefined when all are to be read. Throws AuditError('unjudged') when nothing is needed. */
export function askedBy(
  { compiled, model }: Pick<LoadedPolicies, 'compiled' | 'model'>,
  minimal: boolean | undefined,
  further: readonly FacetName[] = [],
): ReadonlySet<FacetName> | undefined {
  if (minimal !== true) return undefined;
  if (compiled.size === 0) throw new AuditError('unjudged', 'there is no policy, so nothing is needed');
  const needed = [...compiled.values()].flatMap(each => neededFacets(each, model));
  return new Set(withPrerequisites([...needed, ...further]));
}

/** The configuration without the sources of which nothing is asked. */
export function withoutIdle(config: Config, asked: ReadonlySet<FacetName> | undefined): Config {
  const idle = (source: 'ad' | 'graph') => asked !== undefined && !facetsFrom(source).some(facet => asked.has(facet));
  return { ...config, ad: idle('ad') ? undefined : config.ad, graph: idle('graph') ? undefined : config.graph };
}
