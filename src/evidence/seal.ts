import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditError } from '../base/index.ts';
import { type AuditResult, auditedInvariants, sumCounts } from '../findings/index.ts';
import { type Verified, verifySnapshot } from '../snapshot/index.ts';
import { compareNames } from './container.ts';
import { type Content, type Measured, measure, writeContainer } from './container-writing.ts';
import {
  policyFiles,
  populationFiles,
  profileFiles,
  queriesCsv,
  resultFiles,
  type SealedOutcome,
  type SealedPolicy,
  type SealedPopulation,
  type SealedText,
  sqlFiles,
  type TextFile,
  waiverFiles,
} from './contents.ts';
import { idOf, publicPem, readPrivateKey } from './key.ts';
import { limits } from './limits.ts';
import { type EvidenceManifest, evidenceFormat, packNames, renderManifest, runOf } from './manifest.ts';
import { renderReadme } from './readme.ts';
import { signEnvelope, statementOf } from './statement.ts';

export type { SealedOutcome, SealedPolicy };

/** What is sealed: the snapshot's folder, the result of judging it, the policies and outcomes that gave it, and a private Ed25519 key (PEM, PKCS#8). */
export type SealRequest = {
  readonly snapshot: string;
  readonly result: AuditResult;
  readonly policies: readonly SealedPolicy[];
  readonly outcomes: readonly SealedOutcome[];
  /** The file of waivers, when the run had one. */
  readonly waivers?: SealedText;
  /** Populations that users wrote, with which it was judged. */
  readonly populations?: readonly SealedPopulation[];
  /** The text of the profile whose controls the result speaks of; only where it does. */
  readonly profile?: string | undefined;
  readonly key: string;
  /** The file to write. */
  readonly output: string;
  /** Whether a file of that name may be replaced; false when absent. */
  readonly replace?: boolean;
};

/**
 * Seals an evidence pack: equal inputs give equal bytes. Returns its path, the SHA-256 of the file, and the id of the key.
 * Throws AuditError('input') when the parts do not belong together, nothing was judged, the key is none or the file exists, and
 * AuditError('integrity') when the snapshot does not verify.
 */
export async function sealEvidence(
  request: SealRequest,
): Promise<{ readonly path: string; readonly sha256: string; readonly keyId: string }> {
  const key = readPrivateKey(request.key);
  const keyId = idOf(key);
  const snapshot = await verifySnapshot(request.snapshot, { digests: false });
  checkParts(request, snapshot);
  const texts: readonly TextFile[] = [
    { name: packNames.readme, text: renderReadme(request.result, { snapshot: snapshot.manifest, keyId }) },
    { name: packNames.signer, text: publicPem(key) },
    { name: packNames.queries, text: queriesCsv(snapshot.manifest) },
    ...policyFiles(request.policies),
    ...waiverFiles(request.waivers, request.result),
    ...profileFiles(request.result, request.profile),
    ...populationFiles(request.populations ?? []),
    ...sqlFiles(request.outcomes),
    ...resultFiles(request.result),
    ...schemaFiles(),
  ];
  const contents: Measured[] = [];
  for (const content of [...texts, ...snapshotContents(snapshot)]) contents.push(await measure(content));
  checkTables(contents, snapshot);
  const manifest = await measure(
    text(packNames.manifest, renderManifest(manifestOf(request.result, snapshot, keyId, contents))),
  );
  const statement = statementOf(manifestOf(request.result, snapshot, keyId, contents), manifest.sha256);
  const envelope = await measure(text(packNames.envelope, signEnvelope(statement, key)));
  const all = [...contents, manifest, envelope];
  checkSizes(all);
  return { path: request.output, sha256: await writeContainer(request.output, all, request.replace ?? false), keyId };
}

