import { copyFile, cp, mkdir, readFile, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AuditError, canonicalJson, type Json, prettyJson, sha256 } from '../../src/base/index.ts';
import { openSnapshot, snapshotFiles, verifySnapshot } from '../../src/snapshot/index.ts';
import { inFolder, recordSample, writeSnapshot } from './estate.ts';

let folder = '';
let original = '';
let done: () => void = () => {};
let released: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  await new Promise<void>(ready => {
    released = inFolder(async made => {
      folder = made;
      original = (await writeSnapshot(made, recordSample)).path;
      await new Promise<void>(finish => {
        done = finish;
        ready();
      });
    });
  });
});

afterAll(async () => {
  done();
  await released;
});

let copies = 0;

/** A copy of the snapshot under its own name, damaged; what opening it says. */
async function damaged(damage: (path: string) => Promise<unknown>, verify = true): Promise<AuditError | undefined> {
  const path = join(folder, `copy-${copies++}`, basename(original));
  await cp(original, path, { recursive: true });
  try {
    await damage(path);
    await (await openSnapshot(path, { verify })).close();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AuditError) return thrown;
    throw thrown;
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

const flip = async (file: string, at: number, mask = 1) => {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  await writeFile(file, bytes);
};

test('an untouched snapshot opens, also under another name', async () => {
  expect(await damaged(async () => {})).toBeUndefined();
  const path = join(folder, 'kept');
  await cp(original, path, { recursive: true });
  expect((await verifySnapshot(path)).id).toBe((await verifySnapshot(original)).id);
});

test('any flipped bit of any file is found, and the file is named', async () => {
  const files = await snapshotFiles(original);
  const place = fc
    .constantFrom(...files)
    .chain(({ file, bytes }) => fc.record({ file: fc.constant(file), at: fc.nat(bytes - 1), bit: fc.nat(7) }));
  await fc.assert(
    fc.asyncProperty(place, async ({ file, at, bit }) => {
      const failure = await damaged(path => flip(join(path, file), at, 1 << bit));
      expect(failure?.kind).toBe('integrity');
      expect(failure?.message).toContain(file);
    }),
    { numRuns: 30 },
  );
}, 240_000);

test('a torn, missing, linked, exchanged or additional file is refused by name', async () => {
  const file = 'cloud_member.parquet';
  const cases: [string, (path: string) => Promise<unknown>, RegExp][] = [
    ['torn', path => truncate(join(path, file), 100), /cloud_member\.parquet .* is torn: 100 bytes/],
    ['missing', path => unlink(join(path, file)), /lacks cloud_member\.parquet/],
    ['folder', path => unlink(join(path, file)).then(() => mkdir(join(path, file))), /not a plain file/],
    [
      'link',
      path => unlink(join(path, file)).then(() => symlink(join(original, file), join(path, file))),
      /not a plain file/,
    ],
    [
      'exchanged',
      path => copyFile(join(path, 'ad_member.parquet'), join(path, 'ad_parent.parquet')),
      /ad_parent\.parquet/,
    ],
    ['additional', path => writeFile(join(path, 'zz.txt'), ''), /"zz\.txt"/],
    ['renamed', path => rename(join(path, file), join(path, 'x.parquet')), /x\.parquet/],
  ];
  for (const [name, damage] of cases)
    expect([name, await damaged(damage)]).toEqual([name, expect.objectContaining({ kind: 'integrity' })]);
  for (const [, damage, message] of cases) expect((await damaged(damage))?.message).toMatch(message);
  expect(await damaged(path => writeFile(join(path, '.DS_Store'), ''))).toBeUndefined();
}, 240_000);

test('a manifest that was rewritten to fit altered data has another id, which the name of the folder betrays', async () => {
  const rewrite = async (path: string) => {
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
    const table = manifest.tables.find((record: { table: string }) => record.table === 'ad_parent');
    Object.assign(table, { rows: 1 });
    await writeFile(join(path, 'manifest.json'), prettyJson(JSON.parse(canonicalJson(manifest))));
  };
  expect((await damaged(rewrite))?.message).toMatch(/manifest\.json .* was altered: its digest/);
});

/** A manifest that was changed and whose folder was renamed to match. */
async function forged(change: (manifest: Record<string, Json>) => void): Promise<AuditError | undefined> {
  return damaged(async path => {
    const manifest: Record<string, Json> = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
    change(manifest);
    await writeFile(join(path, 'manifest.json'), prettyJson(JSON.parse(canonicalJson(manifest))));
    await rm(join(folder, 'forged'), { recursive: true, force: true });
    await cp(path, join(folder, 'forged'), { recursive: true });
    await openSnapshot(join(folder, 'forged')).then(snapshot => snapshot.close());
  });
}

test('a manifest of another shape is refused: paths outside, wrong rows, missing tables, other columns, unknown keys', async () => {
  const tablesOf = (manifest: Record<string, Json>) => manifest.tables as Record<string, Json>[];
  const cases: [(manifest: Record<string, Json>) => void, RegExp][] = [
    [manifest => Object.assign(tablesOf(manifest)[0] ?? {}, { file: '../../etc/passwd' }), /malformed/],
    [manifest => Object.assign(tablesOf(manifest)[0] ?? {}, { file: 'other.parquet' }), /does not list the tables/],
    [manifest => Object.assign(tablesOf(manifest)[0] ?? {}, { rows: 7 }), /does not hold the 7 rows/],
    [manifest => void tablesOf(manifest).pop(), /does not list the tables/],
    [manifest => void tablesOf(manifest).push({ ...tablesOf(manifest)[0] }), /does not list the tables/],
    [manifest => Object.assign(manifest, { surprise: 1 }), /malformed/],
    [manifest => Object.assign(manifest, { format: 'tallystick/snapshot/v9' }), /malformed/],
  ];
  for (const [change, message] of cases) {
    const failure = await forged(change);
    expect(failure?.kind).toBe('integrity');
    expect(failure?.message).toMatch(message);
  }
}, 240_000);

test('a table with the columns of another is refused even when every digest fits', async () => {
  const failure = await damaged(async path => {
    await copyFile(join(path, 'ad_parent.parquet'), join(path, 'ad_schema.parquet'));
    const bytes = await readFile(join(path, 'ad_schema.parquet'));
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
    for (const record of manifest.tables)
      if (record.table === 'ad_schema') Object.assign(record, { sha256: sha256(bytes), bytes: bytes.length });
    await writeFile(join(path, 'manifest.json'), prettyJson(JSON.parse(canonicalJson(manifest))));
    await rename(path, join(folder, 'columns'));
    await (await openSnapshot(join(folder, 'columns'))).close();
  });
  expect(failure?.kind).toBe('integrity');
  expect(failure?.message).toMatch(/ad_schema\.parquet .* does not have the columns/);
});

test('a place without a snapshot is wrong input, not lost integrity', async () => {
  for (const path of [join(folder, 'nowhere'), folder, join(original, 'manifest.json')])
    await expect(openSnapshot(path)).rejects.toMatchObject({ kind: 'input' });
});

test('a manifest that is not JSON or exceeds 16 MiB is refused', async () => {
  expect((await damaged(path => writeFile(join(path, 'manifest.json'), '{')))?.message).toMatch(/not JSON/);
  expect((await damaged(path => truncate(join(path, 'manifest.json'), 17 * 2 ** 20)))?.message).toMatch(/16 MiB/);
});

test('corrupt Parquet that nobody verified fails as lost integrity and never ends the process', async () => {
  const file = 'cloud_member.parquet';
  const size = (await readFile(join(original, file))).length;
  await fc.assert(
    fc.asyncProperty(fc.nat(size - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const path = join(folder, `fuzz-${copies++}`);
      await cp(original, path, { recursive: true });
      await flip(join(path, file), at, mask);
      try {
        const snapshot = await openSnapshot(path, { verify: false });
        try {
          await snapshot.rows('SELECT * FROM cloud_member');
        } finally {
          await snapshot.close();
        }
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(AuditError);
        expect(thrown).toMatchObject({ kind: 'integrity', message: expect.not.stringMatching(/ad_[a-z]*\.parquet/) });
      } finally {
        await rm(path, { recursive: true, force: true });
      }
    }),
    { numRuns: 30 },
  );
}, 240_000);
