import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Client } from 'ldapts';
import { AuditError, sidFromBytes } from '../../base/index.ts';
import type { AdSource } from '../../config/index.ts';
import { bytesOf, entryOf } from './entry.ts';
import { resultCode, sourceError } from './failure.ts';
import { everyAttributeRaw } from './raw-values.ts';

const AUTHENTICATED_USERS = 'S-1-5-11';
const INVALID_CREDENTIALS = 49;

/** What to sign in with, its secrets revealed. */
export type Credentials =
  | { readonly user: string; readonly password: string }
  | { readonly cert: string; readonly key: string; readonly passphrase: string | undefined };

/** Looks the secrets up. Throws AuditError: 'source' for an empty password, 'input' for a key that does not fit its certificate. */
export function credentialsOf({ bind }: AdSource): Credentials {
  if ('user' in bind) {
    const password = bind.password.reveal();
    if (password === '')
      throw sourceError(
        `the password (${bind.password.from}) is empty, which the server would take for an anonymous sign-in`,
      );
    return { user: bind.user, password };
  }
  const credentials = { cert: bind.certificate, key: bind.key.reveal(), passphrase: bind.passphrase?.reveal() };
  if (!fits(credentials))
    throw new AuditError(
      'input',
      `ad.bind.key: the private key (${bind.key.from}) does not belong to ad.bind.certificate, or its ad.bind.passphrase is missing or wrong`,
    );
  return credentials;
}

function fits({
  cert,
  key,
  passphrase,
}: {
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string | undefined;
}): boolean {
  try {
    const opened = createPrivateKey(passphrase === undefined ? key : { key, passphrase });
    return new X509Certificate(cert).checkPrivateKey(opened);
  } catch {
    // What the library says of a key could hold some of it.
    return false;
  }
}

/** As whom we sign in, fit to print: the user, or the subject of the certificate. */
export function identityOf({ bind }: AdSource): string {
  if ('user' in bind) return bind.user;
  return `certificate ${new X509Certificate(bind.certificate).subject.replaceAll('\n', ', ')}`;
}

/**
 * Signs in on an encrypted connection. With a certificate AD has done so at the handshake of LDAPS and refuses an EXTERNAL bind then, while after StartTLS
 * it wants one ([MS-ADTS] 5.1.1.2); a server of another kind may want one on LDAPS too.
 */
export async function authenticate(client: Client, credentials: Credentials, isLdaps: boolean): Promise<void> {
  if ('user' in credentials) return client.bind(credentials.user, credentials.password);
  if (isLdaps && (await isSomebody(client))) return;
  try {
    await client.bind('EXTERNAL');
  } catch (thrown) {
    if (resultCode(thrown) !== INVALID_CREDENTIALS) throw thrown;
    throw sourceError(
      'the server did not sign us in by the client certificate: it must be valid, issued by an authority that the domain controller trusts, and mapped to an account (ad.bind.certificate)',
      thrown,
    );
  }
}

// The root DSE tells everyone who they are (MS-ADTS 3.1.1.3.2.38): whoever is nobody is not in Authenticated Users.
async function isSomebody(client: Client): Promise<boolean> {
  const { searchEntries } = await client.search('', {
    scope: 'base',
    filter: '(objectClass=*)',
    attributes: ['tokenGroups'],
    explicitBufferAttributes: everyAttributeRaw,
    timeLimit: 0,
  });
  const [rootDse] = searchEntries;
  if (rootDse === undefined) return false;
  try {
    return bytesOf(entryOf(rootDse), 'tokenGroups').map(sidFromBytes).includes(AUTHENTICATED_USERS);
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}
