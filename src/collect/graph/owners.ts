import type { Row } from '../../snapshot/index.ts';
import { rowSink } from './ledger.ts';
import { membersByBatch } from './members.ts';
import type { Roster } from './membership.ts';
import { readPerGroup } from './per-group.ts';
import type { Desk } from './reading.ts';

/** Reads `cloud.owners`, from beta: v1.0 leaves service principals out of the owners, and they can change a group like any other. */
export function readOwners(desk: Desk, roster: Roster, listed: Promise<boolean>): Promise<boolean> {
  const rows = rowSink(desk.recorder, 'cloud_owner');
  return readPerGroup(desk, roster, listed, {
    facet: 'cloud.owners',
    request: 'POST /beta/$batch of GET /groups/{id}/owners?$top=999&$select=id',
    judge: group =>
      group.mailEnabled && !group.unified
        ? { gap: 'Microsoft Graph does not tell the owners of groups that Exchange manages' }
        : 'read',
    open: (tally, sink) => {
      const reading = membersByBatch(
        { ...desk, root: desk.beta, tally },
        {
          done: async (group, owners) => {
            const made: Row<'cloud_owner'>[] = [];
            for (const [owner, kind] of owners) made.push({ group_id: group, owner_id: owner, kind });
            await rows.push(made);
            sink.done(group, made.length);
          },
          failed: sink.failed,
        },
        'owners',
      );
      return {
        add: reading.add,
        finish: async () => {
          await reading.finish();
          await rows.flush();
        },
      };
    },
  });
}
