import type { TlsOptions } from 'node:tls';
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
  readonly pageSize: number | undefined;
  /** 0 when the client sets no limit. */
  readonly sizeLimit: number;
  readonly showsDeleted: boolean;
  /** The same for every page of a search. */
  readonly key: string;
  readonly matches: ((entry: FakeEntry) => boolean) & { readonly guids?: ReadonlySet<string> };
};

/** What a server can do to one answer instead of giving it properly. Where a kind does not apply the answer is a proper one. */
export type FaultName =
  | 'hang'
  /** Closes instead of an answer, after the first entry, in the middle of an entry, or after the whole answer. */
  | 'drop'
  | 'drop-midway'
  | 'drop-mid-entry'
  | 'drop-after'
  | 'garbage'
  | 'odd-message'
  /** A message without end. */
  | 'oversized'
  | 'empty-page'
  | 'no-paging-answer'
  | 'repeat-cookie'
  /** The page comes once more, under a cookie of its own. */
  | 'repeat-page'
  /** From here on the connection is not signed in any more. */
  | 'forget-sign-in'
  /** The request is answered with a result code of 10, or with nothing but a reference. */
  | 'referral'
  | 'reference'
  /** What an attribute that comes in ranges can have wrong: values left out, values of another place, twice the same range, no values, no end. */
  | 'range-hole'
  | 'range-shifted'
  | 'range-repeated'
  | 'range-empty'
  | 'range-endless';

/** A fault, or an answer of a result code alone. */
export type Fault = FaultName | { readonly code: number; readonly message: string };

/** The LDAP policies of AD that the fake keeps, by their names there. */
export type FakePolicies = {
  readonly MaxPageSize: number;
  readonly MaxValRange: number;
  readonly MaxResultSetsPerConn: number;
};

/** The ports of a domain controller: its own domain, or the global catalog of the forest. */
export type FakePort = 'domain' | 'catalog';

/** `active-directory` signs in at the handshake of LDAPS and refuses EXTERNAL there ([MS-ADTS] 5.1.1.2); `plain` waits for EXTERNAL everywhere. */
export type CertificateStyle = 'active-directory' | 'plain';

/** How the fake behaves; `entries` may change between searches. */
export type FakeScript = {
  readonly tls: Issued;
  readonly entries: () => readonly FakeEntry[];
  readonly password?: string;
  /** Signs in whoever shows a certificate of this authority (PEM); searching then needs a sign-in. */
  readonly clients?: { readonly ca: string; readonly style: CertificateStyle };
  /** In place of what the TLS library offers by default. */
  readonly tlsVersions?: Pick<TlsOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;
  /** The largest page, whatever the client asks for: AD's MaxPageSize. */
  readonly pageSize?: number;
  /** Values of one attribute in one answer; more come as ranges, as AD does it: its MaxValRange. */
  readonly rangeSize?: number;
  readonly policies?: Partial<FakePolicies>;
  /** A reference at the end of every search below an object, to a place that no crossRef names. */
  readonly strayReferral?: string;
  readonly fault?: (search: FakeSearch) => Fault | undefined;
};

/** A bind as it came: by password, or by the SASL mechanism named. */
export type FakeBind = { readonly password: string; readonly encrypted: boolean; readonly mechanism?: string };

/** A running fake; `searches` and `binds` (password and whether encrypted) say what it saw. */
export type FakeServer = {
  readonly ldaps: string;
  readonly ldap: string;
  /** The global catalog over LDAPS. */
  readonly catalog: string;
  readonly searches: FakeSearch[];
  readonly binds: FakeBind[];
  readonly stop: () => Promise<void>;
};
