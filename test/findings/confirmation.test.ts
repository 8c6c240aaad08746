import { expect, test } from '@jest/globals';
import {
  confirm,
  type Finding,
  planConfirmation,
  settle,
  spreadFailures,
  unconfirmed,
} from '../../src/findings/index.ts';
import { context, invariant, judgement, outcome } from './evaluation.ts';

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const facts = { snapshot: 'ab'.repeat(32), settledMs: 1000, again: '2026-08-22T10:00:00.000Z' };

/** A membership of group `group` (its AD object has the id one hundred higher) and principal `principal`. */
function membership(key: string, group: number, principal: number, verdict: 'fail' | 'unknown' = 'fail') {
  const ids = { cloudGroup: id(group), adGroup: id(group + 100), cloudPrincipal: id(principal) };
  const subject = { population: 'memberships', key, label: key, ids };
  return judgement('i0', key, { subject, verdict, missing: verdict === 'unknown' ? ['ad.acl'] : [] });
}

const resultOf = (...judgements: ReturnType<typeof judgement>[]) =>
  settle({ outcomes: [outcome(invariant('i0', 'high'), judgements)], gaps: [] }, context);
const keysOf = (findings: readonly Finding[]) => findings.map(({ subject }) => subject.key);

test('what no longer violates anything was in flight; what became unknown was not', () => {
  const plan = planConfirmation(resultOf(membership('a', 1, 11), membership('b', 2, 12), membership('c', 3, 13)));
  const second = resultOf(membership('b', 2, 12), membership('c', 3, 13, 'unknown'));
  const { confirmation, findings, run } = confirm(plan, second, new Map(), facts);
  expect(keysOf(confirmation?.inFlight ?? [])).toEqual(['a']);
  expect(keysOf(findings)).toEqual(['b', 'c']);
  expect(confirmation).toMatchObject({ confirmed: 2, standing: [] });
  expect(run.exitCode).toBe(second.run.exitCode);
});

test('what could not be read again stands with its reason, with everything of the same pair', () => {
  const first = resultOf(membership('a', 1, 11), membership('b', 1, 12), membership('c', 2, 11));
  const plan = planConfirmation(first);
  const failed = spreadFailures(plan.asked, new Map([[id(1), 'refused']]));
  expect([...failed.keys()].sort()).toEqual([id(1), id(101)]);
  const { confirmation } = confirm(plan, first, failed, facts);
  expect(confirmation?.standing.map(({ reason }) => reason)).toEqual(['refused', 'refused']);
  expect(confirmation?.confirmed).toBe(1);
});

test('subjects that cannot be read singly stand, and so does everything when it is too much', () => {
  const tenant = judgement('i0', 't', { subject: { population: 'tenant', key: 't', label: 't', ids: {} } });
  const container = judgement('i0', 'g', {
    subject: { population: 'grants', key: 'g', label: 'g', ids: { container: id(7), cloudGroup: id(1) } },
  });
  const first = resultOf(membership('a', 1, 11), tenant, container);
  const plan = planConfirmation(first);
  expect(keysOf(plan.asked)).toEqual(['a']);
  expect([...plan.subjects.cloudGroups]).toEqual([id(1)]);
  expect(plan.standing.map(({ reason }) => reason)).toEqual(
    expect.arrayContaining([expect.stringContaining('tenant')]),
  );
  const crowded = planConfirmation(first, 0);
  expect(crowded.asked).toEqual([]);
  expect(crowded.standing).toHaveLength(3);
  const nothing = unconfirmed(plan, first, 'the directory is down', facts);
  expect(nothing.findings).toEqual(first.findings);
  expect(nothing.confirmation).toMatchObject({ confirmed: 0, inFlight: [] });
  expect(nothing.confirmation?.standing).toHaveLength(3);
});
