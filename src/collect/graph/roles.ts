import { guidText } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import { GraphFailure } from './failure.ts';
import { type Doubts, type Fields, fieldsOf, noDoubts, textId } from './item.ts';
import { doubtReason } from './ledger.ts';
import { readList } from './list.ts';
import type { Tally } from './port.ts';
import { type Desk, readRows, shortfallOf } from './reading.ts';

type Role = { readonly template: string; readonly name: string | null; readonly privileged: boolean | null };

const ASSIGNMENT = '$select=id,principalId,roleDefinitionId,directoryScopeId,appScopeId';
const lists = { active: 'roleAssignments', eligible: 'roleEligibilityScheduleInstances' } as const;

const REQUEST =
  'GET /beta/roleManagement/directory/roleDefinitions and GET /v1.0/roleManagement/directory/roleAssignments and roleEligibilityScheduleInstances';

/** Reads `cloud.roles`: the role definitions from beta, which alone tells the privileged ones, and who holds or may activate them. */
export function readRoles(desk: Desk): Promise<boolean> {
  return desk.ledger.settle('cloud.roles', REQUEST, async tally => {
    const doubts = noDoubts();
    const roles = new Map<string, Role>();
    const reasons: string[] = [];
    const shortfall = await shortfallOf('cloud.roles', readDefinitions(desk, tally, roles, doubts));
    if (shortfall !== undefined) reasons.push(`definitions of roles: ${shortfall}`);
    let retrieved = 0;
    for (const assignment of ['active', 'eligible'] as const) {
      const reading = readRows(
        desk,
        tally,
        {
          facet: 'cloud.roles',
          table: 'cloud_role_assignment',
          list: { url: `${desk.v1}/roleManagement/directory/${lists[assignment]}?${ASSIGNMENT}`, keyOf: textId },
          rows: (fields, id) => {
            const rows = assignmentRows(fields, id, assignment, roles);
            retrieved += rows.length;
            return rows;
          },
        },
        doubts,
      );
      const short = await shortfallOf('cloud.roles', unlessUnlicensed(reading));
      if (short !== undefined) reasons.push(short);
    }
    return { retrieved, reason: reasons.length > 0 ? reasons.join('; ') : doubtReason(doubts) };
  });
}

/** True for the answer that the tenant has no licence for Privileged Identity Management: nobody can activate anything then, so there is nothing to list. */
export function isUnlicensed(thrown: unknown): boolean {
  return thrown instanceof GraphFailure && thrown.code === 'AadPremiumLicenseRequired';
}

function unlessUnlicensed<T>(reading: Promise<T>) {
  return reading.catch((thrown: unknown) => {
    if (!isUnlicensed(thrown)) throw thrown;
    return { retrieved: 0, expected: undefined, note: undefined, shortfall: undefined };
  });
}

function readDefinitions(desk: Desk, tally: Tally, roles: Map<string, Role>, doubts: Doubts) {
  const url = `${desk.beta}/roleManagement/directory/roleDefinitions?$select=id,templateId,displayName,isPrivileged`;
  return readList(
    desk.port,
    desk.pace,
    {
      url,
      emit: async items => {
        for (const item of items) {
          const fields = fieldsOf(item, doubts, String(item.id));
          const id = fields.guid('id') ?? '';
          const template = fields.guid('templateId') ?? id;
          roles.set(id, { template, name: fields.text('displayName'), privileged: fields.bool('isPrivileged') });
        }
      },
    },
    tally,
  );
}

function assignmentRows(
  fields: Fields,
  id: string,
  assignment: 'active' | 'eligible',
  roles: ReadonlyMap<string, Role>,
): readonly Row<'cloud_role_assignment'>[] {
  const principal = fields.guid('principalId');
  const definition = fields.guid('roleDefinitionId');
  const scope = fields.text('directoryScopeId') ?? fields.text('appScopeId');
  if (principal === null) fields.lack('principalId');
  if (definition === null) fields.lack('roleDefinitionId');
  if (scope === null) fields.lack('directoryScopeId');
  if (principal === null || definition === null || scope === null) return [];
  const role = roles.get(definition);
  // A role that the definitions do not know: what it is worth is not known either.
  if (role === undefined) fields.lack('the definition of its role');
  return [
    {
      id,
      principal_id: principal,
      role_template_id: role?.template ?? guidText(definition) ?? definition,
      role_name: role?.name ?? null,
      privileged: role?.privileged ?? null,
      scope,
      assignment,
    },
  ];
}
