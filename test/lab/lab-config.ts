import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Authority, issue } from './certificates.ts';
import type { Estate } from './generator/index.ts';
import { readPermissions } from './graph/permission.ts';
import { type GraphDouble, type GraphDoubleOptions, startGraphDouble } from './graph/server.ts';

const HALF_A_DAY_SECONDS = 12 * 3600;

/** Where the two halves of an estate are served, and as whom its directory is read. */
export type Served = { readonly ldaps: string; readonly user: string; readonly graph: GraphDouble };

/** Starts the Graph double of an estate with everything granted that any invariant needs. */
export async function startDouble(
  authority: Authority,
  estate: Estate,
  options: Partial<GraphDoubleOptions> = {},
): Promise<GraphDouble> {
  return await startGraphDouble({
    tenant: estate.tenant,
    certificates: await issue(authority, { dns: ['localhost'], ip: ['127.0.0.1'] }),
    now: Date.now,
    seed: estate.seed,
    permissions: [
      ...readPermissions,
      ...['OnPremDirectorySynchronization.Read.All', 'Policy.Read.HybridAuthentication', 'Directory.Read.All'],
    ],
    tokenLifetimeSeconds: HALF_A_DAY_SECONDS,
    ...options,
  });
}

/** Writes what an audit of an estate needs into a folder: configuration, authority, declared facts. */
export async function writeConfig(
  folder: string,
  estate: Estate,
  ca: string,
  served: Served,
): Promise<{ readonly configText: string; readonly configPath: string }> {
  const configText = configFor(estate, served);
  const configPath = join(folder, 'tallystick.yaml');
  await writeFile(join(folder, 'ca.pem'), ca);
  await writeFile(configPath, configText);
  if (hasFacts(estate)) await writeFile(join(folder, 'facts.yaml'), factsFor(estate));
  return { configText, configPath };
}

function hasFacts({ config }: Estate): boolean {
  return Object.keys(config.facts).length > 0;
}

/** What is declared about the estate, by somebody who looked it up today. */
function factsFor({ config }: Estate): string {
  const day = (later: number) => new Date(Date.now() + later * 86_400_000).toISOString().slice(0, 10);
  return JSON.stringify({ declared: { by: 'auditor', on: day(0), until: day(60) }, ...config.facts });
}

function configFor(estate: Estate, { ldaps, user, graph }: Served): string {
  const { containers, flavours, syncIdentities, trustedWriters } = estate.config;
  const text = JSON.stringify;
  return [
    'ad:',
    `  urls: ${text([ldaps])}`,
    '  ca: ca.pem',
    `  bind: { user: ${text(user)}, password: { env: AD_PASSWORD } }`,
    `  base: ${text(estate.directory.base)}`,
    '  containers:',
    ...containers.map(({ dn, flavour }) => `    - { dn: ${text(dn)}, flavour: ${flavour} }`),
    `  syncIdentities: ${text(syncIdentities)}`,
    `  trustedWriters: ${text(trustedWriters)}`,
    'graph:',
    `  tenant: ${graph.tenantId}`,
    `  endpoint: ${graph.endpoint}`,
    '  ca: ca.pem',
    '  auth: { kind: token, token: { env: GRAPH_TOKEN } }',
    `flavour: ${text(flavours)}`,
    ...(hasFacts(estate) ? ['facts: facts.yaml'] : []),
    `policies: ${text([fileURLToPath(new URL('../../policies', import.meta.url))])}`,
    'snapshots: snapshots/',
    'reports: reports/',
    '',
  ].join('\n');
}
