import { dnsNameOf, instantMs, splitDn } from '../base/index.ts';
import { readDuration } from '../yaml/index.ts';
import type { AdSection, BindSection, ConfigFile, GraphSection } from './file.ts';

/** Something that the schema cannot say, at a JSON pointer; messages never quote a value. */
export type Complaint = { readonly pointer: string; readonly message: string; readonly hint: string };

/** Checks URLs, names, durations and dates of a configuration whose shape is right. */
export function complaintsOf({ ad, graph, acceptUnknown }: ConfigFile): Complaint[] {
  return [
    ...(ad ? adComplaints(ad) : []),
    ...(graph ? graphComplaints(graph) : []),
    ...(acceptUnknown ?? []).flatMap(({ until }, index) => {
      if (isDate(until)) return [];
      const hint = 'write a day such as 2027-01-31, or an instant such as 2027-01-31T00:00:00Z';
      return [{ pointer: `/acceptUnknown/${index}/until`, message: 'this is not a date', hint }];
    }),
  ];
}

function adComplaints(ad: AdSection): Complaint[] {
  const containers = (ad.containers ?? []).flatMap((container, index) => {
    const pointer = `/ad/containers/${index}`;
    return typeof container === 'string'
      ? dnComplaints(container, pointer)
      : dnComplaints(container.dn, `${pointer}/dn`);
  });
  return [
    ...ad.urls.flatMap((url, index) => ldapComplaints(url, ad.starttls ?? false, `/ad/urls/${index}`)),
    ...(ad.globalCatalog ?? []).flatMap((url, index) =>
      ldapComplaints(url, ad.starttls ?? false, `/ad/globalCatalog/${index}`),
    ),
    ...bindComplaints(ad.bind),
    ...(ad.base === undefined ? [] : dnComplaints(ad.base, '/ad/base')),
    ...domainComplaints(ad),
    ...containers,
    ...durationComplaints(ad.timeout, '/ad/timeout'),
  ];
}

function bindComplaints(bind: BindSection): Complaint[] {
  const pointer = '/ad/bind';
  const has = (name: keyof BindSection) => bind[name] !== undefined;
  const hint = 'write { user: …, password: { env: NAME } }, or { certificate: client.pem, key: client-key.pem }';
  if (has('user') === has('certificate') || has('user') !== has('password') || has('certificate') !== has('key'))
    return [{ pointer, message: 'this is neither a user with a password nor a certificate with a key', hint }];
  if (has('passphrase') && !has('key'))
    return [{ pointer: `${pointer}/passphrase`, message: 'a passphrase belongs to a `key`', hint }];
  if (typeof bind.key !== 'string' || !bind.key.includes('-----BEGIN')) return [];
  return [{ pointer: `${pointer}/key`, message: 'this is a key itself, not the name of a file', hint }];
}

function domainComplaints(ad: AdSection): Complaint[] {
  const names = new Set<string>();
  return (ad.domains ?? []).flatMap(({ dns, base, urls }, index) => {
    const pointer = `/ad/domains/${index}`;
    const complaints = urls.flatMap((url, at) => ldapComplaints(url, ad.starttls ?? false, `${pointer}/urls/${at}`));
    if (ad.base !== undefined)
      complaints.push({ pointer, message: '`ad.base` reads one domain alone', hint: 'remove `base` or `domains`' });
    if ((dns === undefined) === (base === undefined))
      return [
        ...complaints,
        { pointer, message: 'a domain needs `dns` or `base`, one of them', hint: 'write dns: emea.contoso.com' },
      ];
    const name = (dns ?? dnsNameOf(base ?? '')).toLowerCase();
    if (names.has(name))
      complaints.push({ pointer, message: 'this domain is named twice', hint: 'put all its `urls` together' });
    names.add(name);
    return base === undefined ? complaints : [...complaints, ...dnComplaints(base, `${pointer}/base`)];
  });
}

function graphComplaints(graph: GraphSection): Complaint[] {
  return [
    ...originComplaints(graph.endpoint, '/graph/endpoint'),
    ...originComplaints(graph.authority, '/graph/authority'),
    ...durationComplaints(graph.deadline, '/graph/deadline'),
    ...durationComplaints(graph.attemptTimeout, '/graph/attemptTimeout'),
  ];
}

function ldapComplaints(text: string, startTls: boolean, pointer: string): Complaint[] {
  const hint = 'write ldaps://dc1.contoso.com, with a port after a colon if it is not 636';
  const url = parseUrl(text);
  if (!url || url.hostname === '' || !/^ldaps?:$/.test(url.protocol)) {
    return [{ pointer, message: 'this is not an ldaps:// or ldap:// address', hint }];
  }
  if (!isBare(url)) return [{ pointer, message: 'an LDAP address has only a host and a port', hint }];
  if (url.protocol === 'ldap:' && !startTls) {
    return [
      {
        pointer,
        message: 'ldap:// would send the password unencrypted',
        hint: 'write ldaps://, or add `starttls: true`',
      },
    ];
  }
  if (url.protocol === 'ldaps:' && startTls) {
    return [
      {
        pointer,
        message: 'ldaps:// is encrypted from the start and cannot use starttls',
        hint: 'remove `starttls`, or write ldap://',
      },
    ];
  }
  return [];
}

function originComplaints(text: string | undefined, pointer: string): Complaint[] {
  if (text === undefined) return [];
  const url = parseUrl(text);
  if (url?.protocol === 'https:' && url.hostname !== '' && isBare(url)) return [];
  const hint = 'write https://, a host and perhaps a port, such as https://graph.microsoft.com';
  return [{ pointer, message: 'this is not an https origin', hint }];
}

function isBare(url: URL): boolean {
  const { username, password, pathname, search, hash } = url;
  return username === '' && password === '' && search === '' && hash === '' && (pathname === '' || pathname === '/');
}

function parseUrl(text: string): URL | undefined {
  return /\s/.test(text) ? undefined : (URL.parse(text) ?? undefined);
}

function dnComplaints(dn: string, pointer: string): Complaint[] {
  const parts = splitDn(dn);
  const attribute = /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(\.\d+)+)\s*=\s*\S/;
  if (parts.length > 0 && parts.every(part => attribute.test(part))) return [];
  const hint = 'write it as AD shows it: OU=GroupWriteback,DC=contoso,DC=com';
  return [{ pointer, message: 'this is not a distinguished name', hint }];
}

const LONGEST = 24 * 3_600_000;

function durationComplaints(text: string | undefined, pointer: string): Complaint[] {
  const ms = text === undefined ? 1000 : readDuration(text);
  const hint = 'write a duration such as 30s, 10m or PT10M';
  if (ms === undefined) return [{ pointer, message: 'this is not a duration', hint }];
  if (ms >= 1000 && ms <= LONGEST) return [];
  return [{ pointer, message: 'the duration must lie between 1 second and 24 hours', hint }];
}

function isDate(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const ms = instantMs(day ? `${text}T00:00:00Z` : text);
  // Date.parse rolls 31 February over into March.
  return ms !== undefined && (!day || new Date(ms).toISOString().startsWith(text));
}
