import { type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson, type Json } from '../base/index.ts';
import { idOf } from './key.ts';
import { type EvidenceManifest, packNames } from './manifest.ts';

/** Type of the predicate: what a tallystick audit of group writeback was made of and how it ended. */
export const predicateType = 'https://github.com/tallystick/tallystick/evidence/v1';

/** DSSE's name for an in-toto statement. */
export const payloadType = 'application/vnd.in-toto+json';

/**
 * The in-toto Statement v1 that is signed, in canonical JSON: every file of the pack but the envelope as a subject, and the manifest without its
 * list of files as the predicate. It follows from the manifest, so a verifier derives it and compares instead of interpreting what a stranger wrote.
 */
export function statementOf(manifest: EvidenceManifest, manifestDigest: string): string {
  const { files, ...predicate } = manifest;
  const subjects = [...files, { path: packNames.manifest, sha256: manifestDigest }];
  subjects.sort((a, b) => (a.path < b.path ? -1 : 1));
  return canonicalJson({
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ path, sha256 }) => ({ name: path, digest: { sha256 } })),
    predicateType,
    predicate,
  });
}

/** What a DSSE signature covers: the pre-authentication encoding of a payload (DSSE v1.0.2, protocol.md). */
export function preAuthentication(payload: string): Buffer {
  return Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${Buffer.byteLength(payload)} ${payload}`, 'utf8');
}

/** The DSSE envelope of a payload, signed: canonical JSON and a line feed. Ed25519 is deterministic, so equal inputs give equal bytes. */
export function signEnvelope(payload: string, key: KeyObject): string {
  return envelopeText(payload, idOf(key), sign(null, preAuthentication(payload), key).toString('base64'));
}

/** True when `envelope` is the one for exactly this payload, signed by this key, in the form in which it is written. */
export function isEnvelopeOf(envelope: string, payload: string, key: KeyObject): boolean {
  const signature = /"sig":"([A-Za-z0-9+/]{86}==)"/.exec(envelope.slice(-200))?.[1];
  if (signature === undefined || envelope !== envelopeText(payload, idOf(key), signature)) return false;
  const bytes = Buffer.from(signature, 'base64');
  // Base64 leaves bits unused at the end: two spellings of one signature, of which one was not written by us.
  return bytes.toString('base64') === signature && verify(null, preAuthentication(payload), key, bytes);
}

function envelopeText(payload: string, keyid: string, sig: string): string {
  const envelope: Json = {
    payload: Buffer.from(payload, 'utf8').toString('base64'),
    payloadType,
    signatures: [{ keyid, sig }],
  };
  return `${canonicalJson(envelope)}\n`;
}
