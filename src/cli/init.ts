import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AuditError, exitCodes, type Flavour, guidText } from '../base/index.ts';
import { type GraphAuth, loadConfig } from '../config/index.ts';
import { whyUnwritable } from './files.ts';
import type { Command } from './options.ts';
import { deliver } from './terminal.ts';

/** Options of `init`. */
export type InitOptions = {
  readonly out: string;
  readonly domain?: string;
  readonly dc?: readonly string[];
  readonly container?: readonly string[];
  readonly tenant?: string;
  readonly clientId?: string;
  readonly auth: GraphAuth['kind'];
  readonly flavour: readonly Flavour[];
};

const NOBODY = '00000000-0000-0000-0000-000000000000';
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/i;

/** `init`: writes a commented configuration, never over an existing one, and tells what to do next. */
export const init: Command<InitOptions> = async options => {
  const path = resolve(options.out);
  const text = configurationText(options);
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (thrown) {
    const exists = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
    const why = exists ? 'there is one already, which is left as it is' : whyUnwritable(thrown);
    throw new AuditError('input', `${options.out} cannot be written: ${why}`, { cause: thrown });
  }
  try {
    loadConfig(path, {});
  } catch (thrown) {
    // What cannot be read must not stay: an option held something odd.
    await rm(path);
    throw thrown;
  }
  await deliver(nextSteps(options));
  return exitCodes.clean;
};

function configurationText(options: InitOptions): string {
  const domain = options.domain ?? 'contoso.com';
  if (!DOMAIN.test(domain)) throw new AuditError('input', '--domain takes a DNS name such as contoso.com');
  const base = domain
    .split('.')
    .map(part => `DC=${part}`)
    .join(',');
  const hosts = options.dc ?? [`dc1.${domain}`];
  const odd = hosts.find(host => !DOMAIN.test(host));
  if (odd !== undefined) throw new AuditError('input', `--dc takes a host such as dc1.contoso.com, not ${quote(odd)}`);
  const containers = options.container ?? [`OU=GroupWriteback,${base}`];
  return `# Configuration of tallystick; every key: docs/configuration.md. Paths are relative to this file.
# Secrets are only ever references: { env: NAME } or { file: PATH }.

ad:
  # Domain controllers, tried in order. ldap:// needs \`starttls: true\`.
  urls: [${hosts.map(host => quote(`ldaps://${host}`)).join(', ')}]
  # The authority that signed their certificates, in PEM; leave it out when this machine's Node.js trusts it.
  # ca: ca.pem
  # An ordinary domain user, in no administrative group.
  bind: { user: ${quote(`audit@${domain}`)}, password: { env: AD_PASSWORD } }
  # One domain only; without it every domain of the forest is read.
  # base: ${quote(base)}
  # Where written-back groups belong.
  containers:
${containers.map(dn => `    - ${quote(dn)}`).join('\n')}
  # Who may write there; without it MSOL_*, AAD_* and provAgentgMSA* are taken for sync identities.
  # syncIdentities: [MSOL_0123456789ab]
  # trustedWriters: []

graph:
  tenant: ${guidOption('--tenant', options.tenant)}${hint(options.tenant, 'the id of your tenant')}
  # cloud: usgov             # usgov-dod, china
  auth: ${authText(options)}${hint(options.clientId, needsClient(options.auth) ? 'the id of the application' : '')}

# The engine that writes back: connect-v1, connect-v2, cloud-sync; a list while migrating.
flavour: [${options.flavour.join(', ')}]

# Without it the policies that come with tallystick are used.
# policies: [policies/]
snapshots: snapshots/
reports: reports/

# What no collector can read, and somebody looked up: docs/declared-facts.md.
# facts: facts.yaml

# What no application can read is a gap; accept it until a date, or it decides the exit code.
# acceptUnknown:
#   - facet: cloud.onPremisesSynchronization
#     reason: Applications cannot read it; the switches are checked by hand every quarter.
#     until: 2027-01-31
`;
}

function needsClient(kind: GraphAuth['kind']): boolean {
  return ['client-secret', 'client-certificate', 'github-oidc'].includes(kind);
}

function authText({ auth, clientId }: InitOptions): string {
  const id = guidOption('--client-id', clientId);
  const given = clientId === undefined ? '' : `, clientId: ${id}`;
  switch (auth) {
    case 'client-secret':
      return `{ kind: client-secret, clientId: ${id}, secret: { env: GRAPH_SECRET } }`;
    case 'client-certificate':
      return `{ kind: client-certificate, clientId: ${id}, certificate: app.pem }`;
    case 'github-oidc':
      return `{ kind: github-oidc, clientId: ${id} }`;
    case 'managed-identity':
    case 'workload-identity':
      return `{ kind: ${auth}${given} }`;
    case 'azure-cli':
      return '{ kind: azure-cli }';
    case 'token':
      return '{ kind: token, token: { env: GRAPH_TOKEN } }';
  }
}

function guidOption(name: string, text: string | undefined): string {
  const guid = text === undefined ? NOBODY : guidText(text);
  if (guid === undefined) throw new AuditError('input', `${name} takes a GUID, not ${quote(text ?? '')}`);
  return guid;
}

function hint(given: string | undefined, text: string): string {
  return given === undefined && text !== '' ? `   # TODO: ${text}` : '';
}

// JSON is YAML: nothing in the text can end the scalar.
function quote(text: string): string {
  return JSON.stringify(text);
}

function nextSteps({ out, auth }: InitOptions): string {
  const config = out === 'tallystick.yaml' ? '' : ` --config ${out}`;
  const secrets: Partial<Record<GraphAuth['kind'], string>> = {
    'client-secret': ' and GRAPH_SECRET',
    token: ' and GRAPH_TOKEN',
  };
  return `Wrote ${out}. Next:
  1. Edit it: domain controllers, containers, tenant, flavour. Set AD_PASSWORD${secrets[auth] ?? ''} in the environment.
  2. tallystick permissions${config} --commands powershell   # grant what the policies need
  3. tallystick doctor${config}                              # check everything before anything is read
  4. tallystick audit${config}
`;
}
