import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { type EvidenceManifest, keyIdOf, newKeyPair, verifyEvidence } from '../../src/evidence/index.ts';
import { publicPem, readPublicKey } from '../../src/evidence/key.ts';
import { sharedPack } from './fixture.ts';
import { type Forgery, forge, spell, writePack } from './forgery.ts';
import { unzip, unzipTo } from './unpacking.ts';

const pack = sharedPack();

/** A change to one text file. */
const edit = (name: string, from: string | RegExp, to: string) => (files: Map<string, Buffer>) => {
  const before = files.get(name)?.toString() ?? '';
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${name} does not hold ${from}`);
  files.set(name, Buffer.from(after));
};
const drop = (name: string) => (files: Map<string, Buffer>) => {
  if (!files.delete(name)) throw new Error(`there is no ${name}`);
};
const add = (name: string, text: string) => (files: Map<string, Buffer>) => void files.set(name, Buffer.from(text));
const restate = (manifest: (old: EvidenceManifest) => Partial<EvidenceManifest>): Forgery => ({
  manifest: old => ({ ...old, ...manifest(old) }),
});
const digest = 'ab'.repeat(32);

// Each is signed correctly by the forger: only the agreement of the parts gives the lie away.
const lies: Readonly<Record<string, readonly [Forgery, RegExp]>> = {
  'counts that do not foot': [{ files: edit('results/results.json', '"fail": 3', '"fail": 2') }, /do not add up/],
  'counts that foot and differ from the manifest': [
    { files: edit('results/results.json', /"pass": 2,\s*"fail": 3/, '"pass": 3, "fail": 2') },
    /counts of results.json are not those/,
  ],
  'another outcome in the manifest': [
    restate(old => ({ run: { ...old.run, outcome: 'clean', exitCode: 0 } })),
    /the run of results.json/,
  ],
  'another run id': [restate(old => ({ run: { ...old.run, id: digest } })), /the run of results.json/],
  'another version of the tool': [restate(() => ({ tool: { name: 'tallystick', version: '9' } })), /another version/],
  'another snapshot id': [restate(old => ({ snapshot: { ...old.snapshot, id: digest } })), /not that of the snapshot/],
  'a snapshot manifest that says something else': [
    { files: edit('snapshot/manifest.json', 'audit@contoso.com', 'admin@contoso.com') },
    /not that of the snapshot/,
  ],
  'a table that was edited': [{ files: add('snapshot/ad_group.parquet', 'PAR1') }, /not the file of its manifest/],
  'a table that is missing': [{ files: drop('snapshot/ad_group.parquet') }, /lacks snapshot\/ad_group.parquet/],
  'a table too many': [{ files: add('snapshot/extra.parquet', 'PAR1') }, /does not list/],
  'the result of another snapshot': [
    { files: edit('results/results.json', /("snapshot": \{\s*"id": ")[0-9a-f]{64}/, `$1${digest}`) },
    /another snapshot/,
  ],
  'a policy that was edited': [
    { files: edit('policies/small.yaml', 'severity: high', 'severity: low') },
    /lacks the policy/,
  ],
  'a policy that was not judged': [{ files: add('policies/other.yaml', 'policy: other') }, /not judged/],
  'a script that is missing': [{ files: drop('sql/member-in-ad.sql') }, /lacks sql\/member-in-ad.sql/],
  'a script of no invariant': [{ files: add('sql/other.sql', 'select 1') }, /no invariant/],
  'no README': [{ files: drop('README.md') }, /lacks README.md/],
  'results that are not results': [{ files: add('results/results.json', '{}') }, /results.json/],
  'results that are not JSON': [{ files: add('results/results.json', '\ufeff{') }, /not JSON/],
  'results that are not UTF-8': [
    { files: files => void files.set('results/results.json', Buffer.from([0xff])) },
    /not UTF-8/,
  ],
  'a snapshot manifest nested without end': [
    {
      files: add(
        'snapshot/manifest.json',
        `${'{"start":"","end":"","tables":[{"file":"","sha256":"","bytes":0}],"a":'}${'['.repeat(2e5)}${']'.repeat(2e5)}}`,
      ),
    },
    /not the manifest of a snapshot/,
  ],
  'a manifest with an unknown key': [restate(() => ({ extra: 1 }) as Partial<EvidenceManifest>), /malformed/],
  'a file listed twice': [{ manifest: old => ({ ...old, files: [...old.files, ...old.files.slice(0, 1)] }) }, /twice/],
  'a file that is not listed': [{ manifest: old => ({ ...old, files: old.files.slice(1) }) }, /not listed/],
};

test.each(Object.entries(lies))('a well-signed pack is refused with %s', async (_, [forgery, reason]) => {
  const { path, folder } = pack();
  const forged = await forge(path, folder, forgery);
  await expect(verifyEvidence(forged)).rejects.toMatchObject({
    kind: 'integrity',
    message: expect.stringMatching(reason),
  });
});

test('an honest pack that a stranger signed verifies as untrusted, and not against the key that is trusted', async () => {
  const { path, folder, publicKey, keyId } = pack();
  const stranger = newKeyPair();
  const forged = await forge(path, folder, { key: stranger.privateKey });
  const verified = await verifyEvidence(forged);
  expect(verified).toMatchObject({ trusted: false, keyId: keyIdOf(stranger.publicKey) });
  expect(verified.signature).toBe(`signed by key ${keyIdOf(stranger.publicKey)}, not checked against a key you trust`);
  await expect(verifyEvidence(forged, { publicKey })).rejects.toMatchObject({ kind: 'integrity' });
  expect(await verifyEvidence(path, { publicKey })).toMatchObject({ trusted: true, keyId });
});

test('a stranger cannot name the trusted key as the signer', async () => {
  const { path, folder, publicKey, keyId } = pack();
  const claimed = await forge(path, folder, {
    ...restate(() => ({ signer: { keyId } })),
    files: files => void files.set('signer.pub.pem', Buffer.from(publicKey)),
  });
  for (const options of [{}, { publicKey }])
    await expect(verifyEvidence(claimed, options)).rejects.toMatchObject({
      kind: 'integrity',
      message: expect.stringMatching(/not a signature/),
    });
});

test('an envelope in another spelling is refused, though its signature holds', async () => {
  const { path, folder } = pack();
  for (const respell of [
    (text: string) => text.replace(',"payloadType"', ', "payloadType"'),
    (text: string) => text.trimEnd(),
    (text: string) => text.replace('"keyid":"', '"keyid":"0'),
    (text: string) => text.replace('}]}', '},{"keyid":"","sig":""}]}'),
  ]) {
    const files = await unzip(path);
    const before = files.get('manifest.dsse.json')?.toString() ?? '';
    const after = respell(before);
    expect(after).not.toBe(before);
    files.set('manifest.dsse.json', Buffer.from(after));
    await expect(verifyEvidence(await writePack(files, folder))).rejects.toMatchObject({ kind: 'integrity' });
  }
});

test.each(['../evil', '/etc/passwd', 'a/../b', 'C:\\x', '.hidden', 'a//b', 'a/', 'é', 'con\u0000'])(
  'no pack is written with the name %j',
  async name => {
    const { path, folder } = pack();
    await expect(forge(path, folder, { files: add(name, 'x') })).rejects.toMatchObject({ kind: 'input' });
  },
);

test('what is not a file or no key is an input error', async () => {
  const { path, folder, request } = pack();
  await expect(verifyEvidence(`${path}.none`)).rejects.toMatchObject({ kind: 'input' });
  await expect(verifyEvidence(folder)).rejects.toMatchObject({ kind: 'input' });
  for (const publicKey of ['', 'x', request.key])
    await expect(verifyEvidence(path, { publicKey })).rejects.toMatchObject({ kind: 'input' });
});

test.each([
  ['a name that leaves the folder', [['../evil', 'x']], /not a name/],
  ['an absolute name', [['/etc/passwd', 'x']], /not a name/],
  [
    'one name twice',
    [
      ['a', 'x'],
      ['a', 'y'],
    ],
    /twice/,
  ],
  [
    'names out of order',
    [
      ['b', 'x'],
      ['a', 'y'],
    ],
    /out of order/,
  ],
  [
    'names that differ in case alone',
    [
      ['A', 'x'],
      ['a', 'y'],
    ],
    /case/,
  ],
  ['nothing of a pack', [['a', 'x']], /lacks manifest.json/],
  [
    'too many files',
    Array.from({ length: 5_001 }, (_, index) => [`f${String(index).padStart(5, '0')}`, '']),
    /more than 5000/,
  ],
] as const)('a ZIP with %s is refused', async (_, files, reason) => {
  const path = join(pack().folder, 'spelled.zip');
  await writeFile(path, spell(files.map(([name = '', text = '']) => [name, Buffer.from(text)])));
  await expect(verifyEvidence(path)).rejects.toMatchObject({
    kind: 'integrity',
    message: expect.stringMatching(reason),
  });
});

test('the same files packed by another tool are refused, compressed or not', async () => {
  const { path, folder } = pack();
  const unpacked = join(folder, 'repacked');
  await unzipTo(path, unpacked);
  for (const level of ['-0', '-9']) {
    const repacked = join(folder, `repacked${level}.zip`);
    await promisify(execFile)('zip', ['-qrX', level, repacked, '.'], { cwd: unpacked });
    await expect(verifyEvidence(repacked)).rejects.toMatchObject({ kind: 'integrity' });
  }
});

test('a checksum that is wrong in header and directory alike is refused', async () => {
  const { path, folder } = pack();
  const wrong = join(folder, 'checksum.zip');
  await writeFile(wrong, spell([...(await unzip(path))], 1));
  await expect(verifyEvidence(wrong)).rejects.toMatchObject({
    kind: 'integrity',
    message: expect.stringMatching(/checksum/),
  });
});

test('a manifest that names another signer than the embedded key is refused', async () => {
  const { path, folder, keyId } = pack();
  const forged = await forge(
    path,
    folder,
    restate(() => ({ signer: { keyId } })),
  );
  await expect(verifyEvidence(forged)).rejects.toMatchObject({
    message: expect.stringMatching(/signed by key .*, not by key/),
  });
});

test('an embedded key that is not the signer, or is spelled another way, is refused', async () => {
  const { path, folder, request, publicKey } = pack();
  const spellings = [newKeyPair().publicKey, publicKey.replaceAll('\n', '\r\n'), `a comment\n${publicKey}`];
  for (const text of spellings) {
    const forged = await forge(path, folder, { key: request.key, files: add('signer.pub.pem', text) });
    for (const options of [{}, { publicKey }])
      await expect(verifyEvidence(forged, options)).rejects.toMatchObject({ kind: 'integrity' });
  }
  expect(publicPem(readPublicKey(spellings[1] ?? '', 'it'))).toBe(publicKey);
});
