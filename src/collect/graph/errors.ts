import type { Row } from '../../snapshot/index.ts';
import { type Fields, noDoubts } from './item.ts';
import { doubtReason } from './ledger.ts';
import { type Desk, readRows, shortfallOf } from './reading.ts';

const PROPERTIES = 'id,onPremisesProvisioningErrors,serviceProvisioningErrors';

/** Reads `cloud.errors`: what AD and the online services say they cannot take of groups and users. */
export function readErrors(desk: Desk): Promise<boolean> {
  const request = `GET /v1.0/groups and /v1.0/users?$top=999&$select=${PROPERTIES}`;
  return desk.ledger.settle('cloud.errors', request, async tally => {
    const doubts = noDoubts();
    const reasons: string[] = [];
    let retrieved = 0;
    for (const kind of ['group', 'user'] as const) {
      const all = `${desk.v1}/${kind}s`;
      const reading = readRows(
        desk,
        tally,
        {
          facet: 'cloud.errors',
          table: 'cloud_error',
          list: { url: `${all}?$top=999&$select=${PROPERTIES}`, countUrl: `${all}/$count` },
          rows: (fields, id) => {
            const rows = errorRows(fields, id, kind);
            retrieved += rows.length;
            return rows;
          },
        },
        doubts,
      );
      const shortfall = await shortfallOf('cloud.errors', reading);
      if (shortfall !== undefined) reasons.push(`${kind}s: ${shortfall}`);
    }
    return { retrieved, reason: reasons.length > 0 ? reasons.join('; ') : doubtReason(doubts) };
  });
}

function errorRows(fields: Fields, id: string, kind: 'group' | 'user'): readonly Row<'cloud_error'>[] {
  const common = { object_id: id, object_kind: kind };
  const onPremises = fields.each('onPremisesProvisioningErrors').map((error, ordinal) => ({
    ...common,
    source: 'on-premises',
    ordinal,
    category: error.text('category'),
    property: error.text('propertyCausingError'),
    occurred: error.instant('occurredDateTime'),
    resolved: null,
  }));
  const service = fields.each('serviceProvisioningErrors').map((error, ordinal) => ({
    ...common,
    source: 'service',
    ordinal,
    category: error.text('serviceInstance'),
    property: null,
    occurred: error.instant('createdDateTime'),
    resolved: error.bool('isResolved'),
  }));
  return [...onPremises, ...service];
}
