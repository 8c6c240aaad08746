import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dnsNameOf, type Flavour, inputError, type Problem } from '../base/index.ts';
import {
  comparePlaces,
  type Document,
  problemAt,
  readBytes,
  readDocument,
  readDuration,
  schemaProblems,
  whyUnreadable,
} from '../yaml/index.ts';
import { complaintsOf } from './checks.ts';
import type { AdBind, AdSource, Config, GraphAuth, GraphSource } from './config.ts';
import { validate } from './config-validator.generated.js';
import {
  type AdSection,
  type AuthSection,
  type BindSection,
  type ConfigFile,
  type GraphSection,
  isConfigFile,
  type SecretReference,
} from './file.ts';
import { secretOf } from './secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the file is, what variables there are, and how to complain about a place in the file. */
type Setting = {
  readonly folder: string;
  readonly env: Environment;
  readonly complain: (pointer: string, message: string, hint: string) => void;
};

const defaults = { ldapTimeoutMs: 60_000, deadlineMs: 7_200_000, attemptTimeoutMs: 100_000, connections: 16 } as const;

/**
 * Reads and checks a configuration file; undefined gives the defaults, with paths relative to the working directory.
 * Throws AuditError('input') with every mistake; none holds any of the file's values. Secrets are only looked up when revealed.
 */
export function loadConfig(path: string | undefined, env: Environment): Config {
  if (path === undefined) return configOf({}, undefined, { folder: resolve('.'), env, complain: () => {} });
  const document = readConfig(path);
  if (!isConfigFile(document.value)) throw inputError(schemaProblems(document, validate.errors ?? [], readSchema()));
  const problems: Problem[] = [];
  const complain = (pointer: string, message: string, hint: string) => {
    problems.push(problemAt(document, document.at(pointer), { code: 'configuration', message, hint }));
  };
  for (const { pointer, message, hint } of complaintsOf(document.value)) complain(pointer, message, hint);
  const file = resolve(path);
  const config = configOf(document.value, file, { folder: dirname(file), env, complain });
  if (problems.length > 0) throw inputError(problems.sort((a, b) => comparePlaces(a.at, b.at)));
  return config;
}

function readConfig(path: string): Document {
  const file = path.replaceAll('\\', '/');
  const read = readBytes(path, file);
  if ('problem' in read) throw inputError([read.problem]);
  const reading = readDocument(read.bytes, file, { isPrivate: true });
  if (!reading.ok) throw inputError(reading.problems);
  return reading.document;
}

function readSchema(): unknown {
  return JSON.parse(readFileSync(new URL('../../schemas/config.schema.json', import.meta.url), 'utf8'));
}

function configOf(content: ConfigFile, file: string | undefined, setting: Setting): Config {
  const { folder } = setting;
  return {
    file,
    ad: content.ad && adOf(content.ad, setting),
    graph: content.graph && graphOf(content.graph, setting),
    flavours: listOf(content.flavour),
    policies: policiesOf(content.policies, folder),
    populations: (content.populations ?? []).map(path => resolve(folder, path)),
    facts: content.facts === undefined ? undefined : resolve(folder, content.facts),
    snapshots: resolve(folder, content.snapshots ?? 'snapshots'),
    reports: resolve(folder, content.reports ?? 'reports'),
    acceptUnknown: content.acceptUnknown ?? [],
    redact: content.redact && { key: secretOf(content.redact.key, 'redact.key', folder, setting.env) },
    proveEveryMs: content.incremental && readDuration(content.incremental.proveEvery.replace(/^(\d+)d$/, 'P$1D')),
    failOn: content.failOn,
    maxUnknown: content.maxUnknown,
  };
}

function listOf(flavour: Flavour | readonly Flavour[] | undefined): readonly Flavour[] {
  if (flavour === undefined) return [];
  return typeof flavour === 'string' ? [flavour] : flavour;
}

/** The policies that come with the package hold where nobody has written their own; this file lies two levels below the package's root. */
function policiesOf(configured: readonly string[] | undefined, folder: string): readonly string[] {
  if (configured) return configured.map(path => resolve(folder, path));
  const own = resolve(folder, 'policies');
  return [existsSync(own) ? own : fileURLToPath(new URL('../../policies', import.meta.url))];
}

