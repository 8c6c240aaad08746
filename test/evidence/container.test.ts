import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import yauzl from 'yauzl';
import { directoryOf, localHeader, placeMembers, readLocalHeader } from '../../src/evidence/container.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,20}(\/[a-z][a-z0-9._-]{0,20})?$/);
const size = fc.oneof(
  fc.nat(100_000),
  fc.constantFrom(0, 0xfffffffe, 0xffffffff, 0x100000000),
  fc.integer({ min: 0, max: 5 * 2 ** 40 }),
);
const member = fc.record({ name, bytes: size, crc32: fc.integer({ min: 0, max: 0xffffffff }) });

/** A file that exists only as far as it is looked at: headers where they belong, zeros elsewhere. */
class SparseFile extends yauzl.RandomAccessReader {
  private readonly parts: readonly (readonly [number, Buffer])[];

  constructor(parts: readonly (readonly [number, Buffer])[]) {
    super();
    this.parts = parts;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const bytes = Buffer.alloc(end - start);
    for (const [offset, part] of this.parts)
      if (offset < end && offset + part.length > start)
        part.copy(bytes, Math.max(0, offset - start), Math.max(0, start - offset));
    return Readable.from([bytes]);
  }
}

test('a library reads the directory as it was meant, also beyond 4 GiB', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(member, { selector: each => each.name, minLength: 1, maxLength: 8 }),
      async members => {
        const { placed, end } = placeMembers(members);
        const directory = directoryOf(placed, end);
        const parts = placed.map(each => [each.offset, localHeader(each)] as const);
        const total = end + directory.length;
        const zip = await yauzl.fromRandomAccessReaderPromise(new SparseFile([...parts, [end, directory]]), total, {});
        const read = [];
        for await (const entry of zip.eachEntry())
          read.push({
            name: entry.fileName,
            bytes: entry.uncompressedSize,
            crc32: entry.crc32,
            offset: entry.relativeOffsetOfLocalHeader,
          });
        expect(read).toEqual(placed);
      },
    ),
  );
});

test('a local header says what it was made of', () => {
  fc.assert(
    fc.property(member, fc.uint8Array({ maxLength: 50 }), (each, rest) => {
      const header = localHeader(each);
      expect(readLocalHeader(Buffer.concat([header, rest]))).toEqual({ headerLength: header.length, member: each });
    }),
  );
});
