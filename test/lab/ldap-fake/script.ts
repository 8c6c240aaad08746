import type { Issued } from '../certificates.ts';

/** An object of the fake directory; names in any case, values as text or bytes. */
export type FakeEntry = {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
};

/** A search as it came over the wire; `cookie` is undefined when no paging was asked for. */
export type FakeSearch = {
  readonly connection: number;
  readonly base: string;
  readonly scope: number;
  readonly attributes: readonly string[];
  /** The value of each control by its OID; empty when it came without one. */
  readonly controls: ReadonlyMap<string, Buffer>;
  readonly cookie: string | undefined;
  readonly matches: (entry: FakeEntry) => boolean;
};

/** What to do instead of answering properly. */
export type Fault =
  | 'hang'
  | 'drop'
  | 'drop-midway'
  | 'garbage'
  | 'odd-message'
  | 'empty-page'
  | 'no-paging-answer'
  | 'repeat-cookie'
  | { readonly code: number; readonly message: string };

/** How the fake behaves; `entries` may change between searches. */
export type FakeScript = {
  readonly tls: Issued;
  readonly entries: () => readonly FakeEntry[];
  readonly password?: string;
  readonly pageSize?: number;
  /** Values of one attribute in one answer; more come as ranges, as AD does it. */
  readonly rangeSize?: number;
  readonly fault?: (search: FakeSearch) => Fault | undefined;
};

/** A running fake; `searches` and `binds` (password and whether encrypted) say what it saw. */
export type FakeServer = {
  readonly ldaps: string;
  readonly ldap: string;
  readonly searches: FakeSearch[];
  readonly binds: { readonly password: string; readonly encrypted: boolean }[];
  readonly stop: () => Promise<void>;
};
