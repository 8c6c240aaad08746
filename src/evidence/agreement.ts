import { canonicalJson, type Json, reasonOf, sha256 } from '../base/index.ts';
import { type AuditResult, auditedInvariants, readResults, sumCounts } from '../findings/index.ts';
import { limits } from './limits.ts';
import { type EvidenceManifest, packNames, parseJson, profileName, runOf, waiverNames } from './manifest.ts';
import type { Pack } from './pack.ts';
import { refusal } from './refusal.ts';

/**
 * Checks that the parts of a pack tell one story, which no signature can promise: the results are well-formed, their counts foot and are those of the
 * manifest, the snapshot is the one that was judged, and every policy, the waivers and every script are there. Throws AuditError('integrity').
 */
export async function checkAgreement(manifest: EvidenceManifest, pack: Pack): Promise<AuditResult> {
  const result = await readResult(pack);
  requireEqual(runOf(result), manifest.run, 'the run of results.json is not that of the manifest');
  requireEqual(result.run.tool, manifest.tool, 'results.json was made by another version than the manifest says');
  requireEqual(
    sumCounts(result.invariants),
    manifest.counts,
    'the counts of results.json are not those of the manifest',
  );
  await checkSnapshot(manifest, result, pack);
  checkPolicies(result, pack);
  checkWaivers(result, pack);
  checkScripts(result, pack);
  checkPopulations(result, pack);
  checkProfile(result, pack);
  for (const name of Object.values(packNames)) pack.member(name);
  return result;
}

async function readResult(pack: Pack): Promise<AuditResult> {
  const text = await pack.text(packNames.results, limits.results);
  try {
    return readResults(text, packNames.results);
  } catch (cause) {
    throw refusal(reasonOf(cause), cause);
  }
}

function checkPopulations({ run: { populations = [] } }: AuditResult, pack: Pack): void {
  const present = [...pack.members.keys()].filter(name => name.startsWith('populations/')).length;
  if (present !== populations.length) throw refusal('populations/ does not hold the populations that were judged');
  const odd = populations.find(({ name, sha256: digest }) => pack.member(`populations/${name}.sql`).sha256 !== digest);
  if (odd !== undefined) throw refusal(`populations/${odd.name}.sql is not the population that was judged`);
}

function checkProfile({ controls }: AuditResult, pack: Pack): void {
  const profile = pack.members.get(profileName);
  if (profile?.sha256 === controls?.profile.sha256) return;
  throw refusal(`${profileName} is not the profile whose controls results.json speaks of`);
}

type Table = { readonly file: string; readonly sha256: string; readonly bytes: number };

async function checkSnapshot(manifest: EvidenceManifest, { run }: AuditResult, pack: Pack): Promise<void> {
  const value = parseJson(await pack.text(packNames.snapshot, limits.snapshotManifest), packNames.snapshot);
  if (!isSnapshotManifest(value)) throw refusal(`${packNames.snapshot} is not the manifest of a snapshot`);
  const { tables, start, end } = value;
  const id = idOfSnapshot(value);
  requireEqual(
    { id, start, end },
    manifest.snapshot,
    `${packNames.snapshot} is not that of the snapshot in the manifest`,
  );
  if (run.snapshot?.id !== id) throw refusal('results.json is the result of another snapshot');
  for (const { file, sha256: digest, bytes } of tables) {
    const member = pack.member(`snapshot/${file}`);
    if (member.sha256 !== digest || member.bytes !== bytes)
      throw refusal(`snapshot/${file} is not the file of its manifest`);
  }
  const present = [...pack.members.keys()].filter(name => name.startsWith('snapshot/')).length;
  if (present !== new Set(tables.map(({ file }) => file)).size + 1)
    throw refusal('the snapshot holds a file that its manifest does not list');
}

// A hostile manifest can be nested deeper than the stack is high.
function idOfSnapshot(manifest: SnapshotManifest): string {
  try {
    return sha256(canonicalJson(manifest));
  } catch (cause) {
    throw refusal(`${packNames.snapshot} is not the manifest of a snapshot`, cause);
  }
}

function checkPolicies({ run }: AuditResult, pack: Pack): void {
  const digests = [...pack.members.values()]
    .filter(({ name }) => /^policies\/.*\.yaml$/.test(name))
    .map(each => each.sha256);
  const absent = run.policies.find(policy => !digests.includes(policy.sha256));
  if (absent !== undefined)
    throw refusal(`it lacks the policy ${JSON.stringify(absent.path.slice(0, 200))} as it was judged`);
  if (digests.length !== run.policies.length) throw refusal('it holds a policy that was not judged');
}

function checkWaivers({ run, waivers }: AuditResult, pack: Pack): void {
  const present = [...pack.members.keys()].filter(name => name.startsWith('waivers/'));
  if (run.waivers === undefined && (waivers.length > 0 || present.length > 0))
    throw refusal('it holds waivers although the run had no file of waivers');
  if (run.waivers === undefined) return;
  for (const name of Object.values(waiverNames)) pack.member(name);
  if (pack.member(waiverNames.source).sha256 !== run.waivers.sha256)
    throw refusal(`${waiverNames.source} is not the file of waivers that was applied`);
  if (present.length !== Object.keys(waiverNames).length) throw refusal('waivers/ holds a file of no run');
}

function checkScripts(result: AuditResult, pack: Pack): void {
  const invariants = auditedInvariants(result);
  for (const { id } of invariants) pack.member(`sql/${id}.sql`);
  const scripts = [...pack.members.keys()].filter(name => name.startsWith('sql/')).length;
  if (scripts !== invariants.length) throw refusal('sql/ holds a script of no invariant');
}

type SnapshotManifest = { readonly [key: string]: Json } & {
  readonly start: string;
  readonly end: string;
  readonly tables: readonly Table[];
};

function isSnapshotManifest(value: unknown): value is SnapshotManifest {
  if (!isObject(value) || !Array.isArray(value.tables)) return false;
  const { start, end, tables } = value;
  return typeof start === 'string' && typeof end === 'string' && tables.length > 0 && tables.every(isTable);
}

function isTable(value: unknown): value is Table {
  if (!isObject(value)) return false;
  return typeof value.file === 'string' && typeof value.sha256 === 'string' && typeof value.bytes === 'number';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function requireEqual(a: Json, b: Json, otherwise: string): void {
  if (canonicalJson(a) !== canonicalJson(b)) throw refusal(otherwise);
}
