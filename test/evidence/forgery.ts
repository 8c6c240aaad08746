import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { sha256 } from '../../src/base/index.ts';
import { directoryOf, localHeader, placeMembers } from '../../src/evidence/container.ts';
import { type Content, measure, writeContainer } from '../../src/evidence/container-writing.ts';
import { newKeyPair } from '../../src/evidence/index.ts';
import { idOf, publicPem, readPrivateKey } from '../../src/evidence/key.ts';
import { type EvidenceManifest, renderManifest } from '../../src/evidence/manifest.ts';
import { signEnvelope, statementOf } from '../../src/evidence/statement.ts';
import { unzip } from './unpacking.ts';

/** What a forger does to the files of a pack before all digests and the signature are made anew. */
export type Forgery = {
  readonly files?: (files: Map<string, Buffer>) => void;
  readonly manifest?: (manifest: EvidenceManifest) => EvidenceManifest;
  /** Private key (PEM) to sign with; a new one when absent. */
  readonly key?: string;
};

/** Makes a pack that is consistent in container, digests and signature, and lies where the forger wants it to. Returns its path. */
export async function forge(pack: string, folder: string, forgery: Forgery): Promise<string> {
  const files = await unzip(pack);
  const original: EvidenceManifest = JSON.parse(files.get('manifest.json')?.toString() ?? '');
  const key = readPrivateKey(forgery.key ?? newKeyPair().privateKey);
  files.set('signer.pub.pem', Buffer.from(publicPem(key)));
  files.delete('manifest.json');
  files.delete('manifest.dsse.json');
  forgery.files?.(files);
  const types = new Map(original.files.map(file => [file.path, file.mediaType]));
  const listed = [...files].map(([path, bytes]) => ({
    path,
    bytes: bytes.length,
    sha256: sha256(bytes),
    mediaType: types.get(path) ?? 'text/plain',
  }));
  listed.sort((a, b) => (a.path < b.path ? -1 : 1));
  const honest = { ...original, signer: { keyId: idOf(key) }, files: listed };
  const manifest = forgery.manifest?.(honest) ?? honest;
  const text = renderManifest(manifest);
  files.set('manifest.json', Buffer.from(text));
  files.set('manifest.dsse.json', Buffer.from(signEnvelope(statementOf(manifest, sha256(text)), key)));
  return writePack(files, folder);
}

/** A ZIP in the right spelling with whatever names and contents; `mask` falsifies every checksum. */
export function spell(files: readonly (readonly [string, Buffer])[], mask = 0): Buffer {
  const members = files.map(([name, bytes]) => ({ name, bytes: bytes.length, crc32: (crc32(bytes) ^ mask) >>> 0 }));
  const { placed, end } = placeMembers(members);
  const parts = files.flatMap(([, bytes], index) =>
    placed.slice(index, index + 1).flatMap(at => [localHeader(at), bytes]),
  );
  return Buffer.concat([...parts, directoryOf(placed, end)]);
}

let packs = 0;

/** Writes files as a pack, in the right spelling, whatever they hold. */
export async function writePack(files: ReadonlyMap<string, Buffer>, folder: string): Promise<string> {
  const contents: Content[] = [];
  for (const [name, bytes] of files) {
    const path = join(folder, `part-${packs++}`);
    await writeFile(path, bytes);
    contents.push({ name, path });
  }
  const output = join(folder, `forged-${packs++}.zip`);
  await writeContainer(output, await Promise.all(contents.map(measure)), false);
  return output;
}
