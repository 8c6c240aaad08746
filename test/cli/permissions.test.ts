import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { inFolder, policyText, tallystick } from './run.ts';

const run = promisify(execFile);
const CLIENT = '11111111-2222-4333-8444-555555555555';
const TENANT = '99999999-2222-4333-8444-555555555555';

const configuration = (more = ''): string => `ad:
  urls: [ldaps://dc1.contoso.com]
  bind: { user: "CONTOSO\\\\audit", password: { env: AD_PASSWORD } }
  containers: ["OU=Joe's Groups,DC=contoso,DC=com"]
graph:
  tenant: ${TENANT}
  auth: { kind: github-oidc, clientId: ${CLIENT} }
${more}`;

const membersText = policyText('members', 'has-members').replace(
  'group.writtenBack',
  '"!has(group.ad) || group.ad.hasMembers"',
);
const jobsText = policyText('jobs', 'job-runs')
  .replace('over: groups', 'over: jobs')
  .replace('group.writtenBack', 'job.provisionsGroups')
  .replace('flavours: [connect-v1, connect-v2, cloud-sync]', 'flavours: [cloud-sync]')
  .replace('{{group.label}}', '{{job.label}}');

type Listed = {
  readonly graph: readonly { readonly name: string; readonly appRoleId: string | null; readonly facets: unknown }[];
  readonly ad: readonly { readonly name: string }[];
};

async function listed(cwd: string): Promise<Listed> {
  const { code, stdout, stderr } = await tallystick(['permissions', '--json'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

test('rights follow from what the policies read, and from nothing else', async () => {
  await inFolder({ 'policies/twins.yaml': policyText('twins', 'has-twin') }, async cwd => {
    const { graph, ad } = await listed(cwd);
    expect(names(graph)).toEqual(['Group.Read.All']);
    expect(names(ad)).toEqual(['any domain user']);
    expect(graph[0]?.facets).toContainEqual({ facet: 'cloud.groups', invariants: ['has-twin'] });
    await writeFile(join(cwd, 'policies/members.yaml'), membersText);
    expect(names((await listed(cwd)).ad)).toEqual(['any domain user', 'read of member']);
    await writeFile(join(cwd, 'policies/jobs.yaml'), jobsText);
    expect(names((await listed(cwd)).graph)).toEqual([
      'Group.Read.All',
      'Application.Read.All',
      'Synchronization.Read.All',
    ]);
  });
});

test('an invariant of a flavour that nobody uses needs no right', async () => {
  await inFolder(
    {
      'tallystick.yaml': configuration('flavour: connect-v1\n'),
      'policies/twins.yaml': policyText('twins', 'has-twin'),
      'policies/jobs.yaml': jobsText,
    },
    async cwd => expect(names((await listed(cwd)).graph)).toEqual(['Group.Read.All']),
  );
});

test('no policy, no rights: nothing was asked', async () => {
  await inFolder({ 'policies/readme.txt': '' }, async cwd => {
    expect(await tallystick(['permissions'], { cwd })).toMatchObject({ code: 3, stdout: '' });
  });
});

test('the text names each right with its facets and invariants, and what no application can have', async () => {
  await inFolder({}, async cwd => {
    const { code, stdout } = await tallystick(['permissions'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ {2}User\.Read\.All\n.*\n {4}cloud\.users: .*member-missing-in-ad/s);
    expect(stdout).toMatch(/OnPremDirectorySynchronization\.Read\.All \(delegated only/);
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  });
});

// A program of that name which writes down what it is called with and answers what its real counterpart would.
const fakeAz = `#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in "ad sp show --id 00000003"*) echo graph-object;; "ad sp show"*) echo app-object;; esac
`;

test('the commands for Azure CLI assign exactly the application permissions that are needed', async () => {
  await inFolder(
    { 'tallystick.yaml': configuration(), 'policies/jobs.yaml': jobsText, 'bin/az': fakeAz },
    async cwd => {
      await chmod(join(cwd, 'bin/az'), 0o755);
      const { stdout: script } = await tallystick(['permissions', '--commands', 'azure-cli'], { cwd });
      const calls = join(cwd, 'calls');
      await writeFile(calls, '');
      await run('bash', ['-c', script], {
        env: { PATH: `${join(cwd, 'bin')}:${process.env.PATH ?? ''}`, CALLS: calls },
      });
      const lines = (await run('cat', [calls])).stdout.trimEnd().split('\n');
      expect(lines[2]).toBe(`ad sp show --id ${CLIENT} --query id --output tsv`);
      const roles = (await listed(cwd)).graph.map(({ appRoleId }) => appRoleId);
      const bodies = lines.flatMap(line => / --body (.*)$/.exec(line)?.[1] ?? []).map(body => JSON.parse(body));
      expect(bodies).toEqual(
        roles.map(appRoleId => ({ principalId: 'app-object', resourceId: 'graph-object', appRoleId })),
      );
      expect(
        lines
          .filter(line => line.includes('rest --method'))
          .every(line => line.includes('/servicePrincipals/app-object/appRoleAssignments')),
      ).toBe(true);
    },
  );
});

test('commands of PowerShell and dsacls name the application, the containers and the account, quoted', async () => {
  await inFolder({ 'tallystick.yaml': configuration(), 'policies/members.yaml': membersText }, async cwd => {
    const graph = await tallystick(['permissions', '--commands', 'powershell'], { cwd });
    expect(graph.stdout).toContain(`-TenantId '${TENANT}'`);
    expect(graph.stdout).toContain(`appId eq '${CLIENT}'`);
    const ad = await tallystick(['permissions', '--commands', 'dsacls'], { cwd });
    expect(ad.stdout).toContain(`dsacls 'OU=Joe''s Groups,DC=contoso,DC=com' /I:T /G 'CONTOSO\\audit:GR'\n`);
    expect(ad.stdout).toContain(`dsacls 'DC=contoso,DC=com' /G 'CONTOSO\\audit:GR'\n`);
    // No policy asks for deleted objects, and no field reads them yet.
    expect(ad.stdout).not.toContain('Deleted Objects');
  });
});
