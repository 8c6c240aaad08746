import { copyFile, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { verifyEvidence } from '../../src/evidence/index.ts';
import { withPack } from './fixture.ts';
import { spell } from './forgery.ts';
import { unzip } from './unpacking.ts';

const refused = { name: 'AuditError', kind: 'integrity', message: expect.stringContaining('does not verify') };

/** Verifies the pack with one byte changed, in place, and puts the byte back. */
async function verifyWith(path: string, position: number, mask: number, publicKey?: string): Promise<unknown> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ mask]), 0, 1, position);
    const outcome = await verifyEvidence(path, publicKey === undefined ? {} : { publicKey }).catch(error => error);
    await file.write(byte, 0, 1, position);
    return outcome;
  } finally {
    await file.close();
  }
}

/** Ranges of the file that are not content: headers, directory and end record. */
function structure(bytes: Buffer): readonly number[] {
  const positions: number[] = [];
  let at = 0;
  while (bytes.readUInt32LE(at) === 0x04034b50) {
    const end = at + 30 + bytes.readUInt16LE(at + 26);
    for (let position = at; position < end; position++) positions.push(position);
    at = end + bytes.readUInt32LE(at + 18);
  }
  for (let position = at; position < bytes.length; position++) positions.push(position);
  return positions;
}

test('a pack with any byte altered is refused, wherever the byte is and whoever verifies', async () => {
  await withPack(async ({ path, publicKey }) => {
    const bytes = await readFile(path);
    const headers = structure(bytes);
    const envelope = bytes.indexOf('{"payload":');
    const position = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: bytes.length - 1 }) },
      { weight: 4, arbitrary: fc.constantFrom(...headers) },
      { weight: 1, arbitrary: fc.integer({ min: envelope, max: envelope + 8_500 }) },
      { weight: 1, arbitrary: fc.integer({ min: bytes.length - 30, max: bytes.length - 1 }) },
    );
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, mask, trusting) => {
        expect(await verifyWith(path, at, mask, trusting ? publicKey : undefined)).toMatchObject(refused);
      }),
      { numRuns: 1_000 },
    );
    // The pack itself is as it was: the refusals were of the altered bytes.
    expect(await verifyEvidence(path, { publicKey })).toMatchObject({ trusted: true });
  });
}, 240_000);

test('every byte of the signature, the end record and one whole header matters', async () => {
  await withPack(async ({ path }) => {
    const bytes = await readFile(path);
    const from = bytes.indexOf('"sig":"');
    const header = bytes.indexOf('manifest.json') - 30;
    const ranges = [
      [from - 120, from + 110],
      [header, header + 43],
      [bytes.length - 22, bytes.length],
    ] as const;
    for (const [start, end] of ranges)
      for (let at = start; at < end; at++)
        for (const mask of [1, 0x20]) expect([at, await verifyWith(path, at, mask)]).toMatchObject([at, refused]);
  });
}, 240_000);

test('cut, extended, emptied and foreign files are refused', async () => {
  await withPack(async ({ path, folder }) => {
    const bytes = await readFile(path);
    const altered = join(folder, 'altered.zip');
    const variants = fc.oneof(
      fc.integer({ min: 0, max: bytes.length - 1 }).map(length => bytes.subarray(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 100 }).map(tail => Buffer.concat([bytes, tail])),
      fc.uint8Array({ minLength: 1, maxLength: 100 }).map(lead => Buffer.concat([lead, bytes])),
      fc.uint8Array({ maxLength: 300 }).map(noise => Buffer.from(noise)),
      fc
        .tuple(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }))
        .map(([at, noise]) => Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])),
    );
    await fc.assert(
      fc.asyncProperty(variants, async variant => {
        await writeFile(altered, variant);
        await expect(verifyEvidence(altered)).rejects.toMatchObject(refused);
      }),
      { numRuns: 200 },
    );
    await copyFile(path, altered);
    expect((await verifyEvidence(altered)).trusted).toBe(false);
  });
}, 240_000);

test('a byte of any file altered is refused though every checksum of the ZIP was made to fit', async () => {
  await withPack(async ({ path, folder, publicKey }) => {
    const files = [...(await unzip(path))];
    const altered = join(folder, 'altered.zip');
    const refit = async (name: string, change: (bytes: Buffer) => void, options: { publicKey?: string }) => {
      const changed = files.map(([each, bytes]) => [each, Buffer.from(bytes)] as const);
      for (const [each, bytes] of changed) if (each === name) change(bytes);
      await writeFile(altered, spell(changed));
      return verifyEvidence(altered, options);
    };
    const place = fc.oneof(
      fc.constantFrom(...files),
      fc.constantFrom(...files.filter(([name]) => /dsse|pem|manifest/.test(name))),
    );
    const at = fc.oneof(fc.nat(), fc.integer({ min: -110, max: -1 }));
    await fc.assert(
      fc.asyncProperty(
        place,
        at,
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async ([name], offset, mask, trusting) => {
          const flip = (bytes: Buffer) => {
            const position = ((offset % bytes.length) + bytes.length) % bytes.length;
            bytes[position] = (bytes[position] ?? 0) ^ mask;
          };
          await expect(refit(name, flip, trusting ? { publicKey } : {})).rejects.toMatchObject(refused);
        },
      ),
      { numRuns: 600 },
    );
    // The last character of the signature has four bits that decoders ignore.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const respell = (bytes: Buffer) => {
      const last = bytes.lastIndexOf('=="') - 1;
      bytes[last] = alphabet.charCodeAt(alphabet.indexOf(String.fromCharCode(bytes[last] ?? 0)) + 1);
    };
    await expect(refit('manifest.dsse.json', respell, {})).rejects.toMatchObject(refused);
    expect(await refit('manifest.dsse.json', () => {}, { publicKey })).toMatchObject({ trusted: true });
  });
}, 240_000);
