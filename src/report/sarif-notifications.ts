import type { Notification, ReportingDescriptor } from 'sarif';
import { type AuditResult, type Finding, type ResultGap, sentenceOf, unknowns } from '../findings/index.ts';
import { sarifText } from './sarif-text.ts';

const UNKNOWN_LIMIT = 1_000;
const GAP_LIMIT = 1_000;
const IN_FLIGHT_LIMIT = 1_000;

const kinds = {
  'no-audit': {
    level: 'error',
    short: 'No audit was performed.',
    full: 'The run broke off or nothing was in scope: the absence of results means nothing.',
    help: 'Run tallystick check for the policies and tallystick collect for the sources; they name what is missing.',
  },
  'unknown-verdict': {
    level: 'warning',
    short: 'A subject could not be judged.',
    full: 'Facts that the verdict depends on could not be read, so the subject neither passes nor fails.',
    help: 'Grant the rights that tallystick explain names for the invariant, or accept the gap with a date in acceptUnknown.',
  },
  'missing-facts': {
    level: 'warning',
    short: 'Something could not be read.',
    full: 'A group of facts is missing for an object or as a whole; the invariants that need it are unknown there.',
    help: 'Grant the rights that tallystick explain names for the invariant, or accept the gap with a date in acceptUnknown.',
  },
  'idle-waiver': {
    level: 'warning',
    short: 'A waiver is not in force.',
    full: 'The waiver has not begun, or its invariant did not run or could not be judged. What is wrong with a waiver is a result of its own.',
    help: 'Wait for the waiver to begin, or audit its invariant.',
  },
  'list-cut': {
    level: 'warning',
    short: 'A list was cut.',
    full: 'Code scanning takes a limited number of entries; the worst are here and results.json holds all of them.',
    help: 'Read results.json, or fix the worst findings first.',
  },
  'in-flight': {
    level: 'note',
    short: 'A violation was gone when it was read again.',
    full: 'The two sides differed while a change was on its way from one to the other; it is no finding.',
    help: 'Nothing is to be done. What comes up in every run although it is gone each time is a slow or stuck synchronization.',
  },
} as const satisfies Record<string, { level: 'error' | 'warning' | 'note'; short: string; full: string; help: string }>;

type Kind = keyof typeof kinds;

const order = Object.keys(kinds) as Kind[];

/** Descriptors of everything that is not a result; the validator asks full documentation of them as of rules (GH2012). */
export const notificationDescriptors: ReportingDescriptor[] = order.map(id => ({
  id,
  name: id
    .split('-')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join(''),
  shortDescription: { text: kinds[id].short },
  fullDescription: { text: kinds[id].full },
  help: { text: kinds[id].help, markdown: kinds[id].help },
  defaultConfiguration: { level: kinds[id].level },
}));

/** What a reader must know besides the results: that nothing was judged, what is unknown and why, and what was cut (`cutResults` results). */
export function notificationsOf(
  result: AuditResult,
  ruleIndex: ReadonlyMap<string, number>,
  cutResults: number,
): Notification[] {
  const unknown = unknowns(result);
  const { gaps } = result;
  const inFlight = result.confirmation?.inFlight ?? [];
  return [
    ...(result.run.reason.startsWith('No audit was performed') ? [notification('no-audit', result.run.reason)] : []),
    ...cutNotice('results', cutResults),
    ...unknown.slice(0, UNKNOWN_LIMIT).map(finding => ofRule('unknown-verdict', finding, ruleIndex)),
    ...cutNotice('unknown verdicts', unknown.length - UNKNOWN_LIMIT),
    ...gaps.slice(0, GAP_LIMIT).map(gapNotification),
    ...cutNotice('gaps', gaps.length - GAP_LIMIT),
    ...inFlight.slice(0, IN_FLIGHT_LIMIT).map(finding => ofRule('in-flight', finding, ruleIndex)),
    ...cutNotice('changes in flight', inFlight.length - IN_FLIGHT_LIMIT),
  ];
}

/** Waivers that do nothing now although nothing is wrong with them: what is wrong with the others are results. */
export function waiverNotifications(result: AuditResult): Notification[] {
  return result.waivers
    .filter(({ state }) => state === 'not-yet-effective' || state === 'not-judged')
    .slice(0, GAP_LIMIT)
    .map(({ id, invariant, state, effective, expires }) =>
      notification('idle-waiver', `Waiver ${id} of ${invariant} is ${state} (${effective} to ${expires}).`),
    );
}

function ofRule(kind: Kind, finding: Finding, ruleIndex: ReadonlyMap<string, number>): Notification {
  const id = sarifText(finding.invariant, 255);
  const index = ruleIndex.get(id);
  return {
    ...notification(kind, sentenceOf(finding), finding.accepted !== null),
    associatedRule: { id, ...(index === undefined ? {} : { index }) },
  };
}

function gapNotification({ facet, object, reason, accepted }: ResultGap): Notification {
  return notification('missing-facts', `${facet}${object === '' ? '' : ` of ${object}`}: ${reason}`, accepted !== null);
}

function cutNotice(what: string, count: number): Notification[] {
  return count > 0
    ? [notification('list-cut', `${count} further ${what} are left out here; results.json holds them.`)]
    : [];
}

function notification(kind: Kind, text: string, accepted = false): Notification {
  return {
    descriptor: { id: kind, index: order.indexOf(kind) },
    level: accepted ? 'note' : kinds[kind].level,
    message: { text: sarifText(text) },
  };
}
