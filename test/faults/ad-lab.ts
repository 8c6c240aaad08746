import { AuditError } from '../../src/base/index.ts';
import { collectActiveDirectory } from '../../src/collect/ad/index.ts';
import type { AdSource } from '../../src/config/index.ts';
import { DOMAIN } from '../collect/ad/forest.ts';
import { EAST } from '../collect/ad/two-domains.ts';
import { type MemoryRecorder, memoryRecorder } from '../collect/memory-recorder.ts';
import { type Authority, createAuthority, type Issued, issue } from '../lab/certificates.ts';
import { type FakeEntry, type FakeSearch, type FakeServer, startFakeLdap } from '../lab/ldap-fake/index.ts';
import { type AdFaultName, adFault } from './ad-faults.ts';
import { askedOf, oneDomain, restored, twoDomains } from './estate.ts';
import { startSwitch } from './switch.ts';

/** The directory that is read: one domain on one server, on two of which one lags behind, or on an address with others behind it; or two domains. */
export type Topology = 'one' | 'spare' | 'switched' | 'two';

/** Which faults strike: by the number of the search, from 0 on, over all servers of the run. */
export type AdPlan = {
  readonly topology: Topology;
  readonly startTls: boolean;
  readonly faults: ReadonlyMap<number, AdFaultName>;
};

/** What a run left: what was recorded, the failure if it failed, every search in order and the faults that struck. */
export type AdRun = {
  readonly recorder: MemoryRecorder;
  readonly failure: AuditError | undefined;
  readonly searches: readonly FakeSearch[];
  readonly struck: readonly AdFaultName[];
};

/** Servers for one run at a time. */
export type AdLab = {
  readonly run: (plan: AdPlan) => Promise<AdRun>;
  /** Reads without faults in pages and ranges of the usual size: `behind` from the controller that lags behind. */
  readonly truth: (domains: 'one' | 'two' | 'behind') => Promise<MemoryRecorder>;
  /** How to reach the servers of a plan, for whoever collects by himself; then `begin` decides about faults and `end` tells. */
  readonly source: (plan: AdPlan) => AdSource;
  readonly begin: (plan: AdPlan) => {
    readonly searches: readonly FakeSearch[];
    readonly struck: readonly AdFaultName[];
  };
  readonly stop: () => Promise<void>;
};

/** A run with hangs waits for each as long as this. */
const HANG_MS = 250;
const PATIENCE_MS = 20_000;

type Credentials = { readonly authority: Authority; readonly tls: Issued; readonly forged: Issued };

/** The certificates of a lab; the forged one is of an authority that nobody trusts. */
export async function createCredentials(): Promise<Credentials> {
  const names = { dns: [], ip: ['127.0.0.1'] };
  const authority = await createAuthority();
  return { authority, tls: await issue(authority, names), forged: await issue(await createAuthority('Other'), names) };
}

/** Starts the servers: in small pages and short ranges, so that faults have something to hit. */
export async function startAdLab({ authority, tls, forged }: Credentials): Promise<AdLab> {
  let strike = (_search: FakeSearch): ReturnType<typeof adFault>['fault'] | undefined => undefined;
  const servers: FakeServer[] = [];
  const start = async (entries: readonly FakeEntry[], certificate = tls, size = 4) => {
    const small = { pageSize: size, rangeSize: size, fault: (search: FakeSearch) => strike(search) };
    const server = await startFakeLdap({ tls: certificate, entries: () => entries, ...(size > 100 ? {} : small) });
    servers.push(server);
    return server;
  };
  const [first, second, again, swapped] = [
    await start(oneDomain(1)),
    await start(oneDomain(2)),
    await start(restored()),
    await start(oneDomain(1), forged),
  ];
  const [corp, east] = [await start(twoDomains(DOMAIN)), await start(twoDomains(EAST))];
  const behind = { certificate: swapped, controller: second, restored: again };
  const gate = await startSwitch(portOf(first.ldaps));

  const source = ({ topology, startTls, faults }: AdPlan): AdSource => {
    const url = (server: FakeServer) => (startTls ? server.ldap : server.ldaps);
    const urls = {
      one: [url(first)],
      spare: [url(first), url(second)],
      switched: [`ldaps://127.0.0.1:${gate.port}`],
      two: [url(corp)],
    };
    return {
      urls: urls[topology],
      startTls: startTls && topology !== 'switched',
      ca: authority.ca,
      serverName: undefined,
      bind: { user: 'audit', password: { reveal: () => 'secret', from: 'test' } },
      base: undefined,
      domains: topology === 'two' ? [{ dns: 'east.corp.test', urls: [url(east)], serverName: undefined }] : [],
      globalCatalog: [],
      replicationMetadata: true,
      timeoutMs: [...faults.values()].includes('hang') ? HANG_MS : PATIENCE_MS,
      ...askedOf(topology === 'two' ? 'two' : 'one'),
    };
  };
  const begin = ({ topology, faults }: AdPlan) => {
    const searches: FakeSearch[] = [];
    const struck: AdFaultName[] = [];
    gate.turn(portOf(first.ldaps));
    strike = search => {
      const name = faults.get(searches.push(search) - 1);
      if (name === undefined) return undefined;
      const { fault, turns, only } = adFault(name);
      if (only !== undefined && !applies[only](search)) return undefined;
      // Where nothing is behind the address, who closes comes back as he was.
      if (turns !== undefined && topology !== 'switched') return undefined;
      struck.push(name);
      if (turns !== undefined) gate.turn(portOf(behind[turns].ldaps));
      return fault;
    };
    return { searches, struck };
  };
  return {
    source,
    begin,
    run: async plan => {
      const told = begin(plan);
      const recorder = memoryRecorder();
      const failure = await collectFrom(source(plan), recorder);
      return { recorder, failure, ...told };
    },
    truth: async which => {
      const big = 1000;
      const plain: AdPlan = { topology: which === 'two' ? 'two' : 'one', startTls: false, faults: new Map() };
      const recorder = memoryRecorder();
      const home = await start(which === 'two' ? twoDomains(DOMAIN) : oneDomain(which === 'one' ? 1 : 2), tls, big);
      const away = which === 'two' ? [await start(twoDomains(EAST), tls, big)] : [];
      const failure = await collectFrom(
        {
          ...source(plain),
          urls: [home.ldaps],
          domains: away.map(({ ldaps }) => ({ dns: 'east.corp.test', urls: [ldaps], serverName: undefined })),
        },
        recorder,
      );
      if (failure !== undefined) throw failure;
      return recorder;
    },
    stop: async () => {
      await gate.stop();
      await Promise.all(servers.map(server => server.stop()));
    },
  };
}

async function collectFrom(source: AdSource, recorder: MemoryRecorder): Promise<AuditError | undefined> {
  const { signal } = new AbortController();
  const context = { flavours: [], progress: () => undefined, now: () => 0, signal, backoffMs: 1 };
  try {
    await collectActiveDirectory(source, recorder, context);
    return undefined;
  } catch (thrown) {
    // Anything else is our own mistake, and ends the test.
    if (thrown instanceof AuditError && thrown.kind === 'source') return thrown;
    throw thrown;
  }
}

const applies: Readonly<Record<'lists' | 'ranges', (search: FakeSearch) => boolean>> = {
  lists: ({ cookie }) => cookie !== undefined,
  ranges: ({ attributes }) =>
    attributes.some(name => /;range=|^(member|proxyAddresses|msDS-ReplValueMetaData)$/.test(name)),
};

function portOf(url: string): number {
  return Number(new URL(url).port);
}
