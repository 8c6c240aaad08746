import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditError } from '../base/index.ts';
import { writeDurably } from './files.ts';

/** Where the delta of some groups ended: what changed after that can be asked for with the link, for seven days. The link is the server's and opaque. */
export type DeltaSlice = { readonly groups: readonly string[]; readonly link: string };

/**
 * The delta links of a snapshot whose members were read by delta. They are no facts, so they lie beside the tables and are not part of the
 * snapshot's id: a hidden file, which may be deleted. It names the ids of groups, and must not be kept beside a snapshot whose ids are hidden.
 */
export type DeltaLinks = {
  /** Id of the snapshot that they continue. */
  readonly snapshot: string;
  /** Origin of Microsoft Graph. */
  readonly endpoint: string;
  readonly tenant: string;
  /** When the reading began, RFC 3339: the age of the oldest link. */
  readonly start: string;
  readonly slices: readonly DeltaSlice[];
};

/** Name of the file in a snapshot's folder. */
export const DELTA_LINKS = '.graph-delta.json';

const FORMAT = 'tallystick/graph-delta/v1';
const LIMIT = 256 * 2 ** 20;
const LONGEST_LINK = 16_384;

/** Writes the links into the folder of their snapshot, readable by its owner alone. */
export async function writeDeltaLinks(folder: string, links: DeltaLinks): Promise<void> {
  await writeDurably(join(folder, DELTA_LINKS), `${JSON.stringify({ format: FORMAT, ...links })}\n`);
}

/**
 * Reads the links of a snapshot; undefined when it has none. Throws AuditError('integrity') when they are not what was written for this snapshot:
 * every link leads to its endpoint, and every group is in one slice. What a link is good for, only the server knows.
 */
export async function readDeltaLinks(folder: string, snapshot: string): Promise<DeltaLinks | undefined> {
  const path = join(folder, DELTA_LINKS);
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const broken = () => new AuditError('integrity', `${path} is not what was written for this snapshot: delete it`);
  if (!stats.isFile() || stats.size > LIMIT) throw broken();
  const value = parse(await readFile(path, 'utf8'));
  if (!isDeltaLinks(value) || value.format !== FORMAT || value.snapshot !== snapshot) throw broken();
  const { endpoint, tenant, start, slices } = value;
  const groups = slices.flatMap(slice => slice.groups);
  const isThere = (link: string) => URL.canParse(link) && new URL(link).origin === endpoint;
  if (new Set(groups).size !== groups.length || !slices.every(({ link }) => isThere(link))) throw broken();
  return { snapshot, endpoint, tenant, start, slices };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDeltaLinks(value: unknown): value is DeltaLinks & { readonly format: unknown } {
  if (!isRecord(value)) return false;
  const { snapshot, endpoint, tenant, start, slices } = value;
  return [snapshot, endpoint, tenant, start].every(isText) && Array.isArray(slices) && slices.every(isSlice);
}

function isSlice(value: unknown): value is DeltaSlice {
  if (!isRecord(value) || !isText(value.link) || value.link.length > LONGEST_LINK) return false;
  return Array.isArray(value.groups) && value.groups.length <= 50 && value.groups.every(isGuid);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isGuid(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}
