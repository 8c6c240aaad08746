import { guidSet } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import { readAddresses } from './accounts.ts';
import { daclStore } from './dacl-store.ts';
import { directoryOf } from './directory.ts';
import { textOf } from './entry.ts';
import { isSourceFailure, sourceError } from './failure.ts';
import { domainOf, type Forest } from './forest.ts';
import type { World } from './held.ts';
import { readHidden } from './hidden.ts';
import { listingJudge, readViewer } from './listing.ts';
import type { Run } from './run.ts';
import { readDomain } from './server.ts';
import { serversOf } from './servers.ts';
import type { Endpoint } from './session.ts';

const USUAL_PORTS: Readonly<Record<string, { readonly own: string; readonly catalog: string }>> = {
  'ldaps:': { own: '636', catalog: '3269' },
  'ldap:': { own: '389', catalog: '3268' },
};

/**
 * Reads the addresses of the domains that were not read from a global catalog, which holds those of the whole forest; where none answers, `ad.addresses` is
 * a gap. Domains that were read are left out: the catalog lags behind their own servers.
 */
export async function readCatalog(forest: Forest, domains: readonly string[], world: World): Promise<void> {
  const { coverage, readings, unread } = forest;
  if (unread.length === 0 || !world.asks('ad.addresses')) return;
  try {
    await readFromCatalog(forest, domains, world);
  } catch (thrown) {
    if (!isSourceFailure(thrown)) throw thrown;
    const read = readings.map(({ run }) => run.domain.dn).join(' and ');
    coverage.fail(
      'ad.addresses',
      `only ${read} was read, the forest has ${domains.length} domains, and no global catalog told the others' addresses: ${thrown.message}`,
    );
  }
}

async function readFromCatalog(forest: Forest, domains: readonly string[], world: World): Promise<void> {
  const { coverage, recorder, unread } = forest;
  const catalogs = catalogsOf(world.source);
  if (catalogs.length === 0) throw sourceError('where one is has to be said in ad.globalCatalog');
  const servers = serversOf(world.source, catalogs, world.signal);
  const directory = directoryOf(await servers.next(), { ...world, replace: async () => false });
  try {
    const root = await directory.readOne({ facet: 'ad.addresses', base: '', attributes: ['isGlobalCatalogReady'] });
    if (root === undefined || textOf(root, 'isGlobalCatalogReady') !== 'TRUE')
      throw sourceError(`${directory.url} is no global catalog that is ready (isGlobalCatalogReady)`);
    const [first] = forest.readings;
    if (first === undefined) return;
    const places = domains.map(dn => ({ dn }));
    for (const dn of unread) {
      const run: Run = {
        ...first.run,
        recorder,
        coverage,
        directory,
        domain: await readDomain(directory, dn),
        containers: [],
        dacls: daclStore(recorder, coverage),
        elsewhere: world.elsewhere,
      };
      await readHidden(run, listingJudge(await readViewer(run)), [], { facets: ['ad.addresses'] });
      // A search below a domain goes on into its child domains here.
      await readAddresses(run, guidSet(), entry => domainOf(places, entry.dn)?.dn === dn);
    }
  } finally {
    await directory.close();
  }
}

/** Where the global catalog is: as configured, else at its usual port of the servers that are at theirs. */
export function catalogsOf({ globalCatalog, urls, serverName }: AdSource): Endpoint[] {
  if (globalCatalog.length > 0) return globalCatalog.map(url => ({ url, serverName: undefined }));
  return urls.flatMap(text => {
    const url = new URL(text);
    const ports = USUAL_PORTS[url.protocol];
    if (ports === undefined || (url.port !== '' && url.port !== ports.own)) return [];
    return [{ url: `${url.protocol}//${url.hostname}:${ports.catalog}`, serverName }];
  });
}
