import type { Flavour, Json } from '../base/index.ts';
import type { FacetName, Source } from './facets.ts';
import type { TableName } from './tables.ts';

/** One read of a source: what was asked, when, how it ended, how much was announced and got. */
export type QueryRecord = {
  readonly source: Source;
  readonly facet: FacetName;
  /** LDAP base, scope, filter and attributes, or method and path with query; never a secret. */
  readonly request: string;
  readonly pages: number;
  readonly expected: number | null;
  readonly retrieved: number;
  readonly retries: number;
  /**
   * When the first answer was asked for and the last one was there, by this machine's clock: RFC 3339 in UTC with milliseconds (instantText). Of answers
   * that an interrupted collection left behind, the times at which they came.
   */
  readonly begun: string;
  readonly ended: string;
  readonly durationMs: number;
  readonly complete: boolean;
  /** Why not complete; null when complete. */
  readonly reason: string | null;
  /** Ids of the objects that are affected when not the whole query is; at most 1,000, the rest counted in `reason`. */
  readonly objects: readonly string[];
};

/** Who was asked, as whom, and who answered. */
export type SourceRecord = {
  readonly source: Source;
  readonly endpoint: string;
  readonly identity: string;
  /** AD: dnsHostName, invocationId, domain, forest, highestCommittedUSN before and after. Graph: tenant id, cloud, permissions in the token. */
  readonly server: Readonly<Record<string, Json>>;
  /** Server clock minus ours, in milliseconds; null when the server sent none. */
  readonly clockSkewMs: number | null;
};

/** Rows and SHA-256 of one table file. */
export type TableRecord = {
  readonly table: TableName;
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
  readonly bytes: number;
};

/** When the facts of a facet were read: none before `first`, none after `last` (RFC 3339 in UTC, this machine's clock). */
export type FacetTimes = { readonly facet: FacetName; readonly first: string; readonly last: string };

/** Any fact of the one facet and any of the other were read at most this far apart. */
export type PairTimes = { readonly ad: FacetName; readonly cloud: FacetName; readonly apartMs: number };

/** How far apart in time facts were read that an invariant may compare: each facet's interval, each pair across the sources, and the widest of all. */
export type Times = {
  readonly facets: readonly FacetTimes[];
  readonly pairs: readonly PairTimes[];
  /** null when only one source was read. */
  readonly apartMs: number | null;
};

/** What the run was asked to look at. */
export type Scope = {
  readonly flavours: readonly Flavour[];
  readonly containers: readonly { readonly dn: string; readonly flavour: Flavour | null }[];
  /** The facets that were asked for, sorted; absent when all were. */
  readonly facets?: readonly FacetName[];
};

/** A pause in the reading, after an interruption: nothing is of this time; both are RFC 3339. */
export type Break = { readonly after: string; readonly until: string };

/** The snapshot (its id) that one continues: what was not read again, from `again` (RFC 3339) on, was carried over from it. */
export type Continues = { readonly snapshot: string; readonly again: string };

/** `manifest.json`: everything needed to know what a snapshot holds and to prove that it is unaltered. Its canonical SHA-256 is the snapshot's id. */
export type Manifest = {
  readonly format: 'tallystick/snapshot/v1';
  readonly tool: { readonly name: 'tallystick'; readonly version: string };
  readonly start: string;
  readonly end: string;
  /** Left out when reading was never interrupted. */
  readonly breaks?: readonly Break[];
  /** Left out when everything was read for this snapshot. */
  readonly continues?: Continues;
  /** When an incremental collection was last compared with a full one and found equal; left out when everything was read, or it never was. */
  readonly proven?: string;
  readonly scope: Scope;
  /** Present when the names in the snapshot are pseudonyms: how they were made, and by which key. */
  readonly redaction?: { readonly scheme: string; readonly keyId: string };
  readonly sources: readonly SourceRecord[];
  readonly tables: readonly TableRecord[];
  /** Files beside the tables that say where the sources can be asked what has changed since. They may be missing; left out when there were none. */
  readonly bookmarks?: readonly { readonly file: string; readonly sha256: string }[];
  readonly queries: readonly QueryRecord[];
  readonly times: Times;
};
