import type { Row } from '../../snapshot/index.ts';
import type { Chain } from './chain.ts';
import { openChains } from './chains.ts';
import { badAnswer, GraphFailure } from './failure.ts';
import { fieldsOf, isItem, noDoubts, objectId } from './item.ts';
import { doubtReason, rowSink } from './ledger.ts';
import type { Roster } from './membership.ts';
import { type GroupSink, readPerGroup } from './per-group.ts';
import type { Desk } from './reading.ts';

const PROPERTIES = '$select=id,hideFromAddressLists,allowExternalSenders';

/** Reads `cloud.mailSettings`, which Exchange keeps and Microsoft Graph tells of one group at a time. */
export function readMailSettings(desk: Desk, roster: Roster, listed: Promise<boolean>): Promise<boolean> {
  const rows = rowSink(desk.recorder, 'cloud_mail_setting');
  return readPerGroup(desk, roster, listed, {
    facet: 'cloud.mailSettings',
    request: `POST /v1.0/$batch of GET /groups/{id}?${PROPERTIES}`,
    judge: group => {
      if (!group.mailEnabled) return 'nothing';
      return group.unified ? 'read' : { gap: 'Microsoft Graph tells this of Microsoft 365 groups only' };
    },
    open: (tally, sink) => {
      const chains = openChains({ ...desk, root: desk.v1, cost: 1, tally });
      return {
        add: ({ id }) => chains.add(() => settingChain(`${desk.v1}/groups/${id}?${PROPERTIES}`, id, rows.push, sink)),
        finish: async () => {
          await chains.finish();
          await rows.flush();
        },
      };
    },
  });
}

function settingChain(
  url: string,
  group: string,
  push: (rows: readonly Row<'cloud_mail_setting'>[]) => Promise<void>,
  sink: GroupSink,
): Chain {
  let row: Row<'cloud_mail_setting'> | undefined;
  return {
    url: () => url,
    restart: () => {
      row = undefined;
    },
    take: body => {
      if (!isItem(body) || objectId(body) !== group) throw badAnswer('not the group that was asked for');
      const doubts = noDoubts();
      const fields = fieldsOf(body, doubts, group);
      // A property that was selected and is not there is not the same as one that is null.
      if (!('hideFromAddressLists' in body)) fields.lack('hideFromAddressLists');
      if (!('allowExternalSenders' in body)) fields.lack('allowExternalSenders');
      const hidden = fields.bool('hideFromAddressLists');
      const external = fields.bool('allowExternalSenders');
      const reason = doubtReason(doubts);
      if (reason !== undefined) throw new GraphFailure('answer', reason);
      row = { group_id: group, hidden_from_address_lists: hidden, allow_external_senders: external };
      return true;
    },
    end: async () => {
      if (row === undefined) return false;
      await push([row]);
      sink.done(group, 1);
      return true;
    },
    failed: failure => sink.failed(group, failure),
  };
}
