import { AuditError } from '../base/index.ts';
import { type BookmarkFile, readBookmark } from './bookmarks.ts';
import type { Verified } from './verification.ts';

/** Where the delta of some groups ended: what changed after that can be asked for with the link, for seven days. The link is the server's and opaque. */
export type DeltaSlice = { readonly groups: readonly string[]; readonly link: string };

/**
 * The delta links of a snapshot whose members were read by delta. They are no facts, so they lie beside the tables: a hidden file, which may be deleted,
 * and whose digest the manifest has. It names the ids of groups, and must not be kept beside a snapshot whose ids are hidden.
 */
export type DeltaLinks = {
  /** Origin of Microsoft Graph. */
  readonly endpoint: string;
  readonly tenant: string;
  /** When the reading began, RFC 3339: the age of the oldest link. */
  readonly start: string;
  readonly slices: readonly DeltaSlice[];
};

/** Name of the file in a snapshot's folder. */
export const DELTA_LINKS: BookmarkFile = '.graph-delta.json';

const FORMAT = 'tallystick/graph-delta/v1';
const LONGEST_LINK = 16_384;

/** Links as a note that a draft takes along. */
export function deltaLinksText(links: DeltaLinks): string {
  return `${JSON.stringify({ format: FORMAT, ...links })}\n`;
}

/**
 * Reads the links of a snapshot; undefined when it has none. Throws AuditError('integrity') when they are not those of the manifest, or no links:
 * every link leads to its endpoint, and every group is in one slice. What a link is good for, only the server knows.
 */
export async function readDeltaLinks(verified: Verified): Promise<DeltaLinks | undefined> {
  const text = await readBookmark(verified, DELTA_LINKS);
  if (text === undefined) return undefined;
  const value = parse(text);
  const broken = () =>
    new AuditError('integrity', `${DELTA_LINKS} in ${verified.path} holds no delta links: delete it`);
  if (!isDeltaLinks(value) || value.format !== FORMAT) throw broken();
  const { endpoint, tenant, start, slices } = value;
  const groups = slices.flatMap(slice => slice.groups);
  const isThere = (link: string) => URL.canParse(link) && new URL(link).origin === endpoint;
  if (new Set(groups).size !== groups.length || !slices.every(({ link }) => isThere(link))) throw broken();
  return { endpoint, tenant, start, slices };
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
  const { endpoint, tenant, start, slices } = value;
  return [endpoint, tenant, start].every(isText) && Array.isArray(slices) && slices.every(isSlice);
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
