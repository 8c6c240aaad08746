import type { CloudJob } from '../../tenant.ts';
import { domainObject } from '../estate.ts';
import { dnsOf } from '../people.ts';
import { logAuthority, logProvisioning } from '../traces.ts';
import { DAY, HOUR, iso, label, MINUTE, places, sure, type World } from '../world.ts';
import { type Pool, twinOf } from './pool.ts';
import type { Features } from './switches.ts';

/** What Microsoft Graph gives in beta alone, by facet. */
const betaFacets: readonly string[] = [
  ...['cloud.owners', 'cloud.roles', 'cloud.syncConfiguration', 'cloud.writebackConfiguration'],
];

/** Breaks the invariants of policies/health.yaml, prerequisites.yaml and evidence.yaml, on what runs around the groups. */
export function breakSurroundings(world: World, pool: Pool, features: Features): void {
  breakJobs(world);
  breakLogs(world, pool);
  breakConnect(world);
  breakAgents(world);
  breakForest(world, features);
  breakReading(world, features);
}

function change(world: World, at: number, change: (job: CloudJob) => CloudJob): string {
  const found = sure(world.jobs[at], 'a job');
  world.jobs[at] = change(found);
  return found.job.id;
}

function withStatus(job: CloudJob, status: Partial<CloudJob['job']['status']>): CloudJob {
  return { ...job, job: { ...job.job, status: { ...job.job.status, ...status } } };
}

function withSecret(job: CloudJob, key: string, value: string): CloudJob {
  const rest = (job.secrets ?? []).filter(secret => secret.key !== key);
  return { ...job, secrets: [...rest, { key, value }] };
}

/** The jobs are in this order: the main one, that of the branch, one that feeds the cloud, and one with the default target. */
function breakJobs(world: World): void {
  const failing = change(world, 1, job => withStatus(job, { countSuccessiveCompleteFailures: 3 }));
  label(world, 'cloudsync-last-success-fresh', { job: failing }, 'its last runs failed');
  const last = world.jobs[0]?.job.status.lastExecution ?? null;
  const escrowing = change(world, 0, job =>
    withStatus(job, { lastExecution: last === null ? null : { ...last, countEscrowed: 4 } }),
  );
  label(world, 'cloudsync-no-escrow', { job: escrowing }, 'four objects failed alone');
  const all = change(world, 3, job => withSecret(job, 'SyncAll', 'true'));
  label(world, 'job-scope-baseline', { job: all }, 'takes all groups');
  world.params['membership.jobGroupsAll'] = '40';
  world.params['membership.syncedMemberships'] = '100';
  label(world, 'job-membership-limit', { job: all }, 'more groups than are declared for it');
  label(world, 'job-mapping-baseline', { job: all }, 'writes to a container that is not declared');
  label(world, 'job-count-limit', {}, 'two jobs of one domain', 'tenant');
  label(world, 'licence-present', {}, 'three jobs without Entra ID Governance', 'tenant');
  const unguarded = change(world, 1, job =>
    withSecret(
      job,
      'SyncNotificationSettings',
      JSON.stringify({ Enabled: true, DeleteThresholdEnabled: false, DeleteThresholdValue: 500 }),
    ),
  );
  label(world, 'accidental-delete-protection-on', { job: unguarded }, 'switched off');
  for (const { job } of world.jobs)
    if (job.status.code === 'Quarantine') label(world, 'cloudsync-job-active', { job: job.id }, 'in quarantine');
}