function checkParts({ result, policies, outcomes, waivers, populations = [] }: SealRequest, snapshot: Verified): void {
  const { run } = result;
  if (run.snapshot === null || auditedInvariants(result).length === 0)
    throw new AuditError('input', `there is nothing to seal: no audit was performed (${run.reason})`);
  if (run.snapshot.id !== snapshot.id)
    throw new AuditError(
      'input',
      `the result is of snapshot ${run.snapshot.id.slice(0, 12)}, but ${snapshot.path} is ${snapshot.id.slice(0, 12)}`,
    );
  const judged = new Map(auditedInvariants(result).map(invariant => [invariant.id, invariant.counts]));
  const odd = outcomes.find(({ invariant, counts }) => {
    const own = judged.get(invariant.id);
    return own === undefined || countNames.some(name => own[name] !== counts[name]);
  });
  if (odd !== undefined || outcomes.length !== judged.size)
    throw new AuditError(
      'input',
      `the outcomes are not those of the result${odd === undefined ? '' : ` (${odd.invariant.id})`}`,
    );
  const digests = (files: readonly { readonly path: string; readonly sha256: string }[]) =>
    files
      .map(({ path, sha256 }) => `${sha256} ${path}`)
      .sort()
      .join('\n');
  if (digests(policies) !== digests(run.policies))
    throw new AuditError('input', 'the policies are not those of the result; audit again, then seal');
  if (waivers?.sha256 !== run.waivers?.sha256 || waivers?.path !== run.waivers?.path)
    throw new AuditError('input', 'the waivers are not those of the result; audit again, then seal');
  if (digests(populations) !== digests(run.populations ?? []))
    throw new AuditError('input', 'the populations are not those of the result; audit again, then seal');
}

const countNames = ['subjects', 'outOfScope', 'pass', 'fail', 'unknown'] as const;

function snapshotContents({ path, manifest }: Verified): readonly Content[] {
  return [
    { name: packNames.snapshot, path: join(path, 'manifest.json') },
    ...manifest.tables.map(({ file }) => ({ name: `snapshot/${file}`, path: join(path, file) })),
  ];
}

// The digests that were skipped above: measuring has read every table anyway.
function checkTables(contents: readonly Measured[], { path, manifest }: Verified): void {
  const digests = new Map(contents.map(({ name, sha256 }) => [name, sha256]));
  const altered = manifest.tables.find(({ file, sha256 }) => digests.get(`snapshot/${file}`) !== sha256);
  if (altered !== undefined)
    throw new AuditError(
      'integrity',
      `${altered.file} in ${path} was altered: its SHA-256 is not the one in manifest.json`,
    );
}

function manifestOf(
  result: AuditResult,
  { id, manifest: { start, end } }: Verified,
  keyId: string,
  contents: readonly Measured[],
): EvidenceManifest {
  const files = contents.map(({ name, bytes, sha256 }) => ({
    path: name,
    bytes,
    sha256,
    mediaType: mediaTypeOf(name),
  }));
  return {
    format: evidenceFormat,
    tool: result.run.tool,
    run: runOf(result),
    snapshot: { id, start, end },
    counts: sumCounts(result.invariants),
    signer: { keyId },
    files: files.sort((a, b) => compareNames(a.path, b.path)),
  };
}

const mediaTypes = [
  ['.schema.json', 'application/schema+json'],
  ['.json', 'application/json'],
  ['.sarif', 'application/sarif+json'],
  ['.csv', 'text/csv'],
  ['.md', 'text/markdown'],
  ['.pem', 'application/x-pem-file'],
  ['.parquet', 'application/vnd.apache.parquet'],
  ['.sql', 'application/sql'],
  ['.yaml', 'application/yaml'],
] as const;

function mediaTypeOf(name: string): string {
  return mediaTypes.find(([ending]) => name.endsWith(ending))?.[1] ?? 'application/octet-stream';
}

function checkSizes(contents: readonly Measured[]): void {
  const largest = new Map<string, number>([
    [packNames.manifest, limits.manifest],
    [packNames.envelope, limits.envelope],
    [packNames.snapshot, limits.snapshotManifest],
    [packNames.results, limits.results],
  ]);
  const tooLarge = contents.find(({ name, bytes }) => bytes > (largest.get(name) ?? Number.POSITIVE_INFINITY));
  if (tooLarge !== undefined)
    throw new AuditError(
      'input',
      `${tooLarge.name} would have ${tooLarge.bytes} bytes, more than can be verified; audit fewer policies at a time`,
    );
}

const schemas = ['evidence', 'manifest', 'results'] as const;

function schemaFiles(): readonly TextFile[] {
  return schemas.map(name => {
    const file = `schemas/${name}.schema.json`;
    return text(file, readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
  });
}

function text(name: string, content: string): TextFile {
  return { name, text: content };
}
