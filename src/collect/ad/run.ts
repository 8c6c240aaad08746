import type { AdSource } from '../../config/index.ts';
import type { FacetName, Recorder } from '../../snapshot/index.ts';
import type { Coverage } from './coverage.ts';
import type { DaclStore } from './dacl-store.ts';
import type { Directory } from './directory.ts';
import type { Carrier, Incremental } from './incremental.ts';

/** One step forward of a collection, for people who wait. */
export type Progress = {
  readonly source: 'ad';
  readonly facet: FacetName;
  readonly done: number;
  readonly expected?: number;
  readonly note?: string;
};

/** What the server says about itself (root DSE); DNs as text, absent attributes null. */
export type RootDse = {
  readonly dnsHostName: string | null;
  readonly defaultNamingContext: string | null;
  readonly configurationNamingContext: string | null;
  readonly schemaNamingContext: string | null;
  readonly rootDomainNamingContext: string | null;
  readonly highestCommittedUsn: string | null;
  readonly domainLevel: number | null;
  readonly currentTime: number | null;
};

/** The domain that is read. */
export type Domain = { readonly dn: string; readonly sid: string; readonly guid: string };

/** What all readings of one domain share. */
export type Run = {
  readonly source: AdSource;
  readonly recorder: Pick<Recorder, 'add'>;
  readonly directory: Directory;
  readonly coverage: Coverage;
  readonly rootDse: RootDse;
  readonly domain: Domain;
  readonly netbiosName: string | null;
  /** The configured containers that lie in the domain. */
  readonly containers: AdSource['containers'];
  readonly dacls: DaclStore;
  /** True when the forest has no other domain, in whose groups this one's could be and to which its objects could be moved. */
  readonly alone: boolean;
  /** True for the objectGUID of an object that was already read in another domain, from which it must have been moved meanwhile. */
  readonly elsewhere: (guid: string) => boolean;
  /** False for a facet that nobody wants: nothing is asked for its sake alone. */
  readonly asks: (facet: FacetName) => boolean;
  readonly progress: (facet: FacetName, done: number, note?: string) => void;
  /** Set where a later collection may continue this one, or this one continues another. */
  readonly incremental?: Incremental | undefined;
  /** What need not be read again; set once that is known. */
  readonly carrier?: Carrier;
};

/** `1 group`, `2 groups`: a count with its noun. */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
