import { expect, test } from '@jest/globals';
import { readClaims } from '../../../src/collect/graph/claims.ts';
import { openLedger } from '../../../src/collect/graph/ledger.ts';
import { foreseenGaps, missingRights } from '../../../src/collect/graph/rights.ts';
import { memoryRecorder } from '../memory-recorder.ts';

const claimsOf = (payload: object) => readClaims(`x.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.x`);
const wanted = ['cloud.groups', 'cloud.members', 'cloud.users', 'cloud.jobs', 'ad.groups'] as const;

test.each([
  [
    {
      roles: [
        'Group.Read.All',
        'Member.Read.Hidden',
        'User.Read.All',
        'Application.Read.All',
        'Synchronization.Read.All',
      ],
    },
    [],
  ],
  [{ roles: ['Directory.Read.All'] }, ['synchronization', 'hiddenMembers']],
  [{ scp: 'openid Directory.AccessAsUser.All Synchronization.ReadWrite.All Member.Read.Hidden' }, []],
  [
    { roles: ['User.ReadBasic.All', 'Group.ReadBasic.All'] },
    ['groups', 'applications', 'synchronization', 'hiddenMembers', 'users'],
  ],
  [{}, ['groups', 'applications', 'synchronization', 'hiddenMembers', 'users']],
])('what a token with %j lacks', (payload, lacks) => {
  expect(missingRights(claimsOf(payload), wanted).map(({ right }) => right)).toEqual(lacks);
});

test('an opaque token is not judged', () => {
  expect(missingRights(readClaims('opaque'), wanted)).toEqual([]);
});

test('a facet whose right is missing is a gap even when Graph answers as if all were well; hidden members are a matter of their groups', async () => {
  const missing = missingRights(claimsOf({ roles: ['Group.Read.All', 'User.ReadBasic.All'] }), wanted);
  const recorder = memoryRecorder();
  const ledger = openLedger(recorder, () => 0);
  ledger.foresee(foreseenGaps(missing));
  const read = async () => ({ retrieved: 7 });
  expect(await ledger.settle('cloud.users', 'GET /users', read)).toBe(false);
  expect(await ledger.settle('cloud.members', 'GET /members', read)).toBe(true);
  expect(recorder.covered('cloud.users')).toMatchObject({
    complete: false,
    reason: 'the token lacks User.Read.All, without which Microsoft Graph leaves things out',
  });
  expect(recorder.covered('cloud.members')).toMatchObject({ complete: true });
});
