import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError, canonicalJson, type Json, prettyJson, sha256 } from '../base/index.ts';
import type { Manifest } from './manifest.ts';
import { validate } from './manifest-validator.generated.js';

/** Name of the manifest in a snapshot's folder. */
export const MANIFEST = 'manifest.json';

const LIMIT = 16 * 2 ** 20;

/** The snapshot's id: SHA-256 of the manifest in canonical JSON. */
export function manifestId(manifest: Manifest): string {
  return sha256(canonicalJson(manifest));
}

/** The bytes of manifest.json: sorted keys, indented. Throws AuditError('bug') when it is not what its schema says or too large to be read back. */
export function renderManifest(manifest: Manifest): string {
  const sorted: Json = JSON.parse(canonicalJson(manifest));
  const text = prettyJson(sorted);
  if (Buffer.byteLength(text) > LIMIT) throw new AuditError('bug', 'the manifest of this snapshot exceeds 16 MiB');
  if (!validate(sorted)) throw new AuditError('bug', `the manifest of this snapshot is malformed: ${breach()}`);
  return text;
}

/** Reads and checks manifest.json. Throws AuditError('input') when there is none, AuditError('integrity') when it is not intact. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readBounded(join(folder, MANIFEST), folder);
  const value = parse(text);
  if (!isManifest(value)) throw new AuditError('integrity', `${MANIFEST} in ${folder} is malformed: ${breach()}`);
  if (text !== prettyJson(JSON.parse(canonicalJson(value))))
    throw new AuditError(
      'integrity',
      `${MANIFEST} in ${folder} was altered: it is not in the form in which it is written`,
    );
  const named = /^\d{8}T\d{6}Z-([0-9a-f]{12})$/.exec(folder.split(/[\\/]/).at(-1) ?? '')?.[1];
  if (named !== undefined && !manifestId(value).startsWith(named))
    throw new AuditError(
      'integrity',
      `${MANIFEST} in ${folder} was altered: its digest is not the one in the folder's name`,
    );
  return value;
}

function isManifest(value: unknown): value is Manifest {
  return validate(value);
}

function breach(): string {
  const [first] = validate.errors ?? [];
  return `${first?.instancePath || 'the document'} ${first?.message ?? 'does not fit its schema'}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AuditError('integrity', `${MANIFEST} is not JSON`, { cause });
  }
}

async function readBounded(path: string, folder: string): Promise<string> {
  const file = await open(path, 'r').catch(cause => {
    throw new AuditError('input', `${folder} is not a snapshot: it has no readable ${MANIFEST}`, { cause });
  });
  try {
    const { size } = await file.stat();
    if (size > LIMIT) throw new AuditError('integrity', `${path} exceeds 16 MiB`);
    const buffer = Buffer.alloc(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(buffer, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled).toString('utf8');
  } finally {
    await file.close();
  }
}
