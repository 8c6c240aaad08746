import { dnsNameOf, type Json } from '../../base/index.ts';
import { isSourceFailure } from './failure.ts';
import type { Held } from './held.ts';
import { readRootDse } from './server.ts';
import type { Servers } from './servers.ts';

/** A domain in the manifest; null is what the server did not tell. */
export type DomainRecord = {
  readonly domain: string;
  readonly endpoint: string;
  readonly dnsHostName: string | null;
  readonly dsServiceName: string | null;
  readonly invocationId: string | null;
  readonly highestCommittedUsnBefore: string | null;
  readonly highestCommittedUsnAfter: string | null;
  readonly clockSkewMs: number | null;
  readonly tried: Json;
};

/** What the manifest says about one domain: the server that it was read from to the end, and those that were tried. */
export async function describeDomain(held: Held, servers: Servers): Promise<DomainRecord> {
  const { rootDse, domain } = held.reading.run;
  const { endpoint, replica } = held.connection;
  // Best effort: the facets have been settled, and what is missing here is visibly null.
  const after = await readRootDse(held.directory).catch((thrown: unknown) => {
    if (isSourceFailure(thrown)) return undefined;
    throw thrown;
  });
  return {
    domain: dnsNameOf(domain.dn),
    endpoint: endpoint.url,
    dnsHostName: rootDse.dnsHostName,
    dsServiceName: replica.dsServiceName,
    invocationId: replica.invocationId,
    highestCommittedUsnBefore: rootDse.highestCommittedUsn,
    highestCommittedUsnAfter: after?.highestCommittedUsn ?? null,
    clockSkewMs: held.clockSkewMs,
    tried: describeTrials(servers),
  };
}

/** Every server that was tried for a domain, in order, and why it was not used or is no longer. */
export function describeTrials(servers: Servers): Json {
  return servers.trials().map(({ url, replica, reason }) => ({
    url,
    dsServiceName: replica?.dsServiceName ?? null,
    invocationId: replica?.invocationId ?? null,
    reason,
  }));
}
