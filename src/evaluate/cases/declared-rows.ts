import type { TableRows } from '../../snapshot/index.ts';
import type { DeclaredDraft } from './case-draft.ts';
import { within } from './naming.ts';
import type { World } from './world.ts';

/** The tables of declared facts as a case states them. */
export function declaredRows(world: World): TableRows {
  const { connectScope, cloudSyncScope, domainControllerBuilds, statements } = world.draft.declared ?? {};
  return {
    declared_connect_scope: scopeRows(world, connectScope),
    declared_cloud_sync_scope: scopeRows(world, cloudSyncScope),
    declared_dc_build: Object.entries(domainControllerBuilds ?? {}).map(([name, build]) => ({
      dns_name: name.toLowerCase(),
      build,
    })),
    declared_statement: Object.entries(statements ?? {}).map(([name, value]) => ({ name, value: String(value) })),
    ...groupRows(world),
  };
}

function scopeRows({ containers }: World, scope: DeclaredDraft['connectScope'] = []) {
  return scope.map(entry => {
    const { dn, included = true } = typeof entry === 'string' ? { dn: entry } : entry;
    return { dn: containers.find(({ name }) => name === dn)?.dn ?? dn, included };
  });
}

function groupRows(world: World): TableRows {
  const { approvedChanges = [], recipients = [] } = world.draft.declared ?? {};
  const idOf = (name: string, kind: string, index: number) =>
    world.cloudThings.find(name, within(world.place, 'declared', kind, index, 'group'))?.id;
  return {
    declared_change: approvedChanges.flatMap(({ group, to, approved, ticket }, index) => {
      const id = idOf(group, 'approvedChanges', index);
      if (id === undefined) return [];
      const at = world.instant(approved ?? '10d ago');
      return [{ group_id: id, kind: `to-${to}`, approved: at, ticket: ticket ?? null }];
    }),
    declared_recipient: recipients.flatMap((entry, index) => {
      const id = idOf(entry.group, 'recipients', index);
      if (id === undefined) return [];
      return [
        {
          group_id: id,
          require_sender_authentication: entry.requireSenderAuthentication ?? null,
          hidden_from_address_lists: entry.hiddenFromAddressLists ?? null,
        },
      ];
    }),
  };
}
