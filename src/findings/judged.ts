import { truncate } from '../base/index.ts';
import type { Judgement, Outcome } from '../evaluate/index.ts';
import { type AcceptedUnknown, acceptanceOf } from './acceptance.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Finding, InvariantResult } from './result.ts';

// Names come from a directory that anyone may have written to; a message is for reading, facts stay whole.
const MESSAGE_LIMIT = 4_000;
const LABEL_LIMIT = 1_000;

/** A judgement as a finding of a run without waivers and baseline. */
export function findingOf(
  { invariant }: Outcome,
  judgement: Judgement,
  { acceptUnknown, asOf }: { readonly acceptUnknown: readonly AcceptedUnknown[]; readonly asOf: string },
  now: number,
): Finding {
  const { verdict, subject, facts, missing, rows } = judgement;
  return {
    fingerprint: fingerprintOf(invariant.id, subject.key),
    invariant: invariant.id,
    severity: invariant.severity,
    verdict,
    ...{ state: 'new', firstSeen: asOf, lastSeen: asOf, ageDays: 0 },
    waiver: null,
    accepted: verdict === 'unknown' ? acceptanceOf(missing, acceptUnknown, now) : null,
    subject: {
      population: subject.population,
      key: subject.key,
      label: truncate(subject.label, LABEL_LIMIT),
      ids: subject.ids,
    },
    message: truncate(judgement.message, MESSAGE_LIMIT),
    facts: Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
    missing: [...missing].sort(),
    ...(rows > 1 ? { rows } : {}),
    location: invariant.location,
  };
}

/** What came of an invariant; `findings` are those of the run, with their waivers. */
export function invariantResult(
  { invariant, counts, facets, apartMs }: Outcome,
  findings: readonly Finding[],
): InvariantResult {
  const { id, policy, title, description, severity, flavours, over, expect, remediation, references } = invariant;
  const waived = findings.filter(finding => finding.invariant === id && finding.waiver !== null).length;
  return {
    ...{ id, policy, title, description, severity, flavours, over },
    when: invariant.when ?? null,
    ...{ expect, remediation, references },
    controls: invariant.controls,
    params: invariant.params.map(({ name, value, from }) => ({ name, value, from })),
    facets: [...facets].sort(),
    ...(apartMs === null ? {} : { apartMs }),
    location: invariant.location,
    counts: {
      subjects: counts.subjects,
      outOfScope: counts.outOfScope,
      pass: counts.pass,
      fail: counts.fail,
      unknown: counts.unknown,
      waived,
    },
  };
}
