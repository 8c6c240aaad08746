import { mkdir, readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { AuditError, canonicalJson, instantMs, reasonOf } from '../base/index.ts';
import type { Continuing, IncrementalContext, Mark } from '../collect/ad/index.ts';
import type { DeltaContinuing } from '../collect/graph/index.ts';
import type { Config } from '../config/index.ts';
import type { DraftOptions, Manifest, SnapshotDraft, Verified } from '../snapshot/index.ts';
import { toolVersion } from './version.ts';

/** Options of an incremental collection. */
export type IncrementalOptions = {
  readonly incremental?: boolean;
  readonly base?: string;
  readonly prove?: boolean;
};

/** A snapshot that a collection can continue, and where the domains of AD stood then. */
type Base = { readonly verified: Verified; readonly marks: readonly Mark[] };

/** How one reading of an incremental collection differs from an ordinary one: what its draft is, what is read of AD, and what is left in the draft at the end. */
export type Step = {
  readonly begin: (options: DraftOptions) => Promise<SnapshotDraft>;
  readonly incremental: IncrementalContext;
  /** What is continued of Microsoft Graph. */
  readonly continuing?: DeltaContinuing;
  readonly end: (draft: SnapshotDraft) => void;
};

/** What an incremental collection works with: `read` makes a snapshot below `config.snapshots`, `folder` is a private place on the same disk. */
export type Workshop = {
  readonly settings: Settings;
  readonly folder: string;
  readonly read: (config: Config, step: Step) => Promise<string>;
  readonly tell: (text: string) => void;
};

const ROUNDS = 2;

/**
 * Continues an earlier snapshot, or reads everything where none fits, and says so. With a proof it reads in full first and compares, and once more when
 * something differs: the directories may have changed between the two readings. Throws AuditError('integrity') when it differs again.
 */
export async function collectIncrementally(
  config: Config,
  options: IncrementalOptions & { readonly memory?: string },
  workshop: Workshop,
): Promise<string> {
  const { folder, read, tell } = workshop;
  const { createSnapshot, verifySnapshot } = await import('../snapshot/index.ts');
  const found = await findBase(config, options, workshop.settings);
  const readInFull = (directory: string) => read({ ...config, snapshots: directory }, stepOf(workshop, createSnapshot));
  if ('reason' in found) {
    tell(`Reads in full: ${found.reason}.`);
    return readInFull(config.snapshots);
  }
  tell(`Continues ${relative(process.cwd(), found.verified.path)}.`);
  const due = options.prove === true || isProofDue(found.verified.manifest, config.proveEveryMs, Date.now());
  for (let round = 1; ; round++) {
    const proofs = join(folder, `proof-${round}`);
    if (due) await mkdir(proofs, { mode: 0o700 });
    const proof = due ? await verifySnapshot(await readInFull(proofs)) : undefined;
    try {
      return await readOn(config, options, workshop, found, proof);
    } catch (thrown) {
      if (proof === undefined || !(thrown instanceof AuditError) || thrown.kind !== 'integrity') throw thrown;
      const again = `${thrown.message}, ${round} times`;
      const advice = 'Unless the directories never rest, this is a bug in tallystick: collect without --incremental';
      if (round >= ROUNDS) throw new AuditError('integrity', again, { cause: thrown, advice });
      tell(`${thrown.message}; once more, because the directories may have changed between the two readings.`);
    }
  }
}

async function readOn(
  config: Config,
  { memory }: { readonly memory?: string },
  workshop: Workshop,
  { verified, marks }: Base,
  proof: Verified | undefined,
): Promise<string> {
  const { continueSnapshot, openSnapshot, readDeltaLinks } = await import('../snapshot/index.ts');
  const limits = { verify: false, ...(memory === undefined ? {} : { memory }) };
  // One for each source: both read at the same time.
  const base = await openSnapshot(verified.path, limits);
  const cloud = await openSnapshot(verified.path, limits);
  try {
    let carry: Continuing['carry'] = () => undefined;
    const begin: Step['begin'] = async given => {
      const draft = await continueSnapshot(verified, { ...given, proof, proven: provenAt(verified.manifest) });
      carry = draft.carry;
      return draft;
    };
    const take: Continuing['carry'] = (table, ids) => carry(table, ids);
    const step = stepOf(workshop, begin, { base, marks, carry: take });
    const { because } = step.incremental;
    const links = await readDeltaLinks(verified);
    if (config.graph?.members === 'delta' && links === undefined)
      because('the earlier snapshot has no delta links of Microsoft Graph');
    const continuing = links === undefined ? {} : { continuing: { base: cloud, carry: take, links, because } };
    return await workshop.read(config, { ...step, ...continuing });
  } finally {
    await base.close();
    await cloud.close();
  }
}

function stepOf({ settings, tell }: Workshop, begin: Step['begin'], continuing?: Continuing): Step {
  const marks: Mark[] = [];
  return {
    begin,
    incremental: {
      ...(continuing === undefined ? {} : { continuing }),
      keepMark: mark => void marks.push(mark),
      because: reason => tell(`Reads in full: ${reason}.`),
    },
    end: draft => {
      const { file, text } = bookmarkOf(settings, marks);
      draft.bookmark(file, text);
    },
  };
}

/** Digests of what is collected, by name. */
type Settings = Readonly<Record<string, string>>;

const FORMAT = 'tallystick/ad-dirsync/v1';
const FILE = '.ad-dirsync.json';
/** How many snapshots are looked at before none is taken to fit. */
const LOOKED_AT = 50;
const MOST_DOMAINS = 1000;
const LONGEST_COOKIE = 64 * 1024;

/** Throws an input error for options that do not go together. */
export function checkIncremental(
  { incremental, base, prove }: IncrementalOptions,
  others: Readonly<Record<string, unknown>>,
): void {
  if (incremental !== true) {
    if (base !== undefined || prove === true)
      throw new AuditError('input', '--base and --prove are about an incremental collection: add --incremental');
    return;
  }
  const odd = ['resume', 'redact', 'discard'].find(name => others[name] !== undefined && others[name] !== false);
  if (odd !== undefined) throw new AuditError('input', `--incremental does not go with --${odd}`);
}

/** The snapshot to continue: that of --base, else the newest that fits; or why there is none. Throws for one that does not verify. */
async function findBase(
  config: Config,
  { base }: IncrementalOptions,
  settings: Settings,
): Promise<Base | { readonly reason: string }> {
  const { verifySnapshot } = await import('../snapshot/index.ts');
  const paths = base === undefined ? await newestFirst(config.snapshots) : [resolve(base)];
  let reason = 'there is no earlier snapshot';
  for (const path of paths) {
    const looked = await verifySnapshot(path, { digests: false }).catch(thrown => {
      if (base !== undefined) throw thrown;
      return reasonOf(thrown);
    });
    const found = typeof looked === 'string' ? looked : await fit(looked, settings);
    if (typeof found === 'string') {
      if (reason === 'there is no earlier snapshot') reason = `${path}: ${found}`;
      continue;
    }
    return { ...found, verified: await verifySnapshot(path) };
  }
  return { reason };
}

/** When a snapshot was last known to be what a full reading gives: when it was read in full, or proven. RFC 3339; undefined when never. */
function provenAt({ continues, proven, end }: Manifest): string | undefined {
  return continues === undefined ? end : proven;
}

/** True when the configuration wants a proof by now. */
function isProofDue(manifest: Manifest, everyMs: number | undefined, now: number): boolean {
  const last = provenAt(manifest);
  return everyMs !== undefined && (last === undefined || now - (instantMs(last) ?? 0) >= everyMs);
}

/** What a later collection has to know, as it is kept beside the tables. */
function bookmarkOf(settings: Settings, marks: readonly Mark[]): { readonly file: typeof FILE; readonly text: string } {
  const domains = marks.map(({ cookie, ...mark }) => ({ ...mark, cookie: cookie.toString('base64') }));
  return { file: FILE, text: `${canonicalJson({ format: FORMAT, settings, domains })}\n` };
}

async function fit(verified: Verified, settings: Settings): Promise<Base | string> {
  const { readBookmark } = await import('../snapshot/index.ts');
  const { tool, redaction } = verified.manifest;
  if (tool.version !== toolVersion().version) return `it was made by tallystick ${tool.version}`;
  if (redaction !== undefined) return 'it holds pseudonyms in place of names';
  const text = await readBookmark(verified, FILE);
  if (text === undefined)
    return 'it was not collected with --incremental, so it does not say where Active Directory stood';
  const value = parse(text);
  if (!isRecord(value) || value.format !== FORMAT || !isRecord(value.settings) || !Array.isArray(value.domains))
    throw malformed(verified);
  const before = value.settings;
  const odd = [...new Set([...Object.keys(before), ...Object.keys(settings)])].filter(
    name => before[name] !== settings[name],
  );
  if (odd.length > 0) return `it was collected with other settings (${odd.sort().slice(0, 5).join(', ')})`;
  if (value.domains.length > MOST_DOMAINS) throw malformed(verified);
  return { verified, marks: value.domains.map(one => markOf(one, verified)) };
}

function markOf(value: unknown, verified: Verified): Mark {
  if (!isRecord(value)) throw malformed(verified);
  const { domain, dsServiceName, invocationId, viewer, cookie } = value;
  const name = (one: unknown) => (one === null || typeof one === 'string' ? one : undefined);
  const [service, invocation] = [name(dsServiceName), name(invocationId)];
  if (
    typeof domain !== 'string' ||
    typeof viewer !== 'string' ||
    typeof cookie !== 'string' ||
    cookie.length > LONGEST_COOKIE ||
    service === undefined ||
    invocation === undefined
  )
    throw malformed(verified);
  return { domain, dsServiceName: service, invocationId: invocation, viewer, cookie: Buffer.from(cookie, 'base64') };
}

function malformed({ path }: Verified): AuditError {
  return new AuditError('integrity', `${FILE} in ${path} is not what tallystick writes: delete it`);
}

async function newestFirst(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  const snapshots = names.filter(name => /^\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(name)).sort();
  return snapshots
    .toReversed()
    .slice(0, LOOKED_AT)
    .map(name => join(directory, name));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
