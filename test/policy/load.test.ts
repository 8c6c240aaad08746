import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findTests, loadPolicies } from '../../src/policy/index.ts';
import { loadFiles } from './report-problems.ts';
import { sampleModel } from './sample-model.ts';

const sample = `policy: one
title: Sample
params:
  max-members: { type: int, default: 5, description: Members }
  grace: { type: duration, default: PT1H, description: Grace }
  allowed: { type: "string[]", default: [a], description: Addresses }
invariants:
  - id: small
    title: Small
    flavours: [connect-v1]
    over: groups
    when: has(group.ad)
    expect: group.memberCount <= params.maxMembers && asOf - group.created > params.grace && group.ad.dn.startsWith("CN=")
    severity: high
    message: "{{group.label}} at {{group.ad.dn}} allows {{params.maxMembers}}"
    remediation: "Ask {{group.label}}."
    deprecatedIds: [tiny]
  - id: listed
    title: Listed
    flavours: [cloud-sync]
    over: groups
    expect: |
      group.mail in params.allowed
    severity: low
    message: "{{group.label}}"
    remediation: Ask.
`;

test('a good file becomes a policy with compiled invariants', () => {
  const { policies, problems, compiled } = loadFiles({ files: { 'one.yaml': sample } });
  expect(problems).toEqual([]);
  expect(policies.map(({ name, path }) => ({ name, path }))).toEqual([{ name: 'one', path: 'one.yaml' }]);
  const small = compiled.get('small');
  expect(small?.expectSql).toContain('<= 5)');
  expect(small?.expectSql).toContain('3600000000');
  expect(small?.expectSql).toContain("TIMESTAMP '2026-11-23 00:00:00.000000'");
  expect(small?.reads).toContain('group.ad.dn');
  expect(small?.facets).toEqual(['ad.groups', 'cloud.groups', 'cloud.members']);
  expect(small?.invariant.location).toMatchObject({ file: 'one.yaml', line: 13, column: 5 });
  expect(small?.remediationParts).toHaveLength(3);
  expect(compiled.get('listed')?.facets).toEqual(['ad.addresses', 'cloud.groups']);
  expect(compiled.get('listed')?.whenSql).toBe('true');
  expect(policies[0]?.invariants[0]).toBe(small?.invariant);
});

test('the command line wins over the profile, which wins over defaults', () => {
  const profile = 'profile: p\ntitle: P\nselect: all\nparams: { max-members: 7, one.allowed: [x, y] }\n';
  const files = { 'one.yaml': sample, 'profiles/p.yaml': profile };
  const loaded = loadFiles({
    files,
    profile: 'profiles/p.yaml',
    params: { 'one.max-members': '9', 'max-members': '8', grace: '90m' },
  });
  expect(loaded.problems).toEqual([]);
  const params = loaded.compiled.get('small')?.invariant.params.map(({ name, value, from }) => ({ name, value, from }));
  expect(params).toEqual([
    { name: 'max-members', value: 9, from: 'command line' },
    { name: 'grace', value: '90m', from: 'command line' },
    { name: 'allowed', value: ['x', 'y'], from: 'profile' },
  ]);
  expect(loaded.compiled.get('small')?.expectSql).toContain('<= 9)');
  expect(loaded.compiled.get('listed')?.expectSql).toContain("['x', 'y']");
});

test('a profile selects, re-grades and switches off, also by former ids', () => {
  const profile =
    'profile: p\ntitle: P\nselect: [s*l, listed]\nseverity: { small: critical }\noff: { listed: not ours }\n';
  const files = { 'one.yaml': sample, 'profiles/p.yaml': profile };
  const loaded = loadFiles({ files, profile: 'profiles/p.yaml' });
  expect(loaded.problems).toEqual([]);
  expect([...loaded.compiled.keys()]).toEqual(['small']);
  expect(loaded.compiled.get('small')?.invariant.severity).toBe('critical');
  expect(loaded.policies[0]?.invariants.map(({ id }) => id)).toEqual(['small']);
  expect(loaded.skipped).toEqual([{ id: 'listed', policy: 'one', reason: 'not ours' }]);
  const former = loadFiles({
    files: { ...files, 'profiles/p.yaml': 'profile: p\ntitle: P\nselect: [tiny]\n' },
    profile: 'profiles/p.yaml',
  });
  expect([...former.compiled.keys()]).toEqual(['small']);
  expect(former.problems.map(({ code, level }) => [code, level])).toEqual([['former-id', 'warning']]);
});

test('a parameter value is text or a list, never SQL', () => {
  const loaded = loadFiles({ files: { 'one.yaml': sample }, params: { allowed: "a'], (select 1), ['b" } });
  expect(loaded.compiled.get('listed')?.expectSql).toContain(`'a'']', '(select 1)', '[''b'`);
});

