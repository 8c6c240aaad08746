import type { Row, TableRows } from '../../snapshot/index.ts';
import { guidOf, within } from './naming.ts';
import type { JobDraft } from './pipeline-draft.ts';
import { bare, spelled, type World } from './world.ts';

/** The tables about jobs, agents, logs and the tenant as a case states them. */
export function pipelineRows(world: World): TableRows {
  return {
    cloud_job: jobsOf(world).map(job => jobRow(world, job)),
    cloud_job_mapping: jobsOf(world).flatMap(job => mappingRows(world, job)),
    cloud_agent: agentRows(world),
    cloud_licence: (world.cloud.licences ?? [{ id: 'premium', plans: ['AAD_PREMIUM'] }]).map(named => {
      const { id, plans = [], units = 100 } = spelled(named, bare);
      return { id: guidOf('licence', id), name: id, plans, enabled_units: units };
    }),
    cloud_provisioning_event: provisioningRows(world),
    ...tenantRows(world),
  };
}

type Job = { readonly id: string } & JobDraft;

function jobsOf({ cloud, draft }: World): readonly Job[] {
  const standard = draft.flavours.includes('cloud-sync') ? ['groups-job'] : [];
  return (cloud.jobs ?? standard).map(named => spelled<Job>(named, bare));
}

/** What is stated, null included; else the default. */
function stated<T>(value: T | undefined, otherwise: T): T {
  return value === undefined ? otherwise : value;
}

function jobRow(world: World, job: Job): Row<'cloud_job'> {
  const interval = stated(job.interval, '20m');
  const success = stated(job.lastSuccess, '10m ago');
  return {
    id: job.id,
    service_principal_id: guidOf('service-principal', job.id),
    service_principal_name: null,
    template_id: job.template ?? 'AAD2ADGroupProvisioning',
    schedule_interval_seconds: interval === null ? null : intervalSeconds(interval),
    schedule_state: stated(job.schedule, 'Active'),
    status_code: stated(job.status, 'Active'),
    quarantine_reason: job.quarantine ?? null,
    quarantine_began: null,
    quarantine_error: null,
    last_success: success === null ? null : world.instant(success),
    last_state: 'Succeeded',
    complete_failures: stated(job.failures, 0),
    escrowed: stated(job.escrowed, 0),
    target_container: containerDn(world, job.container ?? null),
    cn_expression: null,
    scope_filter: job.scopeFilter ?? null,
    target_domain: stated(job.domain, 'contoso.com'),
    sync_all: stated(job.takesAll, false),
    accidental_delete_enabled: stated(job.deleteProtection, true),
    accidental_delete_threshold: stated(job.deleteThreshold, 500),
    escrows_pruned: stated(job.escrowsPruned, false),
  };
}

function containerDn({ containers }: World, name: string | null): string | null {
  return containers.find(container => container.name === name)?.dn ?? name;
}

function intervalSeconds(text: string): number {
  const unit = text.endsWith('h') ? 3600 : text.endsWith('m') ? 60 : 1;
  return Number(text.slice(0, -1)) * unit;
}

/** The mappings that the service makes by itself. */
const usual: NonNullable<JobDraft['mappings']> = {
  cn: 'Append(Append(Left(Trim([displayName]),51),"_"),Mid([objectId],25,12))',
  description: 'Left(Trim([description]),448)',
  displayName: '[displayName]',
  isSecurityGroup: { constant: 'True' },
  member: '[members]',
  UniversalScope: { constant: 'True' },
};

function mappingRows(world: World, { id, container, mappings, template }: Job): Row<'cloud_job_mapping'>[] {
  if (template !== undefined && !template.startsWith('AAD2ADGroupProvisioning')) return [];
  const place = containerDn(world, container ?? world.containers[0]?.name ?? null) ?? '';
  const all = { ...usual, parentDistinguishedName: { constant: place }, ...mappings };
  return Object.entries(all).flatMap(([target, source]) =>
    source === null
      ? []
      : [
          {
            job_id: id,
            rule: 0,
            object: 'group',
            target,
            source: typeof source === 'string' ? source : (containerDn(world, source.constant) ?? ''),
            flow_type: 'Always',
            constant: typeof source !== 'string',
          },
        ],
  );
}

