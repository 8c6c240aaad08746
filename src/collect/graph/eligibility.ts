import { durationMs } from '../../base/index.ts';
import type { Row } from '../../snapshot/index.ts';
import type { Chain } from './chain.ts';
import { openChains } from './chains.ts';
import { badAnswer, GraphFailure } from './failure.ts';
import { type Fields, fieldsOf, type Item, noDoubts, textId } from './item.ts';
import { doubtReason, type RowSink, rowSink } from './ledger.ts';
import { readPage } from './list.ts';
import type { Roster } from './membership.ts';
import { type GroupSink, readPerGroup } from './per-group.ts';
import type { Desk } from './reading.ts';
import { isUnlicensed } from './roles.ts';

const INSTANCES = '/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances';
const POLICIES = '/policies/roleManagementPolicyAssignments';
/** The rule of a policy that says for how long somebody eligible may activate. */
const RULE = 'Expiration_EndUser_Assignment';
const MOST_PAGES = 1000;
const ROUNDS = 3;

/**
 * Reads `cloud.eligibility`: who may activate a membership or an ownership, and for how long, of the groups in which somebody may. Dynamic groups and
 * groups synced from AD cannot be managed in PIM
 * (https://learn.microsoft.com/entra/id-governance/privileged-identity-management/groups-discover-groups).
 */
export function readEligibility(desk: Desk, roster: Roster, listed: Promise<boolean>): Promise<boolean> {
  const eligible = rowSink(desk.recorder, 'cloud_eligibility');
  const rules = rowSink(desk.recorder, 'cloud_pim_rule');
  return readPerGroup(desk, roster, listed, {
    facet: 'cloud.eligibility',
    request: `POST /v1.0/$batch of GET ${INSTANCES}?$filter=groupId eq '{id}'`,
    judge: group => (group.dynamic ? 'nothing' : 'read'),
    synced: 'nothing',
    open: (tally, sink) => {
      const chains = openChains({ ...desk, root: desk.v1, cost: 1, tally });
      return {
        add: ({ id }) => chains.add(() => eligibilityChain(desk.v1, id, { eligible, rules, sink })),
        finish: async () => {
          await chains.finish();
          await eligible.flush();
          await rules.flush();
        },
      };
    },
  });
}

type Sinks = {
  readonly eligible: RowSink<'cloud_eligibility'>;
  readonly rules: RowSink<'cloud_pim_rule'>;
  readonly sink: GroupSink;
};

/**
 * First the list of those eligible, page by page, then the policies when there is anybody. A list has no count, so one that is not empty is read until two
 * readings agree.
 */
function eligibilityChain(root: string, group: string, { eligible, rules, sink }: Sinks): Chain {
  const listUrl = `${root}${INSTANCES}?$filter=${encodeURIComponent(`groupId eq '${group}'`)}`;
  const policyUrl = `${root}${POLICIES}?$filter=${encodeURIComponent(`scopeId eq '${group}' and scopeType eq 'Group'`)}&$expand=policy($expand=rules)`;
  let url = listUrl;
  let links = new Set<string>();
  let found = new Map<string, Row<'cloud_eligibility'>>();
  let made: readonly Row<'cloud_pim_rule'>[] = [];
  let previous: string | undefined;
  let round = 1;
  const restart = () => {
    url = listUrl;
    links = new Set();
    found = new Map();
  };
  const takeList = (body: unknown) => {
    const page = readPage(body, url, textId);
    if (page.next !== undefined && (links.has(page.next) || links.size > MOST_PAGES))
      throw new GraphFailure('status', 'its page links run in a circle');
    const rows = checked(group, page.items, (fields, item) => [[String(item.id), eligibleRow(fields, group)] as const]);
    links.add(url);
    for (const [id, row] of rows) found.set(id, row);
    if (page.next !== undefined) url = page.next;
    else if (found.size === 0 && previous === undefined) return true;
    else readOn();
    return false;
  };
  const readOn = () => {
    const keys = [...found.keys()].sort().join();
    if (keys === previous) url = policyUrl;
    else if (round >= ROUNDS)
      throw new GraphFailure('status', `the list differed each of the ${ROUNDS} times it was read`);
    else {
      round++;
      previous = keys;
      restart();
    }
  };
  return {
    url: () => url,
    restart,
    take: body => {
      if (url !== policyUrl) return takeList(body);
      const { items, next } = readPage(body, url, textId);
      if (next !== undefined) throw badAnswer('more policies than a group has');
      made = checked(group, items, fields => ruleRows(fields, group));
      return true;
    },
    end: async () => {
      await eligible.push([...found.values()]);
      await rules.push(made);
      sink.done(group, found.size);
      return true;
    },
    failed: failure => (isUnlicensed(failure) ? sink.done(group, 0) : sink.failed(group, failure)),
  };
}

/** What is made of the items of a page; throws `answer` when a value is not as documented. */
function checked<T>(
  group: string,
  items: readonly Item[],
  make: (fields: Fields, item: Item) => readonly T[],
): readonly T[] {
  const doubts = noDoubts();
  const made = items.flatMap(item => make(fieldsOf(item, doubts, group), item));
  const reason = doubtReason(doubts);
  if (reason !== undefined) throw new GraphFailure('answer', reason);
  return made;
}

function eligibleRow(fields: Fields, group: string): Row<'cloud_eligibility'> {
  const principal = fields.guid('principalId');
  const access = fields.text('accessId');
  if (principal === null) fields.lack('principalId');
  if (access === null) fields.lack('accessId');
  if (fields.guid('groupId') !== group) fields.lack('the group that was asked for');
  return { group_id: group, principal_id: principal ?? '', access: access ?? '', ends: fields.instant('endDateTime') };
}

function ruleRows(fields: Fields, group: string): readonly Row<'cloud_pim_rule'>[] {
  const access = fields.text('roleDefinitionId');
  if (access === null) fields.lack('roleDefinitionId');
  const rule = fields
    .inside('policy')
    .each('rules')
    .find(each => each.text('id') === RULE);
  if (rule === undefined) fields.lack(`the rule ${RULE}`);
  const seconds = rule?.seconds('maximumDuration', durationMs) ?? null;
  return [{ group_id: group, access: access ?? '', max_activation_seconds: seconds }];
}