test('a folder with a mistake in one file gives no policy of that file', () => {
  const bad = sample
    .replaceAll('small', 'large')
    .replaceAll('tiny', 'huge')
    .replace('id: listed', 'id: other')
    .replace('policy: one', 'policy: two')
    .replace('has(group.ad)', 'has(group.da)');
  const { policies, problems } = loadFiles({ files: { 'one.yaml': sample, 'two.yaml': bad } });
  expect(policies.map(({ name }) => name)).toEqual(['one']);
  expect(problems.map(({ code, at }) => [code, at?.file, at?.line])).toContainEqual(['unknown-field', 'two.yaml', 12]);
});

test('tests, profiles, waivers and hidden folders are no policies, and links do not lead out', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'tallystick-'));
  const outside = mkdtempSync(join(tmpdir(), 'tallystick-'));
  try {
    writeFileSync(join(outside, 'secret.yaml'), 'password: hunter2');
    for (const folder of ['policies/deep', 'policies/profiles', 'policies/waivers', 'policies/.git']) {
      mkdirSync(join(cwd, folder), { recursive: true });
      writeFileSync(join(cwd, folder, 'any.yaml'), 'not: a policy');
    }
    writeFileSync(join(cwd, 'policies/deep/any.yaml'), sample.replace('policy: one', 'policy: any'));
    for (const name of ['one.test.yaml', 'waivers.yaml', 'README.md'])
      writeFileSync(join(cwd, 'policies', name), 'x: y');
    symlinkSync(join(outside, 'secret.yaml'), join(cwd, 'policies/link.yaml'));
    symlinkSync(outside, join(cwd, 'policies/folder'));
    const asOf = 0;
    const { policies, problems } = loadPolicies({
      paths: ['policies', 'none'],
      cwd,
      params: {},
      model: sampleModel,
      asOf,
    });
    expect(policies.map(({ path }) => path)).toEqual(['policies/deep/any.yaml']);
    expect(problems.map(({ code, at }) => [code, at?.file])).toEqual([
      ['unreadable', 'none'],
      ['link', 'policies/link.yaml'],
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
    expect(findTests(['policies'], cwd).files.map(({ shown }) => shown)).toEqual(['policies/one.test.yaml']);
  } finally {
    rmSync(cwd, { recursive: true });
    rmSync(outside, { recursive: true });
  }
});

test('an empty folder is a warning, not silence', () => {
  const { problems, policies } = loadFiles({ files: { 'README.md': 'x' } });
  expect(policies).toEqual([]);
  expect(problems).toMatchObject([{ code: 'no-policies', level: 'warning' }]);
});

test('loading is the same each time', () => {
  const files = { 'b.yaml': sample.replace('policy: one', 'policy: b'), 'a.yaml': 'x: 1' };
  const plain = () => JSON.stringify(loadFiles({ files }), (_, value) => (value instanceof Map ? [...value] : value));
  expect(plain()).toBe(plain());
});

test('mutated policies give problems, never an exception', () => {
  const mutation = fc.tuple(
    fc.nat(sample.length),
    fc.nat(8),
    fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        ': ',
        '- ',
        '{',
        '[',
        '"',
        "'",
        '\n',
        '\n  ',
        '{{',
        '}}',
        '&a',
        '*a',
        '!!x',
        '|',
        '>',
        '\t',
        '\0',
        '~',
      ),
    ),
  );
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), mutations => {
      const text = mutations.reduce((all, [at, cut, put]) => all.slice(0, at) + put + all.slice(at + cut), sample);
      const { policies, problems } = loadFiles({ files: { 'one.yaml': text } });
      const lines = text.split(/\r\n?|\n/);
      for (const { at, message } of problems) {
        expect(message).not.toBe('');
        expect(at?.line).toBeLessThanOrEqual(lines.length);
        expect(at?.column).toBeLessThanOrEqual((lines[(at?.line ?? 1) - 1]?.length ?? 0) + 1);
      }
      if (problems.every(({ level }) => level === 'warning')) expect(policies).toHaveLength(1);
    }),
    { numRuns: 1500, seed: 20261123 },
  );
});

test('ids of the invariants over waivers are taken', () => {
  const { problems, compiled } = loadFiles({ files: { 'one.yaml': sample.replace('id: small', 'id: waiver-small') } });
  expect(problems).toMatchObject([{ code: 'reserved-id', at: { line: 8, column: 9 } }]);
  expect(compiled.size).toBeGreaterThan(0);
});

test('random bytes give problems, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
      expect(loadFiles({ files: { 'one.yaml': bytes } }).problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 500, seed: 20261123 },
  );
});
