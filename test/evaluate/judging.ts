import { flavours } from '../../src/base/index.ts';
import { verdictSql } from '../../src/evaluate/verdict.ts';
import { fromClause, model, type Population, relationStatements } from '../../src/model/index.ts';
import { type CompiledInvariant, loadPolicies } from '../../src/policy/index.ts';
import type { MemorySnapshots, Snapshot } from '../../src/snapshot/index.ts';
import { AS_OF, convertedByDeclaration, idOf, type World } from './world.ts';
import { declaredActivations, declaredChildren } from './world-places.ts';

/** How a subject was judged: as the codes of the engine. */
export type Code = 0 | 1 | 2 | 3;

/** One row of a population. */
export type Judged = {
  readonly key: string;
  /** Ids under which the same subject can appear when less is known of it. */
  readonly ids: Readonly<Record<string, string>>;
  /** The subject that stands for it while it is unknown. */
  readonly stand: string;
  readonly codes: readonly number[];
};

/** By name of the population, every row with the codes of the invariants over it, in the order of `judges`. */
export type Verdicts = ReadonlyMap<string, readonly Judged[]>;

/** Invariants of one population with the SQL that judges them. */
export type Judge = {
  readonly population: Population;
  readonly invariants: readonly CompiledInvariant[];
  readonly sql: string;
};

/** Loads policies; throws when one has a mistake. */
export function loadInvariants(
  paths: readonly string[],
  params: Record<string, string> = {},
): readonly CompiledInvariant[] {
  const loaded = loadPolicies({ paths, cwd: process.cwd(), params, model, asOf: AS_OF });
  const mistakes = loaded.problems.filter(problem => problem.level === 'error');
  if (mistakes.length > 0)
    throw new Error(mistakes.map(each => `${each.message} ${JSON.stringify(each.at)} ${each.hint}`).join('\n'));
  return [...loaded.compiled.values()];
}

/** Limits that small worlds reach. */
export const smallLimits = {
  memberLimitConnectV1: 4,
  memberLimitConnectV2Microsoft365: 5,
  memberLimitConnectV2Security: 3,
  memberLimitCloudSync: 4,
  jobGroupsSelected: 2,
  jobMembershipsSelected: 7,
  jobGroupsAll: 36,
  jobMembershipsAll: 90,
} as const;

/** Dynamic groups of random worlds that are declared: every other one. */
export const declaredDynamic: readonly string[] = Array.from({ length: 90 }, (_, island) =>
  [0, 2, 4].map(number => idOf('g', island, number)),
).flat();

/** Shipped invariants that the reference does not know yet, and whose facts random worlds do not vary: their cases alone test them. */
export const unreferenced: ReadonlySet<string> = new Set([
  ...['member-changed-by-engine-only', 'object-changed-outside-cycle', 'managed-attributes-equal-cloud'],
  ...['owner-of-group-trusted', 'connector-rights-scoped-to-ou', 'gmsa-least-privilege'],
  ...['connector-account-not-privileged', 'audit-5136-enabled', 'admincount-not-set'],
  ...['isCriticalSystemObject-never-anchored', 'no-sidhistory-privileged', 'grants-tier0-rights'],
  ...['privileged-synced-member', 'privileged-ad-user-governed-by-cloud-group', 'group-owner-is-weak-or-guest'],
  ...['apps-with-group-write-known', 'public-m365-group-written-back'],
  ...['exchange-supported', 'ad-schema-2016', 'connect-build-min', 'agent-build-min', 'agents-redundant'],
  ...['licence-present', 'container-connect-scope', 'match-protections-on', 'user-writeback-off'],
  ...['device-writeback-consistent', 'password-writeback-acl-only', 'connect-sync-fresh', 'cloudsync-job-active'],
  ...['cloudsync-last-success-fresh', 'cloudsync-no-escrow', 'provisioning-log-errors', 'pending-staged-deletes'],
  ...['accidental-delete-protection-on', 'connect-export-backlog', 'service-provisioning-errors-none'],
  ...['job-mapping-baseline', 'job-scope-baseline', 'job-count-limit', 'soa-audit-trail-exported'],
  ...['snapshots-close-in-time', 'same-dc-for-ad-reads', 'collector-permissions-sufficient', 'api-version-recorded'],
]);

/** The shipped policies with limits that small worlds reach, and with what they declare. */
export function loadShipped(): readonly CompiledInvariant[] {
  const limits = Object.entries(smallLimits).map(([name, limit]) => [`membership.${name}`, String(limit)]);
  return loadInvariants(['policies'], {
    ...Object.fromEntries(limits),
    'scope.allowedDynamicGroups': declaredDynamic.join(','),
    'scope.allowedPimGroups': declaredActivations.join(','),
    'identity.allowedChildren': declaredChildren.join(',').toUpperCase(),
    'source-of-authority.convertedGroups': convertedByDeclaration.join(','),
  });
}

/** One query per population that tells the verdict of every row, also of those that pass. */
export function judgesOf(invariants: readonly CompiledInvariant[]): readonly Judge[] {
  return [...Map.groupBy(invariants, each => each.invariant.over)].map(([name, all]) => {
    const population = model.populations.get(name);
    if (population === undefined) throw new Error(`no population ${name}`);
    const ids = Object.entries(population.subject.ids);
    const columns = [
      `${population.subject.key} AS subject`,
      `${(population.unknownBy?.subject ?? population.subject).key} AS stand`,
      ...ids.map(([id, sql]) => `${sql} AS "id_${id}"`),
      ...all.map((each, at) => `${verdictSql(each, population)} AS v${at}`),
    ];
    return {
      population,
      invariants: all,
      sql: `SELECT ${columns.join(',\n')}\n${fromClause(population, population.relation, columns)}`,
    };
  });
}

/** Judges a world. */
export async function verdictsOf(snapshot: Snapshot, judges: readonly Judge[]): Promise<Verdicts> {
  for (const statement of relationStatements(judges.map(judge => judge.sql))) await snapshot.run(statement);
  const verdicts = new Map<string, readonly Judged[]>();
  for (const { population, invariants, sql } of judges) {
    const rows = await snapshot.rows(sql);
    verdicts.set(
      population.name,
      rows.map(row => ({
        key: String(row.subject ?? ''),
        stand: String(row.stand ?? ''),
        ids: Object.fromEntries(
          Object.keys(population.subject.ids).flatMap(name => {
            const value = row[`id_${name}`];
            return typeof value === 'string' ? [[name, value]] : [];
          }),
        ),
        codes: invariants.map((_, at) => Number(row[`v${at}`])),
      })),
    );
  }
  return verdicts;
}

/** Opens a world as a snapshot; the one before is gone. */
export function openWorld(snapshots: MemorySnapshots, world: World): Promise<Snapshot> {
  const at = new Date(AS_OF).toISOString();
  const configured = flavours.filter(flavour => world.scope_flavour.some(row => row.flavour === flavour));
  return snapshots.open(world, { scope: { flavours: configured, containers: [] }, start: at, end: at });
}
