import { guidText } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import type { JobsRead } from './found-job.ts';
import { type Fields, noDoubts, textId } from './item.ts';
import { doubtReason } from './ledger.ts';
import { filterTime, keepWindow, type LogWindow, MOST_LOG_PAGES } from './log-window.ts';
import { type Desk, readRows, requestOf, shortfallOf } from './reading.ts';

/** Jobs that are asked for at a time; a URL takes only so much. */
const JOBS_AT_A_TIME = 10;

/** Reads `cloud.provisioningLog` within a time: what the jobs of Cloud Sync did with groups. Without a job there is nothing to read. */
export function readProvisioningLog(
  desk: Desk,
  found: Promise<JobsRead>,
  window: Promise<LogWindow>,
): Promise<boolean> {
  const base = `${desk.v1}/auditLogs/provisioning`;
  return desk.ledger.settle('cloud.provisioningLog', requestOf(base), async tally => {
    const { jobs, complete } = await found;
    const { since, until } = await window;
    const doubts = noDoubts();
    const reasons: string[] = complete ? [] : ['the list of jobs is not complete'];
    let retrieved = 0;
    for (let from = 0; from < jobs.length; from += JOBS_AT_A_TIME) {
      const some = jobs.slice(from, from + JOBS_AT_A_TIME).map(({ job }) => `jobId eq '${job.id}'`);
      const filter = `(${some.join(' or ')}) and activityDateTime gt ${filterTime(since)} and activityDateTime lt ${filterTime(until)}`;
      const reading = readRows(
        desk,
        tally,
        {
          facet: 'cloud.provisioningLog',
          table: 'cloud_provisioning_event',
          list: {
            url: `${base}?$filter=${encodeURIComponent(filter)}&$top=500`,
            keyOf: textId,
            mostPages: MOST_LOG_PAGES,
          },
          rows: (fields, id) => {
            const rows = eventRows(fields, id);
            retrieved += rows.length;
            return rows;
          },
        },
        doubts,
      );
      const shortfall = await shortfallOf('cloud.provisioningLog', reading);
      if (shortfall !== undefined) reasons.push(shortfall);
    }
    await keepWindow(desk, 'provisioning', { since, until });
    return { retrieved, reason: reasons.length > 0 ? reasons.join('; ') : doubtReason(doubts) };
  });
}

function eventRows(fields: Fields, id: string): readonly Row<'cloud_provisioning_event'>[] {
  const source = fields.inside('sourceIdentity');
  const kind = source.text('identityType');
  if (kind !== null && kind.toLowerCase() !== 'group') return [];
  const job = fields.text('jobId');
  const at = fields.instant('activityDateTime');
  if (job === null) fields.lack('jobId');
  if (at === null) fields.lack('activityDateTime');
  if (job === null || at === null) return [];
  const status = fields.inside('provisioningStatusInfo');
  const error = status.inside('errorInformation');
  const sourceId = source.text('id') ?? '';
  return [
    {
      id,
      job_id: job,
      at,
      action: fields.text('provisioningAction'),
      status: status.text('status'),
      source_id: sourceId.length === 36 ? (guidText(sourceId) ?? null) : null,
      source_kind: kind,
      target_id: fields.inside('targetIdentity').text('id') || null,
      error_code: error.text('errorCode'),
      error_reason: error.text('reason'),
    },
  ];
}