function adOf(ad: AdSection, setting: Setting): AdSource {
  return {
    urls: ad.urls,
    startTls: ad.starttls ?? false,
    ca: authoritiesAt(ad.ca, '/ad/ca', setting),
    serverName: ad.serverName,
    bind: bindOf(ad.bind, setting),
    base: ad.base,
    domains: (ad.domains ?? []).map(({ dns, base, urls, serverName }) => ({
      dns: (dns ?? dnsNameOf(base ?? '')).toLowerCase(),
      urls,
      serverName,
    })),
    globalCatalog: ad.globalCatalog ?? [],
    containers: (ad.containers ?? []).map(container =>
      typeof container === 'string'
        ? { dn: container, flavour: undefined }
        : { dn: container.dn, flavour: container.flavour },
    ),
    replicationMetadata: ad.replicationMetadata ?? true,
    syncIdentities: ad.syncIdentities ?? [],
    trustedWriters: ad.trustedWriters ?? [],
    timeoutMs: millisecondsOf(ad.timeout, defaults.ldapTimeoutMs),
  };
}

function bindOf({ user, password, certificate, key, passphrase }: BindSection, setting: Setting): AdBind {
  const { folder, env } = setting;
  const secret = (name: string, reference: SecretReference) => secretOf(reference, `ad.bind.${name}`, folder, env);
  // Which of them have to be there has been checked.
  if (certificate === undefined) return { user: user ?? '', password: secret('password', password ?? { file: '' }) };
  return {
    certificate:
      certificatesAt(certificate, '/ad/bind/certificate', setting, 'name a PEM file with the client certificate') ?? '',
    key: secret('key', typeof key === 'string' ? { file: key } : (key ?? { file: '' })),
    passphrase: passphrase && secret('passphrase', passphrase),
  };
}

function graphOf(graph: GraphSection, setting: Setting): GraphSource {
  return {
    tenant: graph.tenant.toLowerCase(),
    cloud: graph.cloud ?? 'global',
    endpoint: originOf(graph.endpoint),
    authority: originOf(graph.authority),
    ca: authoritiesAt(graph.ca, '/graph/ca', setting),
    auth: authOf(graph.auth, setting),
    deadlineMs: millisecondsOf(graph.deadline, defaults.deadlineMs),
    attemptTimeoutMs: millisecondsOf(graph.attemptTimeout, defaults.attemptTimeoutMs),
    connections: graph.connections ?? defaults.connections,
    tenantClass: graph.tenantClass,
    members: graph.members ?? 'batch',
  };
}

function authOf(auth: AuthSection, { folder, env }: Setting): GraphAuth {
  switch (auth.kind) {
    case 'client-secret':
      return { ...auth, secret: secretOf(auth.secret, 'graph.auth.secret', folder, env) };
    case 'client-certificate':
      return { ...auth, certificate: secretOf({ file: auth.certificate }, 'graph.auth.certificate', folder, env) };
    case 'managed-identity':
    case 'workload-identity':
      return { kind: auth.kind, clientId: auth.clientId };
    case 'token':
      return { kind: auth.kind, token: secretOf(auth.token, 'graph.auth.token', folder, env) };
    case 'github-oidc':
    case 'azure-cli':
      return { ...auth };
  }
}

function millisecondsOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : (readDuration(text) ?? otherwise);
}

function originOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (URL.parse(text)?.origin ?? text);
}

const LARGEST_PEM = 1024 * 1024;

function authoritiesAt(path: string | undefined, pointer: string, setting: Setting): string | undefined {
  const hint = 'name a PEM file with the certificates of the authorities that you trust';
  return path === undefined ? undefined : certificatesAt(path, pointer, setting, hint);
}

/** The PEM text of a file of certificates; a mistake when it cannot be read or holds none. */
function certificatesAt(
  path: string,
  pointer: string,
  { folder, complain }: Setting,
  hint: string,
): string | undefined {
  try {
    const file = resolve(folder, path);
    const stat = statSync(file);
    const pem = stat.isFile() && stat.size <= LARGEST_PEM ? readFileSync(file, 'utf8') : '';
    if (/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(pem)) return pem;
    complain(pointer, 'the file holds no certificate in PEM', hint);
  } catch (thrown) {
    complain(pointer, `the file cannot be read: ${whyUnreadable(thrown)}`, hint);
  }
  return undefined;
}