function agentRows({ cloud, draft }: World): Row<'cloud_agent'>[] {
  const standard = draft.flavours.includes('cloud-sync') ? ['agent1', 'agent2'] : [];
  return (cloud.agents ?? standard).map(named => {
    const { id, status, version } = spelled<{ id: string } & { status?: string | null; version?: string | null }>(
      named,
      bare,
    );
    return { id, machine_name: id, status: stated(status, 'active'), version: stated(version, '1.1.2334.0') };
  });
}

function provisioningRows(world: World): Row<'cloud_provisioning_event'>[] {
  return (world.cloud.provisioned ?? []).flatMap(({ group, job, action, status, at, error }, index) => {
    const thing = world.cloudThings.find(group, within(world.place, 'cloud', 'provisioned', index, 'group'));
    if (thing === undefined) return [];
    return [
      {
        id: `event-${String(index).padStart(4, '0')}`,
        job_id: job ?? 'groups-job',
        at: world.instant(at ?? '1h ago'),
        action: action ?? 'update',
        status: stated(status, 'success'),
        source_id: thing.id,
        source_kind: 'Group',
        target_id: null,
        error_code: error ?? null,
        error_reason: null,
      },
    ];
  });
}

const healthy = {
  blockSoftMatchEnabled: true,
  blockCloudObjectTakeoverThroughHardMatchEnabled: true,
  allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: false,
  userWritebackEnabled: false,
  deviceWritebackEnabled: false,
} as const;

function tenantRows({ cloud, draft, instant }: World): TableRows {
  const { displayName, writebackV1, writebackV2, newGroupDefault, lastSync, features } = cloud.tenant ?? {};
  const synced = stated(lastSync, '10m ago');
  const switches = {
    unifiedGroupWritebackEnabled: stated(writebackV1, draft.flavours.includes('connect-v1')),
    groupWriteBackEnabled: stated(writebackV2, false),
    ...healthy,
    ...features,
  };
  return {
    cloud_tenant: [
      {
        id: guidOf('tenant', 'contoso'),
        display_name: stated(displayName, 'Contoso'),
        on_premises_sync_enabled: true,
        last_sync: synced === null ? null : instant(synced),
        verified_domains: ['contoso.com'],
      },
    ],
    cloud_sync_feature: Object.entries(switches).map(([name, enabled]) => ({ name, enabled })),
    cloud_sync_configuration: [configurationRow(cloud.tenant ?? {})],
    cloud_setting:
      newGroupDefault === null
        ? []
        : [{ template: 'Group.Unified', name: 'NewUnifiedGroupWritebackDefault', value: newGroupDefault ?? 'false' }],
  };
}

function configurationRow(tenant: NonNullable<World['cloud']['tenant']>): Row<'cloud_sync_configuration'> {
  const { connectVersion, userContainer, pendingExports, deletePrevention, deleteThreshold } = tenant;
  const pending = stated(pendingExports, 0);
  return {
    id: guidOf('tenant', 'contoso'),
    client_version: stated(connectVersion, '2.5.79.0'),
    interval_seconds: 1800,
    requested_interval_seconds: null,
    writeback_container: null,
    user_container: userContainer ?? null,
    prevention_type: stated(deletePrevention, 'enabledForCount'),
    alert_threshold: stated(deleteThreshold, 500),
    // Of each kind something, so that a sum that leaves one out is seen.
    pending_adds: pending === null ? null : pending - 2 * Math.floor(pending / 3),
    pending_updates: pending === null ? null : Math.floor(pending / 3),
    pending_deletes: pending === null ? null : Math.floor(pending / 3),
    pending_link_adds: null,
    pending_link_deletes: null,
  };
}
