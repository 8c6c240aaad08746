import type { Position, Severity } from '../base/index.ts';
import { endMs, startMs } from './period.ts';
import type { AppliedWaiver, Finding, WaiverState, WaiverSubject, WaiverUse } from './result.ts';

/** An approved, expiring exception. `effective` and `expires` are RFC 3339 or dates in UTC; a date of expiry still counts. */
export type Waiver = {
  readonly id: string;
  readonly invariant: string;
  readonly subject: WaiverSubject;
  readonly owner: string;
  readonly approver: string;
  readonly reason: string;
  readonly ticket?: string;
  readonly effective: string;
  readonly expires: string;
  /** Where it stands: what is wrong with it points here. */
  readonly location: Position;
};

/** What a waiver may be at most, and how early its end is told. */
export type WaiverLimits = {
  readonly longestDays: Readonly<Record<Severity, number>>;
  readonly mostSubjects: number;
  readonly warnDays: number;
};

/** The limits of a file that states none. */
export const defaultWaiverLimits: WaiverLimits = {
  longestDays: { critical: 30, high: 90, medium: 180, low: 365, info: 365 },
  mostSubjects: 50,
  warnDays: 14,
};

/** A file of waivers: `location` is its beginning, `sha256` that of its bytes. */
export type Waivers = {
  readonly path: string;
  readonly sha256: string;
  readonly location: Position;
  readonly limits: WaiverLimits;
  readonly waivers: readonly Waiver[];
};

/** A finding, and the names of the waivers whose `where` is true for its subject. */
export type Selected = { readonly finding: Finding; readonly selectedBy: readonly string[] };

/** An invariant that ran: its severity, and whether every subject in its scope could be judged. */
export type Ran = { readonly severity: Severity; readonly decided: boolean };

/** How a waiver stands, with what that rests on. */
export type StandingWaiver = {
  readonly use: WaiverUse;
  readonly begun: boolean;
  /** For how many days it holds, and how many it may; null when its invariant did not run. */
  readonly days: number;
  readonly longestDays: number | null;
  /** Whether it can be told that it selects something, or nothing. */
  readonly told: boolean;
};

/** What the waivers make of the findings: the violations they cover carry them, and each waiver says how it stands. */
export type Waived = { readonly findings: readonly Finding[]; readonly standing: readonly StandingWaiver[] };

const DAY_MS = 86_400_000;

/**
 * Applies the waivers that hold at `now`. Only a violation can be waived: an unknown verdict is no exception anyone could have approved. A waiver that
 * breaks the rules of its file (self-approved, too long, too broad) covers nothing.
 */
export function applyWaivers(
  found: readonly Selected[],
  { waivers, limits }: Pick<Waivers, 'waivers' | 'limits'>,
  ran: ReadonlyMap<string, Ran>,
  now: number,
): Waived {
  const sorted = [...waivers].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const byInvariant = Map.groupBy(sorted, waiver => waiver.invariant);
  const matching = found.map(each =>
    (byInvariant.get(each.finding.invariant) ?? []).filter(waiver => selects(waiver, each)),
  );
  const matched = new Map<Waiver, number>();
  for (const waiver of matching.flat()) matched.set(waiver, (matched.get(waiver) ?? 0) + 1);
  const standing = new Map(
    sorted.map(waiver => {
      const facts = { matched: matched.get(waiver) ?? 0, ran: ran.get(waiver.invariant), limits, now };
      return [waiver, standingOf(waiver, facts)] as const;
    }),
  );
  const findings = found.map(({ finding }, index) => {
    if (finding.verdict !== 'fail') return finding;
    const waiver = matching[index]?.find(one => isInForce(standing.get(one)?.use.state));
    return waiver === undefined ? finding : { ...finding, waiver: applied(waiver) };
  });
  return { findings, standing: [...standing.values()] };
}

/** True for the states in which a waiver covers what it selects. */
export function isInForce(state: WaiverState | undefined): boolean {
  return state === 'active' || state === 'expiring-soon';
}

function selects({ id, subject }: Waiver, { finding, selectedBy }: Selected): boolean {
  if ('where' in subject) return selectedBy.includes(id);
  if ('fingerprint' in subject) return subject.fingerprint.toLowerCase() === finding.fingerprint;
  const wanted = Object.entries(subject.ids);
  const held = new Map(Object.entries(finding.subject.ids));
  // No id at all would waive the whole invariant: that is switching it off, which is a profile's to do, with a reason.
  return wanted.length > 0 && wanted.every(([name, id]) => held.get(name)?.toLowerCase() === id.toLowerCase());
}

type Facts = {
  readonly matched: number;
  readonly ran: Ran | undefined;
  readonly limits: WaiverLimits;
  readonly now: number;
};

function standingOf(waiver: Waiver, { matched, ran, limits, now }: Facts): StandingWaiver {
  // A period that cannot be read has ended: it covers nothing.
  const start = startMs(waiver.effective);
  const end = (start === undefined ? undefined : endMs(waiver.expires)) ?? now;
  const days = Math.ceil((end - (start ?? now)) / DAY_MS);
  const longestDays = ran === undefined ? null : limits.longestDays[ran.severity];
  // A condition may be true for subjects that could not be judged: whether it is of use cannot be told.
  const told = ran !== undefined && (matched > 0 || ran.decided || !('where' in waiver.subject));
  const standing = { begun: (start ?? now) <= now, days, longestDays, told };
  const { id, ...rest } = applied(waiver);
  const use: WaiverUse = {
    id,
    invariant: waiver.invariant,
    subject: waiver.subject,
    state: end <= now ? 'expired' : stateOf(waiver, standing, { matched, limits, left: end - now }),
    matched,
    daysLeft: Math.floor((end - now) / DAY_MS),
    effective: waiver.effective,
    ...rest,
    location: waiver.location,
  };
  return { use, ...standing };
}

/** Of all that can be said of a waiver that is not over what matters most: whether it was ever valid, has begun, and does anything. */
function stateOf(
  waiver: Waiver,
  { begun, days, longestDays, told }: Omit<StandingWaiver, 'use'>,
  { matched, limits, left }: { readonly matched: number; readonly limits: WaiverLimits; readonly left: number },
): WaiverState {
  if (isSelfApproved(waiver)) return 'self-approved';
  if (longestDays !== null && days > longestDays) return 'too-long';
  if (!begun) return 'not-yet-effective';
  if (!told) return 'not-judged';
  if (matched === 0) return 'unmatched';
  if (matched > limits.mostSubjects) return 'too-broad';
  return left < limits.warnDays * DAY_MS ? 'expiring-soon' : 'active';
}

/** True when nobody but the owner has approved. */
export function isSelfApproved({ owner, approver }: Pick<Waiver, 'owner' | 'approver'>): boolean {
  return owner.trim().toLowerCase() === approver.trim().toLowerCase();
}

function applied(waiver: Waiver): AppliedWaiver {
  const { id, owner, approver, reason, ticket, expires } = waiver;
  return { id, owner, approver, reason, ...(ticket === undefined ? {} : { ticket }), expires };
}