function breakLogs(world: World, pool: Pool): void {
  const jobOf = (group: string): string =>
    sure(
      world.setup.provisioningEvents.find(({ sourceIdentity }) => sourceIdentity.id === group),
      'an event',
    ).jobId;
  const failed = pool.take('cloud-sync');
  const error = { errorCode: 'HybridSynchronizationActiveDirectoryInvalidParameter', reason: 'The name is taken.' };
  logProvisioning(world, failed, world.now - HOUR, 'Update', error);
  twinOf(failed).changed = iso(world.now - 25 * DAY);
  label(world, 'provisioning-log-errors', { cloudGroup: failed.id, job: jobOf(failed.id) }, 'its last update failed');
  const staged = pool.take('cloud-sync');
  logProvisioning(world, staged, world.now - 4 * HOUR, 'StagedDelete');
  label(world, 'pending-staged-deletes', { cloudGroup: staged.id, job: jobOf(staged.id) }, 'waits for approval');
  const moved = sure(
    world.groups.find(
      ({ cloud }) =>
        cloud?.isCloudManaged === true && !world.facts.approvedChanges?.some(({ group }) => group === cloud.id),
    ),
    'a group that was converted without leave',
  );
  logAuthority(world, moved, world.now - 2 * DAY);
  label(world, 'soa-audit-trail-exported', {}, 'converted without leave', 'tenant');
}

function breakConnect(world: World): void {
  world.connectSynced = world.now - 5 * HOUR;
  label(world, 'connect-sync-fresh', {}, 'five hours ago', 'tenant');
  world.setup.synchronizationClientVersion = '2.2.8.0';
  label(world, 'connect-build-min', {}, 'too old for groups that the cloud has taken over', 'tenant');
  world.setup.pendingUpdates = 900;
  label(world, 'connect-export-backlog', {}, 'many objects wait', 'tenant');
  world.setup.deletionPrevention = 'disabled';
  label(world, 'accidental-delete-protection-on', {}, 'switched off', 'connect');
  world.features.blockSoftMatchEnabled = false;
  label(world, 'match-protections-on', {}, 'soft match is open', 'tenant');
  world.setup.userContainer = places(world.base).people;
  label(world, 'user-writeback-off', {}, 'a container of an old preview', 'tenant');
  world.features.deviceWritebackEnabled = true;
  label(world, 'device-writeback-consistent', {}, 'no container for devices', 'tenant');
}

function breakAgents(world: World): void {
  world.facts.agents = [
    { machineName: 'sync1.lab.test', status: 'active', version: '1.1.1370.0' },
    { machineName: 'sync2.lab.test', status: 'inactive', version: '1.1.3730.0' },
  ];
  label(world, 'agent-build-min', {}, 'an old agent', 'sync1.lab.test');
  label(world, 'agents-redundant', {}, 'only one of two is active', 'tenant');
}

function breakForest(world: World, features: Features): void {
  const { server } = world.surroundings;
  server.attributes.serialNumber = ['Version 15.1 (Build 32507.6)'];
  label(world, 'exchange-supported', {}, 'Exchange 2016', server.guid);
  const { v2 } = places(world.base);
  world.facts.connectScope = [...(world.facts.connectScope ?? []), { dn: v2, included: false }];
  const unit = sure(
    world.entries.find(({ cn }) => cn === 'WritebackV2'),
    'a container',
  );
  label(world, 'container-connect-scope', { container: unit.guid }, 'left out of Connect');
  if (features !== 'neither') return;
  world.externalIdInSchema = false;
  label(world, 'ad-schema-2016', {}, 'the schema of an older forest', domainObject);
}

/** What is wrong with the reading itself: an engine that ran meanwhile, versions that are not accepted, a domain controller that was restored. */
function breakReading(world: World, features: Features): void {
  const last = sure(world.jobs[3]?.job.status.lastExecution, 'a run');
  const later = { ...last, timeBegan: iso(world.now + 89 * MINUTE), timeEnded: iso(world.now + 90 * MINUTE) };
  change(world, 3, job => withStatus(job, { lastExecution: later, lastSuccessfulExecution: later }));
  label(world, 'snapshots-close-in-time', {}, 'a job ran while both sides were read', 'snapshot');
  world.params['evidence.apiVersions'] = 'v1.0';
  for (const facet of betaFacets) label(world, 'api-version-recorded', {}, 'beta alone tells it', facet);
  if (features !== 'version 1') return;
  world.restored = true;
  label(world, 'same-dc-for-ad-reads', {}, 'its update sequence number went back', dnsOf(world.base));
}
