import { AuditError, normalizeDn } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import { identityOf } from './credentials.ts';
import { explainConnection, isSourceFailure, oneLine, resultCode, sourceError } from './failure.ts';
import { identify, type Replica } from './replica.ts';
import { type Endpoint, open, type Session } from './session.ts';

/** A server that let us in, and the copy of the directory that it holds. */
export type Connection = { readonly endpoint: Endpoint; readonly session: Session; readonly replica: Replica };

/** One server that was tried for a domain: what it holds, null when it did not let us in, and why it was not used or is no longer, null while it is. */
export type Trial = { readonly url: string; readonly replica: Replica | null; readonly reason: string | null };

/** The domain controllers of one domain, in the order of preference. */
export type Servers = {
  /**
   * Connects to the next one that lets us in, in a circle; `lost` says why the one before is given up. Rejects with AuditError('source') when none
   * does, when a password is refused (another server would refuse it too, and count one more step towards a lock-out), and when the domain was begun too often.
   */
  readonly next: (lost?: string) => Promise<Connection>;
  /** Everything that was tried, in order. */
  readonly trials: () => readonly Trial[];
};

/** The servers of one domain; with `domainDn` undefined the first one that answers says which domain it is. */
export function serversOf(
  source: AdSource,
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
  domainDn?: string,
): Servers {
  const trials: Trial[] = [];
  let domain = domainDn;
  let begun = 0;
  let from = 0;

  const connect = async (endpoint: Endpoint): Promise<Connection> => {
    const session = await open(source, endpoint, signal);
    try {
      const replica = await identify(session);
      if (domain !== undefined && normalizeDn(replica.domainDn ?? '') !== normalizeDn(domain))
        throw sourceError(
          `it is a domain controller of ${oneLine(replica.domainDn ?? 'no domain')}, not of ${oneLine(domain)}`,
        );
      domain = replica.domainDn ?? undefined;
      return { endpoint, session, replica };
    } catch (thrown) {
      await session.close();
      throw thrown;
    }
  };

  return {
    next: async lost => {
      const last = trials.at(-1);
      if (lost !== undefined && last !== undefined) trials[trials.length - 1] = { ...last, reason: oneLine(lost) };
      // Each server once, and one of them a second time: a name can stand for several servers.
      if (begun > endpoints.length) throw sourceError('its servers were lost too often');
      const failures: string[] = [];
      for (const index of endpoints.keys()) {
        const at = (from + index) % endpoints.length;
        const endpoint = endpoints[at];
        if (endpoint === undefined) continue;
        try {
          const connection = await connect(endpoint);
          from = at + 1;
          begun += 1;
          trials.push({ url: endpoint.url, replica: connection.replica, reason: null });
          return connection;
        } catch (thrown) {
          if (signal.aborted) throw sourceError('The reading of Active Directory was interrupted', signal.reason);
          // What the configuration holds is wrong at every server.
          if (thrown instanceof AuditError && thrown.kind === 'input') throw thrown;
          const reason = explainConnection(thrown);
          trials.push({ url: endpoint.url, replica: null, reason });
          failures.push(`${endpoint.url}: ${reason}`);
          if (resultCode(thrown) === 49)
            throw sourceError(
              `Cannot sign in to Active Directory as ${identityOf(source)}. ${endpoint.url}: ${reason}`,
              thrown,
            );
        }
      }
      throw sourceError(`Cannot connect to Active Directory. ${failures.join('; ') || 'ad.urls is empty'}`);
    },
    trials: () => [...trials],
  };
}

/** The next server after one was lost, or undefined when there is none. */
export async function nextOf(servers: Servers, lost: string): Promise<Connection | undefined> {
  try {
    return await servers.next(lost);
  } catch (thrown) {
    if (isSourceFailure(thrown)) return undefined;
    throw thrown;
  }
}

/** True for a refusal of the credentials themselves. */
export function isRefusal(thrown: unknown): boolean {
  return isSourceFailure(thrown) && resultCode(thrown) === 49;
}
