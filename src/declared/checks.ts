import { guidText, instantMs, normalizeDn, splitDn } from '../base/index.ts';
import { readDuration } from '../yaml/index.ts';
import type { FactsFile } from './facts-file.ts';

/** Something that the schema cannot say, at a JSON pointer. */
export type Complaint = {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
};

/** Checks dates, names, durations and repetitions of a file whose shape is right; `tenant` is the one that the configuration names. */
export function complaintsOf(facts: FactsFile, tenant: string | undefined): Complaint[] {
  return [
    ...periodComplaints(facts),
    ...scopeComplaints(facts, 'connectScope'),
    ...scopeComplaints(facts, 'cloudSyncScope'),
    ...repeated(facts),
    ...(facts.approvedChanges ?? []).flatMap(({ approved }, index) =>
      timeComplaints(approved, `/approvedChanges/${index}/approved`),
    ),
    ...tenantComplaints(facts, tenant),
    ...intervalComplaints(facts),
  ];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Milliseconds of a day (its beginning, UTC) or an RFC 3339 instant; undefined when it is neither. */
export function timeMs(text: string): number | undefined {
  const ms = instantMs(DAY.test(text) ? `${text}T00:00:00Z` : text);
  // Date.parse rolls 31 February over into March.
  return ms !== undefined && DAY.test(text) && !new Date(ms).toISOString().startsWith(text) ? undefined : ms;
}

function periodComplaints({ declared: { on, until } }: FactsFile): Complaint[] {
  const odd = [...timeComplaints(on, '/declared/on'), ...timeComplaints(until, '/declared/until')];
  const [from, to] = [timeMs(on), timeMs(until)];
  if (from === undefined || to === undefined || from < to) return odd;
  const message = 'the facts may be relied on no longer than they were looked up';
  return [{ pointer: '/declared/until', code: 'empty-period', message, hint: 'let it be after `on`' }];
}

function timeComplaints(text: string, pointer: string): Complaint[] {
  if (timeMs(text) !== undefined) return [];
  const hint = 'write a day such as 2026-08-20, or an instant such as 2026-08-20T09:00:00Z';
  return [{ pointer, code: 'not-a-date', message: 'this is not a date', hint }];
}

function scopeComplaints(facts: FactsFile, list: 'connectScope' | 'cloudSyncScope'): Complaint[] {
  return (facts[list] ?? []).flatMap((entry, index) => {
    const pointer = typeof entry === 'string' ? `/${list}/${index}` : `/${list}/${index}/dn`;
    const parts = splitDn(typeof entry === 'string' ? entry : entry.dn);
    const attribute = /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(\.\d+)+)\s*=\s*\S/;
    if (parts.length > 0 && parts.every(part => attribute.test(part))) return [];
    const hint = 'write it as AD shows it: OU=Staff,DC=contoso,DC=com';
    return [{ pointer, code: 'not-a-dn', message: 'this is not a distinguished name', hint }];
  });
}

/** Lists of which every entry is about something else, with what it is about. */
function repeated(facts: FactsFile): Complaint[] {
  const { approvedChanges = [], recipients = [], domainControllerBuilds = [], agents = [] } = facts;
  return [
    ...(['connectScope', 'cloudSyncScope'] as const).flatMap(list =>
      twice(
        list,
        (facts[list] ?? []).map(entry => normalizeDn(typeof entry === 'string' ? entry : entry.dn)),
      ),
    ),
    ...twice(
      'approvedChanges',
      approvedChanges.map(({ group, to, approved }) => `${guidText(group)} ${to} ${timeMs(approved)}`),
    ),
    ...twice(
      'recipients',
      recipients.map(({ group }) => String(guidText(group))),
    ),
    ...twice(
      'domainControllerBuilds',
      domainControllerBuilds.map(({ server }) => server.toLowerCase()),
    ),
    ...twice(
      'agents',
      agents.map(({ id, machineName }) => (id ?? machineName).toLowerCase()),
    ),
  ];
}

function twice(list: string, keys: readonly string[]): Complaint[] {
  const seen = new Set<string>();
  return keys.flatMap((key, index) => {
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const pointer = `/${list}/${index}`;
    return [
      { pointer, code: 'duplicate', message: 'this is declared twice', hint: 'keep the one of the two that holds' },
    ];
  });
}

function tenantComplaints({ onPremisesSynchronization }: FactsFile, tenant: string | undefined): Complaint[] {
  const declared = onPremisesSynchronization && guidText(onPremisesSynchronization.id);
  if (declared === undefined || tenant === undefined || declared === guidText(tenant)) return [];
  const message = `these are facts of another tenant than that of the configuration, ${tenant}`;
  const hint = 'copy the answer of the tenant that is audited';
  return [{ pointer: '/onPremisesSynchronization/id', code: 'other-tenant', message, hint }];
}

function intervalComplaints({ onPremisesSynchronization }: FactsFile): Complaint[] {
  return (['customerRequestedSynchronizationInterval', 'synchronizationInterval'] as const).flatMap(name => {
    const text = onPremisesSynchronization?.configuration?.[name];
    if (typeof text !== 'string' || readDuration(text) !== undefined) return [];
    const pointer = `/onPremisesSynchronization/configuration/${name}`;
    return [{ pointer, code: 'not-a-duration', message: 'this is not a duration', hint: 'write it as PT30M' }];
  });
}
