import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeEstate } from '../evidence/fixture.ts';
import { inFolder, policyText, tallystick } from './run.ts';

let home = '';
let snapshot = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tallystick-check-'));
  snapshot = await writeEstate(home);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const all = 'flavours: [connect-v1, connect-v2, cloud-sync]';
const policies = {
  'policies/judged.yaml': policyText('judged', 'judged'),
  'policies/nobody.yaml': policyText('nobody', 'nobody').replace(
    '    expect',
    '    when: group.label == "Nobody has this name"\n    expect',
  ),
  'policies/other.yaml': policyText('other', 'other').replace(all, 'flavours: [connect-v1]'),
  'policies/none.yaml': policyText('none', 'none')
    .replace('over: groups', 'over: provisioningErrors')
    .replace('group.writtenBack', 'error.resolved == true')
    .replace('{{group.label}}', '{{error.source}}'),
};
const unread = policyText('unread', 'unread')
  .replace('over: groups', 'over: grants')
  .replace('group.writtenBack', 'grant.bySyncIdentity')
  .replace('{{group.label}}', '{{grant.kind}}');

type Told = { readonly code: string; readonly message: string; readonly file: string; readonly line: number };

async function told(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return inFolder(files, async cwd => {
    const ended = await tallystick(['check', '--format', 'json', ...args], { cwd });
    const problems: readonly Told[] = JSON.parse(ended.stdout).problems;
    return { code: ended.code, problems };
  });
}

test('invariants of which nothing in the snapshot is in scope are told at their `when`, with the reason', async () => {
  const { code, problems } = await told(policies, '--snapshot', snapshot);
  expect(code).toBe(0);
  expect(problems.map(({ code: kind, file, line }) => `${file}:${line} ${kind}`)).toEqual([
    'policies/nobody.yaml:10 vacuous',
    'policies/none.yaml:9 vacuous',
    'policies/other.yaml:9 vacuous',
  ]);
  expect(problems[0]?.message).toMatch(/^nothing is in scope: all \d+ rows of groups are left out by this condition$/);
  expect(problems[1]?.message).toBe('nothing is in scope: the snapshot has no provisioningErrors');
  expect(problems[2]?.message).toMatch(/is of cloud-sync and the invariant is about connect-v1$/);
});

test('what was not read may well be in scope: nothing is said of it', async () => {
  // Nobody read the access lists of the estate.
  const { code, problems } = await told({ 'policies/unread.yaml': unread }, '--snapshot', snapshot);
  expect({ code, problems }).toEqual({ code: 0, problems: [] });
});

const waiver = (id: string, more: object) => ({
  ...{ id, invariant: 'judged', owner: 'ada', approver: 'grace', reason: 'r' },
  ...{ effective: '2026-08-01', expires: '2026-09-30', subject: { fingerprint: 'ab'.repeat(32) }, ...more },
});

test('waivers that match nothing, or have ended, are told; those that match, or have yet to begin, are not', async () => {
  const audited = await tallystick(['audit', '-s', snapshot, '-p', 'policies', '-f', 'json', '-o', '-', '-q'], {
    cwd: await judgedFolder(),
  });
  const { fingerprint } = JSON.parse(audited.stdout).findings[0];
  const waivers = JSON.stringify({
    waivers: [
      waiver('good', { subject: { fingerprint } }),
      waiver('stray', {}),
      waiver('past', { effective: '2025-01-01', expires: '2025-02-01' }),
      waiver('future', { effective: '2026-12-01', expires: '2026-12-31' }),
      waiver('own', { approver: 'ada', subject: { fingerprint } }),
      waiver('long', { effective: '2026-01-01', subject: { fingerprint } }),
      waiver('stranger', { invariant: 'jugded' }),
    ],
  });
  const files = { 'policies/judged.yaml': policies['policies/judged.yaml'], 'waivers.yaml': waivers };
  const { code, problems } = await told(files, '--snapshot', snapshot, '--waivers', 'waivers.yaml');
  expect(code).toBe(0);
  expect(problems.map(({ code: kind, message }) => `${kind} ${/`([a-z]+)`/.exec(message)?.[1]}`)).toEqual([
    'unmatched-waiver stray',
    'expired-waiver past',
    'self-approved-waiver own',
    'too-long-waiver long',
    'unknown-invariant jugded',
  ]);
});

async function judgedFolder(): Promise<string> {
  const folder = await mkdtemp(join(home, 'judged-'));
  await writeFile(join(folder, 'policies'), policies['policies/judged.yaml']);
  return folder;
}

test('without a snapshot a mistake in a waiver is told together with those of policies', async () => {
  const files = {
    'policies/judged.yaml': policyText('judged', 'judged').replace('writtenBack', 'writenBack'),
    'waivers.yaml': JSON.stringify({ waivers: [waiver('own', { expires: 'soon' })] }),
  };
  const { code, problems } = await told(files, '--waivers', 'waivers.yaml');
  expect(code).toBe(2);
  expect(problems.map(problem => problem.code)).toEqual(['unknown-field', 'not-a-date']);
});

test('with a mistake in a policy the snapshot is not even opened', async () => {
  const files = { 'policies/judged.yaml': policyText('judged', 'judged').replace('writtenBack', 'writenBack') };
  const { code, problems } = await told(files, '--snapshot', 'nowhere');
  expect({ code, kinds: problems.map(problem => problem.code) }).toEqual({ code: 2, kinds: ['unknown-field'] });
});

test('a snapshot that does not verify is exit 5', async () => {
  await inFolder(policies, async cwd => {
    const torn = join(cwd, 'torn');
    await cp(snapshot, torn, { recursive: true });
    await writeFile(join(torn, 'ad_group.parquet'), 'x');
    const { code, stderr } = await tallystick(['check', '--snapshot', torn], { cwd });
    expect({ code, stack: /\n\s+at /.test(stderr) }).toEqual({ code: 5, stack: false });
  });
});
