/** What a TLS connection says of itself. */
export type TlsFacts = {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** When the first certificate of the chain ends, in milliseconds since 1970; null when the peer showed none. */
  readonly expires: number | null;
  /** Who signed the server's certificate. */
  readonly issuer: string;
};

/** The part of node:tls's TLSSocket that is looked at. */
type Peer = {
  readonly valid_to?: string;
  readonly issuer?: { readonly CN?: string | string[]; readonly O?: string | string[] };
  readonly fingerprint256?: string;
  readonly issuerCertificate?: Peer;
};

type Secured = {
  readonly getProtocol: () => string | null;
  readonly getPeerCertificate: (detailed: true) => Peer;
};

const LONGEST_CHAIN = 12;

/** Reads version, issuer and the earliest end of a chain off a secured socket. */
export function tlsFactsOf(socket: Secured): TlsFacts {
  const peer = socket.getPeerCertificate(true);
  const ends: number[] = [];
  const seen = new Set<string>();
  // A root is its own issuer.
  for (let one: Peer | undefined = peer; one !== undefined && seen.size < LONGEST_CHAIN; one = one.issuerCertificate) {
    const print = one.fingerprint256 ?? '';
    if (print === '' || seen.has(print)) break;
    seen.add(print);
    ends.push(Date.parse(one.valid_to ?? ''));
  }
  const known = ends.filter(end => !Number.isNaN(end));
  const issuer = [peer.issuer?.CN ?? peer.issuer?.O ?? 'an unnamed authority'].flat().join(', ');
  return {
    protocol: socket.getProtocol() ?? 'no TLS',
    expires: known.length === 0 ? null : Math.min(...known),
    issuer,
  };
}
