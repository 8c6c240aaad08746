import type { Row } from '../../snapshot/index.ts';
import { badAnswer } from './failure.ts';
import { type Fields, fieldsOf, type Item, isItem, itemsOf, noDoubts, objectId, textId } from './item.ts';
import { doubtReason } from './ledger.ts';
import { type Desk, readRows, requestOf } from './reading.ts';

/** Id of Microsoft Graph as an application, equal in every tenant. */
const MICROSOFT_GRAPH = '00000003-0000-0000-c000-000000000000';

/** Reads `cloud.appGrants`: who holds application permissions of Microsoft Graph, by their names. */
export function readAppGrants(desk: Desk): Promise<boolean> {
  const filter = encodeURIComponent(`appId eq '${MICROSOFT_GRAPH}'`);
  const url = `${desk.v1}/servicePrincipals?$filter=${filter}&$select=id,appRoles`;
  return desk.ledger.settle('cloud.appGrants', requestOf(url), async tally => {
    const doubts = noDoubts();
    const graph = onlyPrincipal(await desk.port.get(url, { tally, check: json => void onlyPrincipal(json) }));
    tally.pages++;
    const permissions = new Map(
      fieldsOf(graph, doubts, MICROSOFT_GRAPH)
        .each('appRoles')
        .map(role => [role.guid('id'), role.text('value')]),
    );
    let retrieved = 0;
    const { shortfall } = await readRows(
      desk,
      tally,
      {
        facet: 'cloud.appGrants',
        table: 'cloud_app_grant',
        list: { url: `${desk.v1}/servicePrincipals/${objectId(graph)}/appRoleAssignedTo?$top=999`, keyOf: textId },
        rows: fields => {
          const rows = grantRows(fields, permissions);
          retrieved += rows.length;
          return rows;
        },
      },
      doubts,
    );
    return { retrieved, reason: shortfall ?? doubtReason(doubts) };
  });
}

function onlyPrincipal(json: unknown): Item {
  const [item, ...more] = isItem(json) ? itemsOf(json.value, 'value') : [];
  if (item === undefined || more.length > 0 || objectId(item) === undefined)
    throw badAnswer('anything but one service principal for Microsoft Graph');
  return item;
}

function grantRows(
  fields: Fields,
  permissions: ReadonlyMap<string | null, string | null>,
): readonly Row<'cloud_app_grant'>[] {
  const kind = fields.text('principalType');
  if (kind !== null && kind !== 'ServicePrincipal') return [];
  const principal = fields.guid('principalId');
  const role = fields.guid('appRoleId');
  if (principal === null) fields.lack('principalId');
  if (role === null) fields.lack('appRoleId');
  if (principal === null || role === null) return [];
  const permission = permissions.get(role) ?? role;
  const name = fields.text('principalDisplayName');
  return [{ principal_id: principal, principal_name: name, permission, granted: fields.instant('createdDateTime') }];
}
