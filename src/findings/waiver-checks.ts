import { flavours, type Severity } from '../base/index.ts';
import type { Fact } from '../evaluate/index.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Finding, InvariantResult } from './result.ts';
import { isSelfApproved, type StandingWaiver, type WaiverLimits, type Waivers } from './waiver.ts';

/** The population whose subjects are the waivers of a run; its invariants come with tallystick. */
export const waiversPopulation = 'waivers';

/** An invariant over waivers, for people: what it asks, why, and what to do. */
export type WaiverCheck = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly expect: string;
  readonly remediation: string;
};

type Check = WaiverCheck & {
  readonly params: (limits: WaiverLimits) => readonly (readonly [name: string, value: number])[];
  readonly inScope: (waiver: StandingWaiver) => boolean;
  readonly fails: (waiver: StandingWaiver, limits: WaiverLimits) => boolean;
  readonly says: (waiver: StandingWaiver, limits: WaiverLimits) => string;
};

const isOver = ({ use }: StandingWaiver): boolean => use.state === 'expired';
const isInPeriod = (waiver: StandingWaiver): boolean => !isOver(waiver) && waiver.begun;
const held = (days: number): string => `${days} ${days === 1 ? 'day' : 'days'}`;
const left = (days: number): string => (days === 0 ? 'within a day' : `in ${held(days)}`);

const checks: readonly Check[] = [
  {
    id: 'waiver-expired',
    title: 'No waiver has expired',
    description:
      'What an expired waiver covered is reported again; the entry itself says that an exception was meant to end.',
    severity: 'medium',
    expect: 'asOf < waiver.expires',
    remediation: 'Remove the waiver, or have its approver renew it with a later end and a reason of today.',
    params: () => [],
    inScope: () => true,
    fails: isOver,
    says: ({ use }) => `expired on ${use.expires}; its owner is ${use.owner}`,
  },
  {
    id: 'waiver-expiring-soon',
    title: 'No waiver is about to expire',
    description:
      'When it ends, what it covers fails again: the owner needs time to end the exception or to have it renewed.',
    severity: 'info',
    expect: 'waiver.daysLeft >= params.warnDays',
    remediation: 'Repair what the waiver covers before it ends, or ask its approver for a new one.',
    params: ({ warnDays }) => [['warn-days', warnDays]],
    inScope: isInPeriod,
    fails: ({ use }, { warnDays }) => use.daysLeft < warnDays,
    says: ({ use }) => `expires on ${use.expires}, ${left(use.daysLeft)}; its owner is ${use.owner}`,
  },
  {
    id: 'waiver-self-approved',
    title: 'Nobody approves their own waiver',
    description: 'Who asks for an exception cannot accept its risk. Such a waiver covers nothing.',
    severity: 'high',
    expect: 'waiver.approver != waiver.owner',
    remediation: 'Have somebody else accept the risk, and name them as approver.',
    params: () => [],
    inScope: waiver => !isOver(waiver),
    fails: ({ use }) => isSelfApproved(use),
    says: ({ use }) => `was approved by its owner, ${use.owner}: it covers nothing`,
  },
  {
    id: 'waiver-too-broad',
    title: 'A waiver covers few subjects',
    description: 'An exception for very many subjects is a change of policy. Such a waiver covers nothing.',
    severity: 'high',
    expect: 'waiver.matched <= params.mostSubjects',
    remediation: 'Narrow what the waiver selects, or change the policy or its parameters, with a review.',
    params: ({ mostSubjects }) => [['most-subjects', mostSubjects]],
    inScope: waiver => isInPeriod(waiver) && waiver.longestDays !== null,
    fails: ({ use }, { mostSubjects }) => use.matched > mostSubjects,
    says: ({ use }, { mostSubjects }) =>
      `selects ${use.matched} findings, more than ${mostSubjects}: it covers nothing`,
  },
  {
    id: 'waiver-too-long',
    title: 'A waiver holds no longer than its severity allows',
    description:
      'The worse a violation, the sooner its exception is looked at again. A waiver beyond that covers nothing.',
    severity: 'medium',
    expect: 'waiver.days <= params.longestDays[invariant.severity]',
    remediation: 'Let it expire sooner, and have it renewed with a reason of that time when it is still needed.',
    params: ({ longestDays }) =>
      Object.entries(longestDays).map(([severity, days]) => [`longest-days-${severity}`, days]),
    inScope: waiver => !isOver(waiver) && waiver.longestDays !== null,
    fails: ({ days, longestDays }) => longestDays !== null && days > longestDays,
    says: ({ days, longestDays }) => `holds for ${held(days)}, more than ${longestDays}: it covers nothing`,
  },
  {
    id: 'waiver-unused',
    title: 'Every waiver covers something',
    description: 'A waiver that selects nothing waits for a violation that nobody has looked at.',
    severity: 'low',
    expect: 'waiver.matched > 0',
    remediation: 'Remove the waiver, or correct what it selects.',
    params: () => [],
    inScope: waiver => isInPeriod(waiver) && waiver.told,
    fails: ({ use }) => use.matched === 0,
    says: () => 'selects nothing that fails or is unknown',
  },
];

