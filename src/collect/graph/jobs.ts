import { durationMs } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { GraphFailure } from './failure.ts';
import type { FoundJob, JobsRead } from './found-job.ts';
import { type Doubts, fieldsOf, type Item, noDoubts, objectId } from './item.ts';
import { readSchemas } from './job-schema.ts';
import { readJobSettings } from './job-settings.ts';
import { doubtReason } from './ledger.ts';
import { readList } from './list.ts';
import type { Tally } from './port.ts';
import { type Desk, requestOf } from './reading.ts';

/** Gallery template of Cloud Sync from Entra ID to AD. Known from use, not from documentation, hence the search by name beside it. */
const TEMPLATE = 'fb81332f-3eca-4ecf-a939-4278e501d330';
const NAME_STARTS = ['Entra ID to Active Directory', 'Microsoft Entra ID to Active Directory'] as const;

type Principal = { readonly id: string; readonly name: string | null };

/**
 * Reads `cloud.jobs`, `cloud.jobSchema` and `cloud.jobSettings`: the jobs of every service principal made from Cloud Sync's template or named like it.
 * No such service principal means no Cloud Sync, which is a complete answer.
 */
export async function readJobs(desk: Desk): Promise<JobsRead> {
  let read: JobsRead = { jobs: [], complete: false };
  await desk.ledger.settle('cloud.jobs', requestOf(principalLists(desk)[0].url), async tally => {
    const found: FoundJob[] = [];
    const doubts = noDoubts();
    const reasons: string[] = [];
    const failure = await findJobs(desk, found, doubts, reasons, tally).then(() => undefined, laterUnlessStopped);
    read = { jobs: found, complete: failure === undefined && reasons.length === 0 };
    // Before this facet ends, because a job's row is written once, with what its schema and its settings say.
    const mapped = await readSchemas(desk, read);
    const set = await readJobSettings(desk, read);
    await desk.recorder.add(
      'cloud_job',
      found.map(({ job }) => ({ ...job, ...mapped.get(job.id), ...set.get(job.id) })),
    );
    if (failure !== undefined) throw failure;
    return { retrieved: found.length, reason: reasons.length > 0 ? reasons.join('; ') : doubtReason(doubts) };
  });
  if (!desk.ledger.asks('cloud.jobs')) {
    // Where nobody asks for jobs nobody got as far as their schemas.
    await readSchemas(desk, read);
    await readJobSettings(desk, read);
  }
  return read;
}

function laterUnlessStopped(thrown: unknown): GraphFailure {
  if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
  return thrown;
}

async function findJobs(desk: Desk, found: FoundJob[], doubts: Doubts, reasons: string[], tally: Tally): Promise<void> {
  for (const principal of await findPrincipals(desk, reasons, tally)) {
    for (const job of await jobsOf(desk, principal, doubts, reasons, tally))
      if (!found.some(other => other.job.id === job.job.id)) found.push(job);
    desk.progress({ source: 'graph', facet: 'cloud.jobs', done: found.length });
  }
}

type PrincipalList = { readonly url: string; readonly countUrl: string };

function principalLists(desk: Desk): readonly [PrincipalList, ...PrincipalList[]] {
  const all = `${desk.v1}/servicePrincipals`;
  const filtered = (text: string): PrincipalList => {
    const filter = `$filter=${encodeURIComponent(text)}`;
    return {
      url: `${all}?${filter}&$select=id,appId,displayName,applicationTemplateId&$top=999`,
      countUrl: `${all}/$count?${filter}`,
    };
  };
  return [
    filtered(`applicationTemplateId eq '${TEMPLATE}'`),
    ...NAME_STARTS.map(start => filtered(`startswith(displayName,'${start}')`)),
  ];
}

async function findPrincipals(desk: Desk, reasons: string[], tally: Tally): Promise<readonly Principal[]> {
  const principals = new Map<string, Principal>();
  for (const list of principalLists(desk)) {
    const outcome = await readList(
      desk.port,
      desk.pace,
      {
        ...list,
        emit: async items => {
          for (const item of items) {
            const id = objectId(item) ?? '';
            principals.set(id, { id, name: fieldsOf(item, noDoubts(), id).text('displayName') });
          }
        },
      },
      tally,
    );
    if (outcome.shortfall !== undefined) reasons.push(`service principals: ${outcome.shortfall}`);
  }
  return [...principals.values()];
}

/** Jobs have ids of their own kind: text, not a GUID. */
function jobKey(item: Item): string | undefined {
  const { id, templateId } = item;
  return typeof id === 'string' && /^[\w.:-]{1,256}$/.test(id) && typeof templateId === 'string' ? id : undefined;
}

async function jobsOf(
  desk: Desk,
  principal: Principal,
  doubts: Doubts,
  reasons: string[],
  tally: Tally,
): Promise<readonly FoundJob[]> {
  const principalUrl = `${desk.v1}/servicePrincipals/${principal.id}`;
  const base = `${principalUrl}/synchronization/jobs`;
  const jobs: FoundJob[] = [];
  const emit = async (items: readonly Item[]) => {
    for (const item of items) {
      const id = jobKey(item) ?? '';
      jobs.push({
        job: jobRow(item, id, principal, doubts),
        url: `${base}/${encodeURIComponent(id)}`,
        principalUrl,
      });
    }
  };
  const outcome = await readList(desk.port, desk.pace, { url: base, keyOf: jobKey, emit }, tally);
  if (outcome.shortfall !== undefined) reasons.push(`jobs of ${principal.id}: ${outcome.shortfall}`);
  return jobs;
}

function jobRow(item: Item, id: string, principal: Principal, doubts: Doubts): Row<'cloud_job'> {
  const fields = fieldsOf(item, doubts, id);
  const schedule = fields.inside('schedule');
  const status = fields.inside('status');
  const quarantine = status.inside('quarantine');
  const error = quarantine.inside('error');
  const last = status.inside('lastExecution');
  const words = [error.text('code'), error.text('message')].filter(part => part !== null);
  return {
    id,
    service_principal_id: principal.id,
    service_principal_name: principal.name,
    template_id: fields.text('templateId') ?? '',
    schedule_interval_seconds: schedule.seconds('interval', durationMs),
    schedule_state: schedule.text('state'),
    status_code: status.text('code'),
    quarantine_reason: quarantine.text('reason'),
    quarantine_began: quarantine.instant('currentBegan'),
    quarantine_error: words.length > 0 ? words.join(': ') : null,
    last_success: status.inside('lastSuccessfulExecution').instant('timeEnded'),
    last_state: last.text('state'),
    complete_failures: status.number('countSuccessiveCompleteFailures', 2 ** 31 - 1),
    escrowed: last.number('countEscrowed'),
    target_container: null,
    cn_expression: null,
    scope_filter: null,
    target_domain: null,
    sync_all: null,
    accidental_delete_enabled: null,
    accidental_delete_threshold: null,
    escrows_pruned: status.bool('escrowsPruned'),
  };
}
