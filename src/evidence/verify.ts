import { type FileHandle, open } from 'node:fs/promises';
import { AuditError, reasonOf } from '../base/index.ts';
import type { AuditResult } from '../findings/index.ts';
import { checkAgreement } from './agreement.ts';
import { type ReadContainer, readContainer } from './container-reading.ts';
import { idOf, publicPem, readPublicKey } from './key.ts';
import { limits } from './limits.ts';
import { type EvidenceManifest, packNames, parseManifest } from './manifest.ts';
import { packOf } from './pack.ts';
import { refusal } from './refusal.ts';
import { isEnvelopeOf, statementOf } from './statement.ts';

/** `publicKey`: the signer's key (PEM) as you got it from the signer. Without it only the pack's own key can be used. */
export type VerifyOptions = { readonly publicKey?: string };

/** An evidence pack in which every byte is accounted for. */
export type VerifiedEvidence = {
  readonly path: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly keyId: string;
  /** True only when the signature was checked against a key that the caller gave. */
  readonly trusted: boolean;
  /** Who signed, as a sentence for people. */
  readonly signature: string;
  readonly manifest: EvidenceManifest;
  readonly result: AuditResult;
};

/**
 * Verifies an evidence pack offline: container, digests, signature, and that its parts tell one story. Throws AuditError('integrity') for a pack that
 * was altered in any byte or signed by another key, AuditError('input') when there is no such file or `publicKey` is no key.
 */
export async function verifyEvidence(path: string, options: VerifyOptions = {}): Promise<VerifiedEvidence> {
  const given = options.publicKey === undefined ? undefined : readPublicKey(options.publicKey, 'the public key');
  const file = await openPack(path);
  try {
    const container = await readContainer(file);
    const pack = packOf(file, container);
    const manifestMember = pack.member(packNames.manifest);
    const manifest = parseManifest(await pack.text(packNames.manifest, limits.manifest));
    checkFiles(manifest, container);
    const key = given ?? embeddedKey(await pack.text(packNames.signer, 4_096));
    const keyId = idOf(key);
    if (keyId !== manifest.signer.keyId)
      throw refusal(
        `it is signed by key ${manifest.signer.keyId}, not by key ${keyId}${given ? ', which you trust' : ''}`,
      );
    const envelope = await pack.text(packNames.envelope, limits.envelope);
    if (!isEnvelopeOf(envelope, statementOf(manifest, manifestMember.sha256), key))
      throw refusal(`${packNames.envelope} is not a signature of this pack by key ${keyId}`);
    if ((await pack.text(packNames.signer, 4_096)) !== publicPem(key))
      throw refusal(`${packNames.signer} is not the key that signed`);
    const result = await checkAgreement(manifest, pack);
    const signature = given
      ? `signed by key ${keyId}, which you trust`
      : `signed by key ${keyId}, not checked against a key you trust`;
    return { path, sha256: container.sha256, keyId, trusted: given !== undefined, signature, manifest, result };
  } finally {
    await file.close();
  }
}

function checkFiles({ files }: EvidenceManifest, { members }: ReadContainer): void {
  const listed = new Map(files.map(entry => [entry.path, entry]));
  const signed = [...members.values()].filter(({ name }) => name !== packNames.manifest && name !== packNames.envelope);
  const foreign = signed.find(({ name }) => !listed.has(name));
  if (foreign !== undefined) throw refusal(`${foreign.name} is not listed in ${packNames.manifest}`);
  for (const { path, bytes, sha256 } of files) {
    const member = members.get(path);
    if (member === undefined) throw refusal(`it lacks ${path}`);
    if (member.bytes !== bytes || member.sha256 !== sha256)
      throw refusal(`${path} was altered: its SHA-256 is not the one in ${packNames.manifest}`);
  }
  if (files.length !== signed.length) throw refusal(`${packNames.manifest} lists a file twice`);
}

function embeddedKey(pem: string) {
  try {
    return readPublicKey(pem, packNames.signer);
  } catch (cause) {
    throw refusal(reasonOf(cause), cause);
  }
}

async function openPack(path: string): Promise<FileHandle> {
  const file = await open(path, 'r').catch(cause => {
    throw new AuditError('input', `cannot read ${path}: ${reasonOf(cause)}`, { cause });
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new AuditError('input', `${path} is not a file; verify the ZIP file as it was sealed, not its unpacked folder`);
}