/** The invariants over waivers, by id; ids of policies must not begin with `waiver-`. */
export const waiverChecks: ReadonlyMap<string, WaiverCheck> = new Map(checks.map(check => [check.id, check]));

/** Judges the waivers of a run: what is wrong with them are findings like any others. */
export function judgeWaivers(
  standing: readonly StandingWaiver[],
  { limits, location }: Waivers,
  asOf: string,
): { readonly invariants: readonly InvariantResult[]; readonly findings: readonly Finding[] } {
  const judged = checks.map(check => {
    const scope = standing.filter(check.inScope);
    const failing = scope.filter(waiver => check.fails(waiver, limits));
    const { id, title, description, severity, expect, remediation } = check;
    const invariant: InvariantResult = {
      ...{ id, policy: waiversPopulation, title, description, severity, flavours, over: waiversPopulation },
      ...{ when: null, expect, remediation, references: [], controls: {} },
      params: check.params(limits).map(([name, value]) => ({ name, value, from: 'waivers' })),
      ...{ facets: [], location },
      counts: {
        subjects: standing.length,
        outOfScope: standing.length - scope.length,
        pass: scope.length - failing.length,
        fail: failing.length,
        unknown: 0,
        waived: 0,
      },
    };
    return { invariant, findings: failing.map(waiver => findingOf(check, waiver, limits, asOf)) };
  });
  return { invariants: judged.map(each => each.invariant), findings: judged.flatMap(each => each.findings) };
}

function findingOf(check: Check, waiver: StandingWaiver, limits: WaiverLimits, asOf: string): Finding {
  const { use } = waiver;
  return {
    fingerprint: fingerprintOf(check.id, use.id),
    invariant: check.id,
    severity: check.severity,
    verdict: 'fail',
    ...{ state: 'new', firstSeen: asOf, lastSeen: asOf, ageDays: 0 },
    waiver: null,
    accepted: null,
    subject: { population: waiversPopulation, key: use.id, label: `waiver ${use.id}`, ids: {} },
    message: `Waiver ${use.id} of ${use.invariant} ${check.says(waiver, limits)}`,
    facts: factsOf(waiver),
    missing: [],
    location: use.location,
  };
}

function factsOf({ use, days }: StandingWaiver): Readonly<Record<string, Fact>> {
  return {
    'waiver.approver': use.approver,
    'waiver.days': days,
    'waiver.daysLeft': use.daysLeft,
    'waiver.effective': use.effective,
    'waiver.expires': use.expires,
    'waiver.invariant': use.invariant,
    'waiver.matched': use.matched,
    'waiver.owner': use.owner,
    'waiver.state': use.state,
  };
}
