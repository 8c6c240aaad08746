import type { OwnedTable, Snapshot } from '../../snapshot/index.ts';
import type { Replica } from './replica.ts';

/** Where the reading of a domain stood: which copy of the directory was asked, as whom, and its DirSync cookie. */
export type Mark = Pick<Replica, 'dsServiceName' | 'invocationId'> & {
  readonly domain: string;
  /** Digest of the SIDs by which the server judges what we may see. */
  readonly viewer: string;
  readonly cookie: Buffer;
};

/** An earlier snapshot that a collection continues. */
export type Continuing = {
  /** Open; of the same configuration and version. */
  readonly base: Snapshot;
  readonly marks: readonly Mark[];
  /** Takes rows of it over. */
  readonly carry: (table: OwnedTable, ids: Iterable<string>) => void;
};

/** What the reading of one domain needs to go on from an earlier one. */
export type Incremental = {
  readonly replica: Replica;
  /** Undefined when there is nothing to continue. */
  readonly continuing: Continuing | undefined;
  /** Takes rows over, when and if the reading of the domain is kept. */
  readonly carry: (table: OwnedTable, ids: Iterable<string>) => void;
  readonly mark: (mark: Mark) => void;
  /** Told why something is read in full. */
  readonly because: (reason: string) => void;
};

/** What need not be read again in a domain. */
export type Carrier = {
  /** How many members of a group are carried over, and how much replication metadata; undefined when it has to be read. `usn` is its uSNChanged of now. */
  readonly group: (guid: string, usn: number | null) => CarriedGroup | undefined;
  /** Undefined when all accounts, or addresses, have to be read. */
  readonly accounts: Objects | undefined;
  readonly addresses: (Objects & { readonly rows: number }) | undefined;
  /** Says that the members of a group are carried over. */
  readonly take: (guid: string) => void;
  /** Members of the groups of which that was said. */
  readonly members: () => Promise<ReadonlySet<string>>;
};

/** How many members, and rows of replication metadata, of a group are carried over. */
export type CarriedGroup = { readonly members: number; readonly stamps: number };

/** Objects that are carried over, and those that may have rows but have to be asked for. */
export type Objects = { readonly carried: ReadonlySet<string>; readonly asked: ReadonlySet<string> };
