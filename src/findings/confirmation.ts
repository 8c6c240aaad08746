import { openFindings } from './baseline.ts';
import { unknownCover } from './cover.ts';
import type { AuditResult, Confirmation, Finding } from './result.ts';
import { waiversPopulation } from './waiver-checks.ts';

/** Objects that findings are about, by id, as their subjects name them. */
export type Subjects = Readonly<
  Record<'cloudGroups' | 'adGroups' | 'cloudPrincipals' | 'adPrincipals' | 'addresses', ReadonlySet<string>>
>;

/** What can be read again to confirm the violations of a result, and why the others stand unasked. */
export type ConfirmationPlan = {
  /** Violations whose subjects can be read again. */
  readonly asked: readonly Finding[];
  readonly subjects: Subjects;
  readonly standing: Confirmation['standing'];
};

/** More would be another collection rather than a confirmation. */
export const mostConfirmed = 5_000;

const idsOf = {
  cloudGroup: 'cloudGroups',
  adGroup: 'adGroups',
  cloudPrincipal: 'cloudPrincipals',
  adPrincipal: 'adPrincipals',
  address: 'addresses',
} as const satisfies Record<string, keyof Subjects>;

const singles: ReadonlySet<string> = new Set(['groups', 'memberships', 'users', 'anchors', 'addresses', 'grants']);

/** Takes the violations of a result apart: beyond `most` none is read again. */
export function planConfirmation(result: AuditResult, most = mostConfirmed): ConfirmationPlan {
  const open = openFindings(result).filter(
    ({ verdict, subject }) => verdict === 'fail' && subject.population !== waiversPopulation,
  );
  const single = open.filter(isSingle);
  const tooMany = single.length > most;
  const asked = tooMany ? [] : single;
  const standing = open.flatMap(finding => {
    if (!isSingle(finding))
      return [{ fingerprint: finding.fingerprint, reason: `${finding.subject.population} are not read again` }];
    const reason = `${single.length} violations are more than the ${most} that are confirmed; collect again instead`;
    return tooMany ? [{ fingerprint: finding.fingerprint, reason }] : [];
  });
  return { asked, subjects: subjectsOf(asked), standing };
}

/** The objects that findings name. */
function subjectsOf(findings: readonly Finding[]): Subjects {
  const subjects = {
    cloudGroups: new Set<string>(),
    adGroups: new Set<string>(),
    cloudPrincipals: new Set<string>(),
    adPrincipals: new Set<string>(),
    addresses: new Set<string>(),
  };
  for (const { subject } of findings)
    for (const [name, id] of Object.entries(subject.ids)) if (isId(name)) subjects[idsOf[name]].add(id);
  return subjects;
}

/**
 * What became of violations that were read again: `second` is the result on what was read again, `failed` tells by id what could not be read. A violation
 * that no longer is one, and is not merely unknown, was in flight. Waived ones are told apart like the others.
 */
export function confirm(
  plan: ConfirmationPlan,
  second: AuditResult,
  failed: ReadonlyMap<string, string>,
  facts: Pick<Confirmation, 'snapshot' | 'settledMs' | 'again'>,
): AuditResult {
  const open = openFindings(second);
  const still = new Set(open.filter(({ verdict }) => verdict === 'fail').map(({ fingerprint }) => fingerprint));
  const unknown = unknownCover(open);
  const unread = plan.asked.flatMap(finding => {
    if (!still.has(finding.fingerprint)) return [];
    const reason = Object.values(finding.subject.ids).flatMap(id => failed.get(id) ?? [])[0];
    return reason === undefined ? [] : [{ fingerprint: finding.fingerprint, reason }];
  });
  const inFlight = plan.asked.filter(finding => !still.has(finding.fingerprint) && !unknown(finding));
  const standing = [...plan.standing, ...unread].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  const confirmed = plan.asked.length - inFlight.length - unread.length;
  return { ...second, confirmation: { ...facts, confirmed, inFlight, standing } };
}

/** The first result where nothing could be read again, for this reason: everything stands. */
export function unconfirmed(
  plan: ConfirmationPlan,
  first: AuditResult,
  reason: string | undefined,
  facts: Pick<Confirmation, 'snapshot' | 'settledMs' | 'again'>,
): AuditResult {
  const unread = reason === undefined ? [] : plan.asked.map(({ fingerprint }) => ({ fingerprint, reason }));
  const standing = [...plan.standing, ...unread].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  return { ...first, confirmation: { ...facts, confirmed: 0, inFlight: [], standing } };
}

/**
 * Adds to ids that could not be read again those of the groups that are compared with them: one side that is newer than the other would show differences
 * that never were. An account that cannot be read is no reason for its groups.
 */
export function spreadFailures(
  findings: readonly Finding[],
  failed: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const all = new Map(failed);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { subject } of findings) {
      const { cloudGroup, adGroup } = subject.ids;
      const ids = [cloudGroup, adGroup].filter(id => id !== undefined);
      const reason = ids.flatMap(id => all.get(id) ?? [])[0];
      if (reason === undefined) continue;
      for (const id of ids)
        if (!all.has(id)) {
          all.set(id, reason);
          grown = true;
        }
    }
  }
  return all;
}

function isSingle({ subject }: Finding): boolean {
  return singles.has(subject.population) && Object.keys(subject.ids).some(isId) && !('container' in subject.ids);
}

function isId(name: string): name is keyof typeof idsOf {
  return Object.hasOwn(idsOf, name);
}
