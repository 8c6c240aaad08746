import type { TokenReport } from '../collect/graph/index.ts';
import type { Config } from '../config/index.ts';
import { facetReaders } from '../evaluate/index.ts';
import { loadPolicies } from '../policy/index.ts';
import { type FacetName, type Right, rights } from '../snapshot/index.ts';
import { wrap } from './layout.ts';
import { populationsFor } from './policies.ts';

/** By facet, the ids of the invariants that need it. */
export type Readers = ReadonlyMap<FacetName, readonly string[]>;

/** The readers of the configured policies; undefined when those have mistakes, which are not a collection's business. */
export async function configuredReaders(config: Config): Promise<Readers | undefined> {
  const { model, problems: own } = await populationsFor({}, config);
  const { problems, compiled } = loadPolicies({
    paths: config.policies,
    cwd: process.cwd(),
    params: {},
    model,
    asOf: Date.now(),
  });
  if ([...own, ...problems].some(({ level }) => level === 'error')) return undefined;
  return facetReaders(compiled.values(), config.flavours, model);
}

/** What a token lacks and what that costs, as people read it before anything is collected; empty when it lacks nothing that was not accepted or `declared`. */
export function aboutToken(
  { identity, permissions, missing }: TokenReport,
  readers: Readers | undefined,
  { acceptUnknown }: Config,
  declared: readonly FacetName[],
): string {
  if (permissions === undefined)
    return wrap(
      `The token of ${identity} is opaque: what it may read will show only when something is refused, and is then a gap.`,
    );
  const lines = missing.flatMap(({ right, facets }) => {
    const { name, partly, delegatedOnly }: Right = rights[right];
    // Who has accepted the gap, or declared the facts, knows of it.
    const told = facets.filter(
      facet => !acceptUnknown.some(accepted => accepted.facet === facet) && !declared.includes(facet),
    );
    if (told.length === 0) return [];
    const limits = `${partly === undefined ? '' : `, for ${partly}`}${delegatedOnly ? ', which no application can have' : ''}`;
    return [`  ${name}${limits}`, ...told.map(facet => `    ${facet}: ${costOf(facet, readers)}`)];
  });
  if (lines.length === 0) return '';
  return wrap(
    [
      `The token of ${identity} lacks permissions; what depends on them will be unknown:`,
      ...lines,
      'tallystick permissions tells which are needed, and the commands that grant them.',
    ].join('\n'),
  );
}

function costOf(facet: FacetName, readers: Readers | undefined): string {
  if (readers === undefined) return 'incomplete';
  const invariants = readers.get(facet) ?? [];
  return invariants.length === 0 ? 'no invariant of these policies needs it' : invariants.join(', ');
}
