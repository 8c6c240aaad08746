import { dnsNameOf, normalizeDn } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import type { Journal } from '../../journal/index.ts';
import type { Recorder } from '../../snapshot/index.ts';
import { type Directory, directoryOf, ServerChanged } from './directory.ts';
import { isSourceFailure, sourceError } from './failure.ts';
import { domainOf } from './forest.ts';
import type { RootDse } from './run.ts';
import { readRootDse } from './server.ts';
import { type Connection, isRefusal, nextOf, type Servers, serversOf } from './servers.ts';
import type { Endpoint } from './session.ts';
import { type ForestDomain, readControllers, readTopology, type Topology } from './topology.ts';

/** How one domain is going to be read; `connection` is ready to be read from, undefined when one has to be made. */
export type Plan = {
  readonly domain: ForestDomain;
  readonly servers: Servers;
  readonly containers: AdSource['containers'];
  connection: Connection | undefined;
};

/** What there is to read. */
export type Survey = {
  readonly plans: readonly Plan[];
  /** DNs of the domains that are not asked for, because `ad.base` names one. */
  readonly others: readonly string[];
  /** DNs of all naming contexts of the forest; undefined when they could not be read, for the `reason`. */
  readonly contexts: readonly string[] | undefined;
  readonly reason: string | undefined;
};

const MAX_CONTROLLERS = 8;

type Access = {
  readonly journal?: Journal;
  readonly recorder: Pick<Recorder, 'query'>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly backoffMs?: number;
};

/** Signs in to the first server and learns which domains the forest has and who serves them. Rejects with AuditError('source') when nothing can be read at all. */
export async function survey(source: AdSource, access: Access): Promise<Survey> {
  const home = serversOf(source, endpointsOf(source.urls, source.serverName), access.signal);
  const { servers, connection } = await enter(source, home, access.signal);
  const unclaimed = servers === home ? [] : endpointsOf(source.urls, source.serverName);
  let next: Connection | undefined = connection;
  for (let here = connection; ; here = next) {
    const directory = directoryOf(here, {
      ...access,
      source,
      replace: async reason => {
        next = await nextOf(servers, reason);
        return next !== undefined;
      },
    });
    try {
      const found = await surveyFrom(directory, servers, here, { source, unclaimed, signal: access.signal });
      return {
        ...found,
        plans: found.plans.map(plan => (plan.servers === servers ? { ...plan, connection: directory.leave() } : plan)),
      };
    } catch (thrown) {
      await directory.close();
      if (!(thrown instanceof ServerChanged) || next === undefined) throw thrown;
    }
  }
}

type Question = { readonly source: AdSource; readonly unclaimed: readonly Endpoint[]; readonly signal: AbortSignal };

async function surveyFrom(
  directory: Directory,
  servers: Servers,
  { replica }: Connection,
  { source, unclaimed, signal }: Question,
): Promise<Survey> {
  const rootDse = await readRootDse(directory);
  const dn = source.base ?? replica.domainDn;
  if (dn === null) throw sourceError('the server names no domain (defaultNamingContext): is it a domain controller?');
  const own: ForestDomain = { dn, dnsName: dnsNameOf(dn), netbiosName: null };
  let topology: Topology | undefined;
  let reason: string | undefined;
  try {
    topology = await readTopology(directory, rootDse);
  } catch (thrown) {
    if (!isSourceFailure(thrown) || signal.aborted) throw thrown;
    reason = thrown.message;
  }
  const domains = topology?.domains ?? [own];
  const known = domains.find(one => normalizeDn(one.dn) === normalizeDn(dn)) ?? own;
  const wanted = source.base === undefined ? [known, ...domains.filter(one => one !== known)] : [known];
  const further = wanted.filter(one => one !== known);
  const addresses = await addressBook(source, directory, rootDse, further, unclaimed);
  const plans = wanted.map(
    (domain): Plan => ({
      domain,
      servers: domain === known ? servers : serversOf(source, addresses(domain), signal, domain.dn),
      containers: source.containers.filter(({ dn: place }) => (domainOf(wanted, place) ?? known) === domain),
      connection: undefined,
    }),
  );
  const others = domains.flatMap(one => (wanted.includes(one) ? [] : [one.dn]));
  return { plans, others, contexts: topology?.contexts, reason };
}

// Where no domain controller of the first list answers, those of another domain know the forest too.
async function enter(
  source: AdSource,
  home: Servers,
  signal: AbortSignal,
): Promise<{ readonly servers: Servers; readonly connection: Connection }> {
  try {
    return { servers: home, connection: await home.next() };
  } catch (thrown) {
    if (source.base !== undefined || isRefusal(thrown) || signal.aborted) throw thrown;
    for (const { urls, serverName } of source.domains) {
      const servers = serversOf(source, endpointsOf(urls, serverName), signal);
      try {
        return { servers, connection: await servers.next() };
      } catch (other) {
        if (isRefusal(other) || signal.aborted) throw other;
      }
    }
    throw thrown;
  }
}

/**
 * Where the domain controllers of other domains are: those that `ad.domains` names; else those that the configuration partition lists, and at last the
 * name of the domain itself, which DNS resolves to any of them. `unclaimed` are addresses of which nobody knows yet whose they are.
 */
async function addressBook(
  source: AdSource,
  directory: Directory,
  rootDse: RootDse,
  domains: readonly ForestDomain[],
  unclaimed: readonly Endpoint[],
): Promise<(domain: ForestDomain) => readonly Endpoint[]> {
  const configured = (domain: ForestDomain) => source.domains.find(one => one.dns === domain.dnsName);
  const open = domains.filter(domain => configured(domain) === undefined);
  const listed = open.length === 0 ? new Map() : await readControllers(directory, rootDse, open).catch(noControllers);
  const scheme = /^ldaps:/i.test(source.urls[0] ?? '') ? 'ldaps' : 'ldap';
  return domain => {
    const own = configured(domain);
    if (own !== undefined) return endpointsOf(own.urls, own.serverName);
    const hosts: readonly string[] = [...(listed.get(domain.dn) ?? []).slice(0, MAX_CONTROLLERS), domain.dnsName];
    return [
      ...unclaimed,
      ...endpointsOf(
        hosts.map(host => `${scheme}://${host}`),
        undefined,
      ),
    ];
  };
}

// Best effort: the name of the domain remains.
function noControllers(thrown: unknown): ReadonlyMap<string, readonly string[]> {
  if (isSourceFailure(thrown)) return new Map();
  throw thrown;
}

function endpointsOf(urls: readonly string[], serverName: string | undefined): Endpoint[] {
  return urls.map(url => ({ url, serverName }));
}
