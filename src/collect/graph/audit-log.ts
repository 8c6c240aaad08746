import { guidText } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { type Fields, noDoubts, textId } from './item.ts';
import { doubtReason } from './ledger.ts';
import { filterTime, keepWindow, type LogWindow, MOST_LOG_PAGES } from './log-window.ts';
import type { Roster } from './membership.ts';
import { type Desk, readRows, requestOf } from './reading.ts';

/** Changes of members by their full name; changes of the source of authority by its beginning, because the rest is spelt in several ways. */
const ACTIVITIES = [
  "activityDisplayName eq 'Add member to group'",
  "activityDisplayName eq 'Remove member from group'",
  "startswith(activityDisplayName,'Change Source of Authority')",
  "startswith(activityDisplayName,'Undo changes to Source of Authority')",
] as const;

/**
 * Reads `cloud.auditLog` within a time: who changed members of groups, and who moved groups to the cloud or back. Members of groups that are synced from AD are
 * changed in AD, so what the engine did to them is left out.
 */
export function readAuditLog(
  desk: Desk,
  roster: Roster,
  listed: Promise<boolean>,
  window: Promise<LogWindow>,
): Promise<boolean> {
  const base = `${desk.v1}/auditLogs/directoryAudits`;
  return desk.ledger.settle('cloud.auditLog', requestOf(base), async tally => {
    await listed;
    const synced = new Set(
      roster
        .synced()
        .filter(({ converted }) => !converted)
        .map(({ group }) => group.id),
    );
    const { since, until } = await window;
    const filter = `activityDateTime ge ${filterTime(since)} and activityDateTime le ${filterTime(until)} and (${ACTIVITIES.join(' or ')})`;
    const doubts = noDoubts();
    let retrieved = 0;
    const { shortfall } = await readRows(
      desk,
      tally,
      {
        facet: 'cloud.auditLog',
        table: 'cloud_audit_event',
        list: {
          url: `${base}?$filter=${encodeURIComponent(filter)}&$top=999`,
          keyOf: textId,
          mostPages: MOST_LOG_PAGES,
        },
        rows: (fields, id) => {
          const row = eventRow(fields, id);
          if (row === undefined || (isOfMembers(row.activity) && synced.has(row.group_id ?? ''))) return [];
          retrieved++;
          return [row];
        },
      },
      doubts,
    );
    await keepWindow(desk, 'audit', { since, until });
    return { retrieved, reason: shortfall ?? doubtReason(doubts) };
  });
}

function isOfMembers(activity: string): boolean {
  return activity.endsWith('to group') || activity.endsWith('from group');
}

/** The row of an event; undefined when it is not about a group. */
function eventRow(fields: Fields, id: string): Row<'cloud_audit_event'> | undefined {
  const activity = fields.text('activityDisplayName');
  const at = fields.instant('activityDateTime');
  if (activity === null) fields.lack('activityDisplayName');
  if (at === null) fields.lack('activityDateTime');
  if (activity === null || at === null) return undefined;
  const { group, member, other } = targetsOf(fields, isOfMembers(activity));
  if (group === null && other) return undefined;
  if (group === null || (isOfMembers(activity) && member === null)) fields.lack('targetResources');
  const by = fields.inside('initiatedBy');
  const [user, app] = [by.inside('user'), by.inside('app')];
  const person = user.text('id') ?? user.text('userPrincipalName');
  const service = app.text('servicePrincipalId') ?? app.text('appId') ?? app.text('displayName');
  return {
    id,
    activity,
    at,
    result: fields.text('result'),
    group_id: group,
    member_id: member,
    actor_id: user.text('id') ?? app.text('servicePrincipalId') ?? app.text('appId'),
    actor_name: user.text('userPrincipalName') ?? user.text('displayName') ?? app.text('displayName'),
    actor_kind: person !== null ? 'user' : service !== null ? 'app' : null,
  };
}

type Targets = {
  readonly group: string | null;
  readonly member: string | null;
  /** Whether it is known to be about something else than a group. */
  readonly other: boolean;
};

/** A change of members names the member, with the group as a property of it, and mostly the group as well; which of two groups is the member only that property tells. */
function targetsOf(fields: Fields, ofMembers: boolean): Targets {
  const targets = fields.each('targetResources');
  const ids = targets.map(target => ({ id: idOf(target.text('id')), kind: kindOf(target) }));
  const groups = ids.filter(({ kind }) => kind === 'group').map(({ id }) => id);
  const other = groups.length === 0 && ids.length > 0 && ids.every(({ kind }) => kind !== null);
  if (!ofMembers) return { group: groups[0] ?? null, member: null, other };
  const named = targets
    .flatMap(target => target.each('modifiedProperties'))
    .filter(property => property.text('displayName') === 'Group.ObjectID')
    .map(property => idOf(property.text('newValue')) ?? idOf(property.text('oldValue')))
    .find(id => id !== null);
  const group = named ?? (groups.length === 1 ? (groups[0] ?? null) : null);
  const member = ids.map(({ id }) => id).find(id => id !== null && id !== group) ?? null;
  return { group, member: group === null ? null : member, other: false };
}

function kindOf(target: Fields): string | null {
  return (target.text('type') ?? target.text('Type'))?.toLowerCase() ?? null;
}

/** A GUID, also one in quotes, as modified properties have it. */
function idOf(text: string | null): string | null {
  const bare = text?.replace(/^"(.*)"$/s, '$1') ?? '';
  return bare.length === 36 ? (guidText(bare) ?? null) : null;
}
