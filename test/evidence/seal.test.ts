import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { predicateType, sealEvidence, verifyEvidence } from '../../src/evidence/index.ts';
import { sharedPack, withPack } from './fixture.ts';
import { unzip, unzipTo } from './unpacking.ts';

const run = promisify(execFile);
const pack = sharedPack();

test('equal inputs give equal bytes, and the SHA-256 of the file is the one returned', async () => {
  const { path, sha256, request, folder } = pack();
  const again = await sealEvidence({
    ...request,
    policies: [...request.policies].reverse(),
    output: join(folder, 'again.zip'),
  });
  expect(again.sha256).toBe(sha256);
  const bytes = await readFile(path);
  expect((await readFile(again.path)).equals(bytes)).toBe(true);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  expect((await verifyEvidence(path)).sha256).toBe(sha256);
});

test('stock unzip finds nothing wrong', async () => {
  const { path } = pack();
  expect((await run('unzip', ['-tq', path])).stdout).toMatch(/^No errors/);
  expect((await run('unzip', ['-Z1', path])).stdout.split('\n')).toContain('snapshot/ad_group.parquet');
});

test('the commands of the README verify the unpacked pack without tallystick, and notice an altered file', async () => {
  const { path, folder, keyId } = pack();
  const unpacked = join(folder, 'unpacked');
  await unzipTo(path, unpacked);
  const commands = /```sh\n([\s\S]*?)```/.exec(await readFile(join(unpacked, 'README.md'), 'utf8'))?.[1] ?? '';
  const { stdout } = await run('bash', ['-ec', commands], { cwd: unpacked });
  expect(stdout).toContain(keyId);
  expect(stdout).toMatch(/Signature Verified Successfully/);
  const files = (await unzip(path)).size;
  expect(stdout).toContain(`all ${files - 1} files are as signed\n${files}\n`);
  await appendFile(join(unpacked, 'results', 'findings.csv'), 'x');
  const after = (await run('bash', ['-ec', commands], { cwd: unpacked })).stdout;
  expect(after).toContain('results/findings.csv: FAILED');
  expect(after).not.toContain('as signed');
});

test('the statement is in-toto v1 over every file but its envelope, signed over the pre-authentication encoding', async () => {
  const { path, keyId } = pack();
  const files = await unzip(path);
  const envelope = JSON.parse(files.get('manifest.dsse.json')?.toString() ?? '');
  expect(envelope).toMatchObject({ payloadType: 'application/vnd.in-toto+json', signatures: [{ keyid: keyId }] });
  const statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString());
  expect(statement).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType,
    predicate: { run: { outcome: 'findings', exitCode: 1 }, counts: { subjects: 9, fail: 4, unknown: 1 } },
  });
  const digests = [...files]
    .filter(([name]) => name !== 'manifest.dsse.json')
    .map(([name, bytes]) => ({
      name,
      digest: { sha256: createHash('sha256').update(bytes).digest('hex') },
    }));
  expect(statement.subject).toEqual(digests);
});

test('the manifest fits its published schema, and the committed validator is the one of that schema', async () => {
  const schema = JSON.parse(await readFile(new URL('../../schemas/evidence.schema.json', import.meta.url), 'utf8'));
  const validate = new Ajv2020({ strict: true }).compile(schema);
  await withPack(async ({ path }) => {
    const manifest = JSON.parse((await unzip(path)).get('manifest.json')?.toString() ?? '');
    expect(validate(manifest)).toBe(true);
    expect(validate({ ...manifest, files: [] })).toBe(false);
  });
  const root = new URL('../..', import.meta.url);
  const line = {
    schema: 'schemas/evidence.schema.json',
    out: 'src/evidence/manifest-validator.generated.js',
    firstOnly: true,
  };
  const script = `const { generate } = await import('./.ci/validators.mjs'); const files = await generate(${JSON.stringify(line)}); process.stdout.write(JSON.stringify([...files]))`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  const files: [string, string][] = JSON.parse(stdout);
  for (const [file, text] of files) expect(await readFile(new URL(file, root), 'utf8')).toBe(text);
});

