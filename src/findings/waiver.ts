import type { Ids } from '../evaluate/index.ts';
import { endMs, startMs } from './period.ts';
import type { AppliedWaiver, Finding, WaiverState, WaiverUse } from './result.ts';

/** Which findings of its invariant a waiver covers: one by fingerprint, or all whose subject has every id given (at least one). */
export type WaiverSubject = { readonly fingerprint: string } | { readonly ids: Ids };

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
};

/** What the waivers make of the findings: the violations they cover carry them, and each waiver says how it stands. */
export type Waived = { readonly findings: readonly Finding[]; readonly uses: readonly WaiverUse[] };

/** Applies waivers that hold at `now`. Only a violation can be waived: an unknown verdict is no exception anyone could have approved. */
export function applyWaivers(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  judged: ReadonlySet<string>,
  now: number,
): Waived {
  const sorted = [...waivers].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const byInvariant = groupByInvariant(sorted);
  const matched = new Map<Waiver, number>();
  const covered = findings.map(finding => {
    const matching = (byInvariant.get(finding.invariant) ?? []).filter(waiver => selects(waiver.subject, finding));
    for (const waiver of matching) matched.set(waiver, (matched.get(waiver) ?? 0) + 1);
    const waiver = finding.verdict === 'fail' ? matching.find(one => periodState(one, now) === 'active') : undefined;
    return waiver === undefined ? finding : { ...finding, waiver: applied(waiver) };
  });
  const uses = sorted.map(waiver => {
    const count = matched.get(waiver) ?? 0;
    const { id, ...rest } = applied(waiver);
    const state = stateOf(waiver, judged, count, now);
    return { id, invariant: waiver.invariant, state, matched: count, effective: waiver.effective, ...rest };
  });
  return { findings: covered, uses };
}

function groupByInvariant(waivers: readonly Waiver[]): Map<string, Waiver[]> {
  const groups = new Map<string, Waiver[]>();
  for (const waiver of waivers) groups.set(waiver.invariant, [...(groups.get(waiver.invariant) ?? []), waiver]);
  return groups;
}

function selects(subject: WaiverSubject, finding: Finding): boolean {
  if ('fingerprint' in subject) return subject.fingerprint.toLowerCase() === finding.fingerprint;
  const wanted = Object.entries(subject.ids);
  const held = new Map(Object.entries(finding.subject.ids));
  // No id at all would waive the whole invariant: that is switching it off, which is a profile's to do, with a reason.
  return wanted.length > 0 && wanted.every(([name, id]) => held.get(name)?.toLowerCase() === id.toLowerCase());
}

function stateOf(waiver: Waiver, judged: ReadonlySet<string>, matched: number, now: number): WaiverState {
  const state = periodState(waiver, now);
  if (state !== 'active') return state;
  if (!judged.has(waiver.invariant)) return 'not-judged';
  return matched === 0 ? 'unmatched' : 'active';
}

function periodState(waiver: Waiver, now: number): 'active' | 'expired' | 'not-yet-effective' {
  const start = startMs(waiver.effective);
  const end = endMs(waiver.expires);
  // A period that cannot be read covers nothing.
  if (start === undefined || end === undefined || end <= now) return 'expired';
  return start > now ? 'not-yet-effective' : 'active';
}

function applied(waiver: Waiver): AppliedWaiver {
  const { id, owner, approver, reason, ticket, expires } = waiver;
  return { id, owner, approver, reason, ...(ticket === undefined ? {} : { ticket }), expires };
}
