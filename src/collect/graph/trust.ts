import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { AuditError, reasonOf } from '../../base/index.ts';
import { scrub } from './failure.ts';

/** The usual roots and the authorities of a PEM text. Throws an input error when the text holds no readable certificate: OpenSSL would skip it silently. */
export function trustedAuthorities(pem: string | undefined): string[] {
  const roots = getCACertificates('default');
  if (pem === undefined) return roots;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (thrown) {
    throw new AuditError('input', `graph.ca holds a certificate that cannot be read: ${scrub(reasonOf(thrown))}`);
  }
  if (blocks.length === 0) throw new AuditError('input', 'graph.ca holds no certificate in PEM');
  return [...roots, ...blocks];
}
