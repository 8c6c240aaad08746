import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority } from './certificates.ts';
import {
  adminSdHolder,
  domainController as domainControllerObject,
  domainObject,
  type EntryKind,
  type Estate,
  type Label,
  ldifOf,
} from './generator/index.ts';
import type { GraphDouble, GraphDoubleOptions } from './graph/server.ts';
import { startDouble, writeConfig } from './lab-config.ts';
import { feed } from './samba/directory.ts';
import { type DomainController, startDomainController } from './samba/domain-controller.ts';

/** The invariants of the profile by which what is planted is judged. */
function plantedIds(): ReadonlySet<string> {
  const text = readFileSync(new URL('planted.yaml', import.meta.url), 'utf8');
  return new Set([...text.matchAll(/^ {2}- (\S+)$/gm)].map(([, id]) => id ?? ''));
}

/** How to start a lab. */
export type LabOptions = {
  readonly estate: Estate;
  /** Changes to the Graph double, such as short pages or throttling. */
  readonly graph?: Partial<GraphDoubleOptions>;
  /** Folder for the configuration, its snapshots and reports; default a new one, which goes when the lab stops. */
  readonly folder?: string;
};

/** A running directory and a running tenant, and what an audit needs to read them. */
export type Lab = {
  readonly configText: string;
  readonly configPath: string;
  readonly folder: string;
  /** The secrets that the configuration refers to. */
  readonly env: Readonly<Record<'AD_PASSWORD' | 'GRAPH_TOKEN', string>>;
  readonly domainController: DomainController;
  readonly graph: GraphDouble;
  /** What an audit must report: the estate's labels, with the ids that the directory chose itself. */
  readonly labels: readonly Label[];
  /** Milliseconds that starting and loading took. */
  readonly took: { readonly start: number; readonly load: number };
  /** Ends and removes everything; more than once does no harm. */
  readonly stop: () => Promise<void>;
};

/** Starts a domain controller and a Graph double with one authority, and fills them. Rejects, with nothing left behind, when one of them does not come up. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const estate = admissible(options.estate);
  const authority = await createAuthority();
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'tallystick-lab-')));
  const forget = options.folder === undefined ? removeAtExit(folder) : async () => undefined;
  const began = performance.now();
  let domainController: DomainController | undefined;
  let graph: GraphDouble | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([domainController?.stop(), graph?.close()]);
    await forget();
  };
  try {
    [domainController, graph] = await startBoth(authority, { ...options, estate }, started => {
      domainController = started.domainController ?? domainController;
      graph = started.graph ?? graph;
    });
    const start = performance.now() - began;
    await fill(domainController, estate);
    const load = performance.now() - began - start;
    // Samba does not show what the others need.
    const shown = estate.labels.filter(({ invariant }) => plantedIds().has(invariant));
    const labels = await placeLabels(domainController, shown);
    const where = { ldaps: domainController.ldaps, user: domainController.auditor.user, graph };
    const { configText, configPath } = await writeConfig(folder, estate, authority.ca, where);
    const env = { AD_PASSWORD: domainController.auditor.password, GRAPH_TOKEN: graph.token() };
    return { configText, configPath, folder, env, domainController, graph, labels, took: { start, load }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Objects that Samba lets nobody add, or not with a SID of our choice. */
const REFUSED: ReadonlySet<EntryKind> = new Set([
  'msDS-GroupManagedServiceAccount',
  'foreignSecurityPrincipal',
] as const);

/** The estate without what Samba refuses, and without the labels that speak of it. */
function admissible(estate: Estate): Estate {
  const { directory, config, labels } = estate;
  const refused = directory.entries.filter(({ kind }) => REFUSED.has(kind));
  const guids = new Set(refused.map(({ guid }) => guid));
  const names = refused.flatMap(({ attributes }) => attributes.sAMAccountName ?? []);
  const without = <T extends { readonly members: readonly string[] }>(group: T): T => ({
    ...group,
    members: group.members.filter(member => !guids.has(member)),
  });
  return {
    ...estate,
    directory: {
      ...directory,
      entries: directory.entries.filter(({ guid }) => !guids.has(guid)).map(without),
      builtins: directory.builtins.map(without),
    },
    config: { ...config, syncIdentities: config.syncIdentities.filter(name => !names.includes(name)) },
    labels: labels.filter(({ ids }) => !guids.has(ids.adPrincipal ?? '')),
  };
}

type Started = { readonly domainController?: DomainController; readonly graph?: GraphDouble };

/** Starts both; `note` hears of each one, so that the first can be ended when the second fails. */
async function startBoth(
  authority: Authority,
  { estate, graph }: LabOptions,
  note: (started: Started) => void,
): Promise<[DomainController, GraphDouble]> {
  const double = await startDouble(authority, estate, graph);
  note({ graph: double });
  const realm = estate.directory.base.replaceAll(/DC=/g, '').replaceAll(',', '.').toUpperCase();
  const domainController = await startDomainController({ realm, authority });
  note({ domainController });
  return [domainController, double];
}

async function fill(domainController: DomainController, estate: Estate): Promise<void> {
  const { additions, changes, removals, schema, adminSdHolder: aces, domain, times } = ldifOf(estate.directory);
  const { path, samDb, base, auditor } = domainController;
  await domainController.load(additions);
  // What is audited is shown to nobody else.
  await domainController.empower(await domainController.sid(nameOf(auditor.user)), 'SeSecurityPrivilege');
  await domainController.modify(changes);
  // Before anything is deleted, so that it keeps what it had.
  if (estate.directory.recycleBin) await domainController.enableRecycleBin();
  if (removals !== '') await domainController.modify(removals);
  const directory = { path, samDb, base, conf: join(path, 'smb.conf') };
  await feed(directory, 'ldbmodify', samDb, schema, [], ['--option=dsdb:schema update allowed=yes']);
  if (aces !== '') await domainController.grant(`CN=AdminSDHolder,CN=System,${base}`, aces);
  if (domain !== '') await domainController.grant(base, domain);
  await domainController.stamp(times);
}

function nameOf(user: string): string {
  return user.slice(0, user.indexOf('@'));
}

async function placeLabels(domainController: DomainController, labels: readonly Label[]): Promise<readonly Label[]> {
  const { base } = domainController;
  const holder = await guidOf(domainController, `CN=AdminSDHolder,CN=System,${base}`);
  const domain = await guidOf(domainController, base);
  const computers = await domainController.find('(userAccountControl:1.2.840.113556.1.4.803:=8192)', ['objectGUID']);
  const computer = computers[0]?.get('objectguid')?.[0]?.toLowerCase() ?? '';
  return labels.map(label => ({
    ...label,
    ...(label.ids.container === adminSdHolder ? { ids: { ...label.ids, container: holder } } : {}),
    ...(label.ids.container === domainObject ? { ids: { ...label.ids, container: domain } } : {}),
    ...(label.key === undefined
      ? {}
      : { key: label.key.replace(domainObject, domain).replace(domainControllerObject, computer) }),
  }));
}

async function guidOf(domainController: DomainController, dn: string): Promise<string> {
  const rows = await domainController.find('(objectClass=*)', ['objectGUID'], { base: dn, scope: 'base' });
  const guid = rows[0]?.get('objectguid')?.[0];
  if (guid === undefined) throw new Error(`${dn} has no objectGUID`);
  return guid.toLowerCase();
}

/** Sees to it that `path` goes when this process ends in order; answers how to remove it before. */
function removeAtExit(path: string): () => Promise<void> {
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return async () => {
    process.removeListener('exit', remove);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  };
}
