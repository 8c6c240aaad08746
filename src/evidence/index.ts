export { keyIdOf, newKeyPair } from './key.ts';
export type { EvidenceFile, EvidenceManifest } from './manifest.ts';
export { type SealedOutcome, type SealedPolicy, type SealRequest, sealEvidence } from './seal.ts';
export { predicateType } from './statement.ts';
export { type VerifiedEvidence, type VerifyOptions, verifyEvidence } from './verify.ts';
