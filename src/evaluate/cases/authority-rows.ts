import type { Row, TableRows } from '../../snapshot/index.ts';
import type { EnforcementDraft } from './ad-draft.ts';
import { LATE } from './event-rows.ts';
import { guidOf, type Place, within } from './naming.ts';
import { bare, domainDn, spelled, type World } from './world.ts';

/** Who has authority over groups, and what guards it in AD, as a case states them. */
export function authorityRows(world: World): TableRows {
  const { forest } = world;
  return {
    cloud_audit_event: changeRows(world),
    cloud_log_window: [{ log: 'audit', since: world.asOf - 30 * 86_400_000, until: world.asOf - LATE }],
    ad_soa_policy: (forest.enforcement ?? []).map((draft, index) => policyRow(world, draft, index)),
    ad_domain_controller: (forest.domainControllers ?? ['dc1']).map(named => {
      const { id, version, readOnly } = spelled(named, bare);
      return {
        guid: guidOf('ad', id),
        domain_dn: domainDn,
        dns_name: `${id}.contoso.com`,
        operating_system: 'Windows Server',
        operating_system_version: version === undefined ? '10.0 (20348)' : version,
        read_only: readOnly ?? false,
      };
    }),
  };
}

function changeRows(world: World): Row<'cloud_audit_event'>[] {
  return (world.cloud.authorityChanges ?? []).flatMap(({ group, to, at, by, result }, index) => {
    const place = within(world.place, 'cloud', 'authorityChanges', index, 'group');
    const thing = group === null ? undefined : world.cloudThings.find(group, place);
    if (thing === undefined && group !== null) return [];
    return [
      {
        id: guidOf('audit', `authority ${index}`),
        activity:
          to === 'cloud'
            ? 'Change Source of Authority from AD to cloud'
            : 'Undo changes to Source of Authority from AD DS to cloud',
        at: world.instant(at ?? '2d ago'),
        result: result ?? 'success',
        group_id: thing?.id ?? null,
        member_id: null,
        actor_id: guidOf('actor', by ?? 'admin'),
        actor_name: by ?? 'admin',
        actor_kind: 'user',
      },
    ];
  });
}

/** The name of a policy that a case states without one. */
export const policyNameOf = ({ name }: EnforcementDraft): 'Cloud' | 'CloudSyncSOAPolicy' => name ?? 'Cloud';

function policyRow(world: World, draft: EnforcementDraft, index: number): Row<'ad_soa_policy'> {
  const name = policyNameOf(draft);
  const place = within(world.place, 'ad', 'enforcement', index);
  return {
    domain_dn: domainDn,
    dn: `CN=${name},CN=SOA-Policies,CN=System,${domainDn}`,
    name,
    guid: guidOf('policy', name),
    mode: draft.mode === undefined ? 'Enforced' : draft.mode,
    sids: [...listedIn(world, draft, place), ...(draft.entries ?? [])],
  };
}

function listedIn(world: World, { allows = [] }: EnforcementDraft, place: Place): string[] {
  return allows.flatMap((name, at) => world.adThings.find(name, within(place, 'allows', at))?.sid ?? []);
}

/** SIDs on the lists of a case that nobody has. */
export function staleTrustees({ forest, adThings }: World): Row<'ad_trustee'>[] {
  const known = new Set([...adThings.entries()].map(([, { sid }]) => sid));
  const entries = new Set((forest.enforcement ?? []).flatMap(({ entries = [] }) => entries));
  return [...entries]
    .filter(entry => /^S-1-\d+(-\d+)+$/.test(entry) && !known.has(entry))
    .map(sid => ({ sid, name: null, object_class: null, dn: null }));
}
