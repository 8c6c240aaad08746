import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { model } from '../../src/model/index.ts';
import { frameworkIds, loadPolicies, mapControls } from '../../src/policy/index.ts';
import { loadFiles } from './report-problems.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shipped = readdirSync(`${root}policies/profiles`).map(name => `policies/profiles/${name}`);
const load = (profile: string, paths = ['policies']) =>
  loadPolicies({ paths, cwd: root, params: {}, profile, model, asOf: 0 });

test('five profiles are shipped, and a folder of policies is read without them', () => {
  expect(shipped.map(path => path.replace(/.*\//, '')).sort()).toEqual([
    'cis-v8.yaml',
    'iso-27001-2022.yaml',
    'nist-800-53r5.yaml',
    'nist-csf-2.0.yaml',
    'soc2.yaml',
  ]);
  const { policies, problems } = loadPolicies({ paths: ['policies'], cwd: root, params: {}, model, asOf: 0 });
  expect(problems).toEqual([]);
  expect(policies.filter(({ path }) => path.includes('profiles'))).toEqual([]);
});

test.each(shipped)('%s judges every shipped invariant, and neither side leaves anything open', profile => {
  const loaded = load(profile);
  expect([...loaded.problems, ...(loaded.controls?.problems ?? [])]).toEqual([]);
  expect(loaded.skipped).toEqual([]);
  const { mapping } = loaded.controls ?? {};
  expect(mapping?.unlisted).toEqual([]);
  expect(mapping?.unmapped.filter(({ said }) => !said)).toEqual([]);
  const named = mapping?.controls.flatMap(({ invariants }) => invariants) ?? [];
  const silent = mapping?.unmapped.map(({ id }) => id) ?? [];
  expect([...new Set([...named, ...silent])].sort()).toEqual([...loaded.compiled.keys()].sort());
  for (const { noEvidence, invariants } of mapping?.controls ?? [])
    expect(noEvidence === undefined).toBe(invariants.length > 0);
});

test('with fewer policies, every control that is left without evidence is told', () => {
  const { problems, controls } = load('policies/profiles/cis-v8.yaml', ['policies/mail.yaml']);
  expect(problems).toEqual([]);
  const told = controls?.problems.map(({ message }) => /`(.+)`/.exec(message)?.[1]);
  expect(told).toEqual(['2.2', '4.8', '5.4', '6.1', '6.2', '6.8', '7.4', '8.2', '8.5', '8.10', '8.11', '11.1']);
  expect(controls?.problems[0]).toMatchObject({
    level: 'warning',
    at: { file: 'policies/profiles/cis-v8.yaml', line: 12 },
  });
});

test('the schema of policies knows the frameworks whose controls policies name', () => {
  const schema = JSON.parse(readFileSync(`${root}schemas/policy.schema.json`, 'utf8'));
  expect(Object.keys(schema.$defs.invariant.properties.controls.properties)).toEqual([...frameworkIds]);
});

const policy = (controls: string) =>
  ['one', 'two']
    .map(
      id => `  - id: ${id}
    title: T
    flavours: [cloud-sync]
    over: groups
    expect: has(group.ad)
    severity: low
    message: m
    remediation: r
${id === 'one' && controls !== '' ? `    controls: ${controls}\n` : ''}`,
    )
    .reduce((text, each) => text + each, 'policy: p\ntitle: P\ninvariants:\n');

const profile = (framework: string, more = '') =>
  `profile: q\ntitle: Q\nselect: all\n${more}framework:\n  title: F\n  version: "1"\n${framework}`;

const loadTwo = (controls: string, framework: string, more = '') =>
  loadFiles({
    files: { 'p.yaml': policy(controls), 'profiles/q.yaml': profile(framework, more) },
    profile: 'profiles/q.yaml',
  });

const places = (problems: readonly { at?: { file: string; line: number; column: number }; message: string }[] = []) =>
  problems.map(({ at, message }) => `${at?.file}:${at?.line}:${at?.column} ${message}`);

test('a control that the profile does not list, and an invariant that says nothing, are told where they stand', () => {
  const { problems, controls } = loadTwo(
    '{ nist-800-53r5: [AC-2, AC-22] }',
    '  id: nist-800-53r5\n  controls: [{ id: AC-2, title: A }, { id: AC-3, title: B }]\n',
  );
  expect(problems).toEqual([]);
  expect(places(controls?.problems)).toEqual([
    'profiles/q.yaml:8:44 no loaded invariant is evidence for the control `AC-3`',
    'p.yaml:12:39 the profile q lists no control `AC-22` of nist-800-53r5; named by one',
    'p.yaml:13:9 `two` does not say for which controls of nist-800-53r5 it is evidence',
  ]);
  expect(controls?.problems[1]?.hint).toBe('did you mean `AC-2`?');
  expect(controls?.mapping.unlisted).toEqual([{ id: 'AC-22', invariants: ['one'] }]);
});

test('an empty list says that an invariant is evidence for nothing', () => {
  const framework = '  id: soc2\n  controls: [{ id: CC6.1, title: A, noEvidence: none here }]\n';
  const { mapping, problems } = loadTwo('{ soc2: [] }', framework).controls ?? {};
  expect(mapping?.unmapped).toEqual([
    { id: 'one', said: true },
    { id: 'two', said: false },
  ]);
  expect(places(problems)).toEqual(['p.yaml:13:9 `two` does not say for which controls of soc2 it is evidence']);
  const contradiction = loadTwo('{ soc2: [CC6.1] }', framework).controls?.problems[0];
  expect(contradiction?.message).toBe('the profile says that nothing is evidence for `CC6.1`, but one is');
});

test('a framework of your own lists its evidence in the profile, and there only', () => {
  const { problems, controls } = loadTwo(
    '',
    '  id: house-rules\n  controls: [{ id: "1.10", title: A, evidence: [two, one] }, { id: "2", title: B, noEvidence: by hand }]\n',
    'off: { two: not ours }\n',
  );
  expect([problems, controls?.problems]).toEqual([[], []]);
  expect(controls?.mapping).toMatchObject({
    controls: [
      { id: '1.10', invariants: ['one', 'two'] },
      { id: '2', invariants: [], noEvidence: 'by hand' },
    ],
    off: [{ id: 'two', reason: 'not ours' }],
    unmapped: [],
  });
  const wrong = loadTwo(
    '{ nist-800-53r5: [AC-2] }',
    '  id: nist-800-53r5\n  controls: [{ id: AC-2, title: A, evidence: [one] }, { id: AC-2, title: B }]\n',
  );
  expect(places(wrong.problems)).toEqual([
    'profiles/q.yaml:8:36 invariants name the controls of nist-800-53r5 themselves',
    'profiles/q.yaml:8:61 the control `AC-2` is listed twice',
  ]);
  const unknown = loadTwo('', '  id: own\n  controls: [{ id: a, title: A, evidence: [onne], noEvidence: x }]\n');
  expect(places(unknown.problems)).toEqual([
    'profiles/q.yaml:8:44 no loaded invariant is called `onne`',
    'profiles/q.yaml:8:51 a control has evidence or none, not both',
  ]);
  expect(unknown.problems[0]?.hint).toBe('did you mean `one`?');
});

test('results of another run are mapped by the controls that their invariants had', () => {
  const framework = { id: 'soc2', title: 'S', version: '1', controls: [{ id: 'CC6.1', title: 'A' }] };
  const named = { name: 'n', title: 't', path: 'p', sha256: '' };
  const supporters = [
    { id: 'b', controls: { soc2: ['CC6.1'] } },
    { id: 'a', controls: { soc2: ['CC6.1', 'CC9'] } },
  ];
  expect(mapControls(named, framework, supporters)).toMatchObject({
    controls: [{ id: 'CC6.1', invariants: ['a', 'b'] }],
    unlisted: [{ id: 'CC9', invariants: ['a'] }],
    off: [],
  });
});
