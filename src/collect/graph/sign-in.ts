import { createPrivateKey, X509Certificate } from 'node:crypto';
import { AuditError, reasonOf } from '../../base/index.ts';
import type { GraphAuth, GraphSource } from '../../config/index.ts';
import { exchangeOnce, openAgent } from './exchange.ts';
import { GraphFailure, scrub } from './failure.ts';
import type { Place } from './place.ts';

/** What codes of Entra ID's token endpoint mean, and what to do (learn.microsoft.com/entra/identity-platform/reference-error-codes). */
const codes: Readonly<Record<string, string>> = {
  '7000215': 'the client secret is wrong: give its value, not its id',
  '7000222': 'the client secret has expired: make a new one for the application',
  '7000218': 'the application must prove who it is: give it a secret, a certificate or a federated credential',
  '7000112': 'the application is disabled in this tenant',
  '700016': 'the tenant has no such application: check graph.auth.clientId and graph.tenant',
  '700027': 'the certificate is not registered with the application, or has expired: upload it to the application',
  '700021': 'the assertion was made for another application: check graph.auth.clientId',
  '700023': 'the assertion was made for another authority: check graph.cloud and graph.authority',
  '700024': 'the assertion is not valid at this time: check the clock of this machine',
  '70021': 'no federated credential of the application matches this token: check issuer, subject and audience',
  '700211': 'no federated credential of the application has the issuer of this token',
  '700212': 'no federated credential of the application has the audience of this token',
  '700213': 'no federated credential of the application has the subject of this token',
  '90002': 'there is no such tenant in this cloud: check graph.tenant and graph.cloud',
  '900021': 'there is no such tenant in this cloud: check graph.tenant and graph.cloud',
  '500011': 'the tenant does not know Microsoft Graph under this address: check graph.cloud and graph.endpoint',
  '53003': 'a Conditional Access policy blocks the sign-in',
  '700082': 'the sign-in of the person has expired: run az login again',
};

/** Why a sign-in failed and what to do, in one clause without secrets. What the identity library keeps to itself is found out by one request of our own. */
export async function explainSignIn(
  thrown: unknown,
  source: GraphSource,
  place: Place,
  signal: AbortSignal,
): Promise<string> {
  if (thrown instanceof AuditError) return scrub(thrown.message, 400);
  const text = reasonOf(thrown);
  const code = /AADSTS(\d{5,8})/.exec(text)?.[1];
  if (code !== undefined) return explainCode(code, text);
  if (source.auth.kind === 'managed-identity')
    return `no managed identity answers here, or not this one: run where one is assigned, and check graph.auth.clientId (${scrub(reasonPart(text), 160)})`;
  if (source.auth.kind === 'azure-cli') return explainCli(text);
  if (source.auth.kind === 'workload-identity' && /\bE[A-Z]+: .*, open /.test(text))
    return `the token file that AZURE_FEDERATED_TOKEN_FILE names cannot be read (${scrub(text, 160)})`;
  return (await diagnose(source, place, signal)) ?? scrub(text, 300);
}

function explainCode(code: string, text: string): string {
  const known = codes[code];
  if (known !== undefined) return `${known} (AADSTS${code})`;
  const said = /AADSTS\d+:\s*([\s\S]*?)(?:\s*Trace ID:|$)/.exec(text)?.[1] ?? text;
  return `${scrub(said, 240)} (AADSTS${code})`;
}

function explainCli(text: string): string {
  if (/could not be found/i.test(text)) return 'Azure CLI is not installed here, or not on the PATH';
  if (/az login/i.test(text)) return 'nobody is signed in to Azure CLI, or the sign-in has expired: run az login';
  return scrub(text, 300);
}

// The library wraps what it was told: "…: Authentication failed. Message : Error(s): … - Description: what it was told - Correlation ID: …".
function reasonPart(text: string): string {
  return /Description: ([\s\S]*?) - Correlation ID/.exec(text)?.[1] ?? text.replace(/^\w+: /, '');
}

/** Asks the authority what every sign-in asks first; what is wrong with that in one clause, or undefined when nothing is. */
export async function diagnose(source: GraphSource, place: Place, signal: AbortSignal): Promise<string | undefined> {
  const timeoutMs = Math.min(source.attemptTimeoutMs, 15_000);
  const dispatcher = openAgent(source.ca, 1, timeoutMs);
  const url = `${place.authority}/${source.tenant}/v2.0/.well-known/openid-configuration`;
  try {
    const headers = { accept: 'application/json' };
    await exchangeOnce(
      dispatcher,
      { url, method: 'GET', headers, body: undefined, expects: 'json' },
      timeoutMs,
      signal,
    );
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GraphFailure)) throw thrown;
    if (thrown.why === 'certificate')
      return `its certificate is not trusted: ${thrown.message}: name its authority in graph.ca`;
    if (thrown.why === 'network') return `it cannot be reached: ${thrown.message}: check the network and graph.cloud`;
    if (thrown.status === 400 || thrown.status === 404)
      return 'there is no such tenant in this cloud: check graph.tenant and graph.cloud';
    return `it does not answer like a token authority: ${thrown.message}`;
  } finally {
    await dispatcher.destroy();
  }
}

/** Whether a kind of sign-in talks to the token authority itself, not to the platform or a program beside it. */
export function usesAuthority(kind: GraphAuth['kind']): boolean {
  return !['managed-identity', 'azure-cli', 'token'].includes(kind);
}

/**
 * The certificate of a PEM that holds a certificate and its private key, checked before the library uses it, whose own errors name neither file nor reason.
 * Throws a source error in one sentence; none holds any of the text.
 */
export function checkKeyPair(pem: string, from: string, now: number): X509Certificate {
  const fail = (what: string): never => {
    throw new AuditError('source', `the certificate (${from}) ${what}`);
  };
  const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (block === undefined) return fail('is not in PEM: the file must hold the certificate and its private key');
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return fail('cannot be read: it is damaged');
  }
  if (!/-----BEGIN (RSA )?PRIVATE KEY-----/.test(pem))
    return fail(
      /ENCRYPTED/.test(pem) ? 'has an encrypted private key, which is not supported' : 'comes without its private key',
    );
  try {
    if (!certificate.checkPrivateKey(createPrivateKey(pem)))
      return fail('does not belong to the private key beside it');
  } catch (thrown) {
    if (thrown instanceof AuditError) throw thrown;
    return fail('has a private key that cannot be read');
  }
  if (Date.parse(certificate.validTo) < now)
    return fail(`has expired on ${new Date(certificate.validTo).toISOString().slice(0, 10)}: make a new one`);
  return certificate;
}