test('spreadsheets see text where an attacker wrote a formula, and a row per finding and query', async () => {
  const { path, request } = pack();
  const files = await unzip(path);
  const findings = files.get('results/findings.csv')?.toString() ?? '';
  expect(findings).toContain(`,"'=cmd|calc!A1`);
  expect(findings.trimEnd().split('\r\n')).toHaveLength(request.result.findings.length + 1);
  for (const name of ['results/findings.csv', 'queries.csv'])
    expect(files.get(name)?.toString()).not.toMatch(/(^|,)"[\s]*[=+\-@]/m);
  expect(files.get('queries.csv')?.toString()).toContain(`"graph","cloud.groups","'=GET /groups",1,5,4,-1,false`);
});

test('the README keeps hostile names out of its Markdown', async () => {
  const { request, folder } = pack();
  const reason = '| x | <img src=x onerror=alert(1)> [a](javascript:b)\n## Outcome: clean';
  const result = { ...request.result, run: { ...request.result.run, reason } };
  const { path } = await sealEvidence({ ...request, result, output: join(folder, 'hostile.zip') });
  const readme = (await unzip(path)).get('README.md')?.toString() ?? '';
  expect(readme).not.toMatch(/<img|\]\(|^## Outcome/m);
});

test('an existing file is kept unless it may be replaced, and nothing is left behind', async () => {
  await withPack(async ({ request, folder, path, sha256 }) => {
    await writeFile(path, 'precious');
    await expect(sealEvidence(request)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('exists'),
    });
    expect(await readFile(path, 'utf8')).toBe('precious');
    expect((await sealEvidence({ ...request, replace: true })).sha256).toBe(sha256);
    await expect(sealEvidence({ ...request, output: join(folder, 'none', 'x.zip') })).rejects.toMatchObject({
      kind: 'input',
    });
    expect((await readdir(folder)).filter(name => name.startsWith('.'))).toEqual([]);
  });
});

test('parts that do not belong together are refused', async () => {
  const { request, folder } = pack();
  const { result, policies, outcomes } = request;
  const output = join(folder, 'other.zip');
  const odd = [
    { result: { ...result, run: { ...result.run, snapshot: null } } },
    { result: { ...result, invariants: [] }, outcomes: [] },
    {
      result: {
        ...result,
        run: { ...result.run, snapshot: result.run.snapshot && { ...result.run.snapshot, id: 'ab'.repeat(32) } },
      },
    },
    { outcomes: outcomes.slice(1) },
    {
      outcomes: [...outcomes, ...outcomes.slice(0, 1)]
        .slice(1, 3)
        .map((each, index) => (index === 0 ? { ...each, counts: { ...each.counts, pass: 99 } } : each)),
    },
    { policies: [] },
    { policies: policies.map(policy => ({ ...policy, source: `${policy.source}#` })) },
    {
      key: generateKeyPairSync('ec', {
        namedCurve: 'P-256',
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey,
    },
    { key: 'not a key' },
    { snapshot: folder },
  ];
  for (const change of odd)
    await expect(sealEvidence({ ...request, ...change, output })).rejects.toMatchObject({ kind: 'input' });
  await expect(readFile(output)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('an altered snapshot is not sealed', async () => {
  await withPack(async ({ request, folder }) => {
    const table = join(request.snapshot, 'cloud_group.parquet');
    const bytes = await readFile(table);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await mkdir(join(folder, 'kept'));
    await writeFile(table, bytes);
    await expect(sealEvidence({ ...request, output: join(folder, 'kept', 'x.zip') })).rejects.toMatchObject({
      kind: 'integrity',
      message: expect.stringContaining('cloud_group.parquet'),
    });
    expect(await readdir(join(folder, 'kept'))).toEqual([]);
  });
});

test('invariants whose names differ in case alone are refused by name: they would be one file on Windows', async () => {
  const { request, folder } = pack();
  const { result, outcomes } = request;
  const twice = <T extends { readonly id: string }>(each: T): readonly T[] => [
    each,
    { ...each, id: each.id.toUpperCase() },
  ];
  const changed = {
    result: { ...result, invariants: result.invariants.flatMap(twice) },
    outcomes: outcomes.flatMap(outcome => twice(outcome.invariant).map(invariant => ({ ...outcome, invariant }))),
  };
  await expect(sealEvidence({ ...request, ...changed, output: join(folder, 'case.zip') })).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/differ in case alone: sql\//),
  });
});
