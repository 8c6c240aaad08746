import { canonicalJson, type Json, prettyJson } from '../base/index.ts';
import type { AuditResult, OutcomeWord, ResultCounts } from '../findings/index.ts';
import { validate } from './manifest-validator.generated.js';
import { refusal } from './refusal.ts';

/** Version of the evidence pack; schemas/evidence.schema.json describes its manifest. */
export const evidenceFormat = 'tallystick/evidence/v1';

/** Names of the files that every pack has. */
export const packNames = {
  readme: 'README.md',
  manifest: 'manifest.json',
  envelope: 'manifest.dsse.json',
  signer: 'signer.pub.pem',
  queries: 'queries.csv',
  results: 'results/results.json',
  sarif: 'results/results.sarif',
  findings: 'results/findings.csv',
  resolved: 'policies/resolved.json',
  snapshot: 'snapshot/manifest.json',
} as const;

/** Names of the files that a pack of a run with waivers has besides. */
export const waiverNames = { source: 'waivers/waivers.yaml', standing: 'waivers/waivers.csv' } as const;

/** The profile whose controls the results speak of; only in packs whose results do. */
export const profileName = 'profile/profile.yaml';

/** One file of a pack: path with forward slashes, size in bytes, SHA-256 in hex, media type. */
export type EvidenceFile = {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly mediaType: string;
};

/** manifest.json of a pack: what was judged, how it ended, who signed, and every file but itself and its envelope, sorted by path. */
export type EvidenceManifest = {
  readonly format: typeof evidenceFormat;
  readonly tool: { readonly name: 'tallystick'; readonly version: string };
  readonly run: {
    readonly id: string;
    readonly asOf: string;
    readonly outcome: OutcomeWord;
    readonly exitCode: number;
  };
  readonly snapshot: { readonly id: string; readonly start: string; readonly end: string };
  /** Sums over all invariants: subjects = outOfScope + pass + fail + unknown, waived is a part of fail. */
  readonly counts: ResultCounts;
  /** SHA-256 of the signer's public key (SPKI in DER). */
  readonly signer: { readonly keyId: string };
  readonly files: readonly EvidenceFile[];
};

/** The part of a manifest that follows from the result. */
export function runOf({ run }: AuditResult): EvidenceManifest['run'] {
  return { id: run.id, asOf: run.asOf, outcome: run.outcome, exitCode: run.exitCode };
}

/** The bytes of manifest.json: sorted keys, indented, final newline. */
export function renderManifest(manifest: EvidenceManifest): string {
  const sorted: Json = JSON.parse(canonicalJson(manifest));
  return prettyJson(sorted);
}

/** Reads manifest.json of a pack. Throws AuditError('integrity') when it is not what its schema says or not in the form in which it is written. */
export function parseManifest(text: string): EvidenceManifest {
  const value = parseJson(text, packNames.manifest);
  if (!isManifest(value)) {
    const [first] = validate.errors ?? [];
    throw refusal(
      `${packNames.manifest} is malformed: ${first?.instancePath || 'the document'} ${first?.message ?? 'does not fit its schema'}`,
    );
  }
  if (renderManifest(value) !== text) throw refusal(`${packNames.manifest} is not in the form in which it is written`);
  return value;
}

/** JSON of a pack. Throws AuditError('integrity') that names the file. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refusal(`${name} is not JSON`, cause);
  }
}

function isManifest(value: unknown): value is EvidenceManifest {
  return validate(value);
}
