import type { DomainExam } from '../../collect/ad/index.ts';
import { type FacetName, facets } from '../../snapshot/index.ts';
import {
  type Bench,
  type Check,
  endingOf,
  fail,
  type Outcome,
  ok,
  skewOf,
  skipped,
  warn,
  weightOf,
} from './outcome.ts';

/** Active Directory, from the first packet to the rights. */
export const adChecks: readonly Check[] = [
  {
    name: 'ad reachable',
    of: 'ad',
    run: onServers('connect'),
    remedy: 'check ad.urls, DNS, the route and the firewall',
  },
  {
    name: 'ad tls',
    of: 'ad',
    run: adTls,
    remedy: 'renew the certificate of the domain controller, or name its authority in ad.ca',
  },
  {
    name: 'ad sign-in',
    of: 'ad',
    run: onServers('sign-in'),
    remedy: 'check ad.bind; docs/permissions.md lists what can sign in',
  },
  {
    name: 'ad credential',
    of: 'ad',
    run: ({ ad, now }) =>
      ad?.credentialEnds === undefined ? [] : [endingOf('the certificate to sign in with', ad.credentialEnds, now)],
    remedy: 'issue a new certificate for the account',
  },
  {
    name: 'ad domains',
    of: 'ad',
    run: ({ ad }) => [
      ...(ad?.domains ?? []).map(({ dnsName }) => ok(`${dnsName} can be read`)),
      ...(ad?.unread ?? []).map(({ domain, says }) => fail(`${domain}: ${says}`)),
    ],
    remedy: 'name its domain controllers in ad.domains, or one domain in ad.base',
  },
  {
    name: 'ad clock',
    of: 'ad',
    run: onDomains(({ clockSkewMs }) => skewOf(clockSkewMs)),
    remedy: 'synchronise the clock of this machine; ages are measured by it',
  },
  {
    name: 'ad schema',
    of: 'ad',
    run: adSchema,
    remedy: 'Cloud Sync needs a schema of Windows Server 2016; extend it, or do not use cloud-sync here',
  },
  {
    name: 'ad exchange',
    of: 'ad',
    run: adExchange,
    remedy: 'group writeback v1 needs the Exchange schema: run Setup /PrepareSchema of a current Exchange Server',
  },
  {
    name: 'ad containers',
    of: 'ad',
    run: adContainers,
    remedy: 'correct ad.containers, or grant the account Read there: tallystick permissions --commands dsacls',
  },
  {
    name: 'ad listing',
    of: 'ad',
    run: onDomains(({ hidden }) =>
      hidden.length === 0
        ? ok('everything in the domain and the containers is shown to us')
        : fail(`what lies in ${hidden.join(' and ')} may be hidden from us`),
    ),
    remedy: 'grant List Contents and Read: tallystick permissions --commands dsacls',
  },
  {
    name: 'ad access lists',
    of: 'ad',
    run: bench =>
      onDomains(domain => gapsAs(bench, domain, 'ad.acl', 'owner and DACL of the containers are readable'))(bench),
    remedy: 'grant READ_CONTROL: tallystick permissions --commands dsacls',
  },
  {
    name: 'ad members',
    of: 'ad',
    run: onDomains(({ memberless, containers }) => {
      if (containers.every(({ found }) => !found)) return skipped('no container in which to try it');
      return memberless.length === 0
        ? ok('a group of each container shows its members, or there is none yet')
        : fail(`groups in ${memberless.join(' and ')} do not surely show us their members`);
    }),
    remedy: 'grant read of member: tallystick permissions --commands dsacls',
  },
  {
    name: 'ad sync identities',
    of: 'ad',
    run: onFacet('ad.identities', 'their groups are shown to us'),
    remedy: 'correct ad.syncIdentities, or grant Read on the accounts and the groups above them',
  },
  {
    name: 'ad tier 0',
    of: 'ad',
    run: onFacet('ad.tier0', 'group policy objects and the other places are readable'),
    remedy: 'grant Read on what is named, or accept the gap of ad.tier0 until a date: docs/configuration.md',
  },
  {
    name: 'ad controllers',
    of: 'ad',
    run: onFacet('ad.domainControllers', 'every one is shown to us'),
    remedy: 'grant Read on the computers, or remove the metadata of domain controllers that are gone',
  },
  {
    name: 'ad cloud policy',
    of: 'ad',
    run: onFacet('ad.soaPolicy', 'CN=SOA-Policies is readable, or there is none'),
    remedy: 'grant List Contents and Read on CN=SOA-Policies,CN=System',
  },
  {
    name: 'ad auditing',
    of: 'ad',
    run: bench =>
      (bench.readers?.get('ad.auditing') ?? []).length === 0 && bench.readers !== undefined
        ? [skipped('no policy asks what is audited')]
        : onFacet('ad.auditing', 'what is audited on the containers is shown to us')(bench),
    remedy:
      'grant SeSecurityPrivilege on the domain controllers, or accept the gap of ad.auditing: docs/permissions.md',
  },
  {
    name: 'ad exchange places',
    of: 'ad',
    run: bench =>
      (['ad.exchangeServers', 'ad.acceptedDomains', 'ad.addressLists'] as const).flatMap(facet =>
        onFacet(facet, `${facets[facet].about} are readable, or there are none`)(bench),
      ),
    remedy: 'grant List Contents and Read below CN=Microsoft Exchange,CN=Services in the configuration partition',
  },
  {
    name: 'ad deleted objects',
    of: 'ad',
    run: bench =>
      onDomains(({ deletedReadable }) =>
        deletedReadable
          ? ok('can be listed')
          : { state: weightOf(bench, 'ad.deleted'), says: 'cannot be listed, as by default' },
      )(bench),
    remedy: 'grant list and read on CN=Deleted Objects where a policy needs it: docs/permissions.md',
  },
];

function onServers(stage: 'connect' | 'sign-in'): Check['run'] {
  return ({ ad }) => {
    const servers = ad?.servers ?? [];
    // One server that answers is enough to read; the others are there for the day it does not.
    const rest = servers.some(({ failure }) => failure === undefined) ? warn : fail;
    return servers.flatMap(({ url, failure }) => {
      if (failure?.stage === stage) return [rest(`${url}: ${failure.says}`)];
      if (stage === 'connect') return [ok(`${url} answers`)];
      return failure === undefined ? [ok(`${url} takes ${ad?.identity ?? 'us'}`)] : [skipped(`${url} was not reached`)];
    });
  };
}

function adTls({ ad, now }: Bench): readonly Outcome[] {
  const servers = ad?.servers ?? [];
  const rest = servers.some(({ failure }) => failure === undefined) ? warn : fail;
  return servers.flatMap(({ url, failure, tls }) => {
    if (failure?.stage === 'tls') return [rest(`${url}: ${failure.says}`)];
    if (tls === undefined) return failure?.stage === 'sign-in' ? [ok(`${url} is trusted`)] : [];
    return [endingOf(`${url}: ${tls.protocol}, certificate by ${tls.issuer}`, tls.expires, now)];
  });
}

function onDomains(look: (domain: DomainExam) => Outcome): Check['run'] {
  return ({ ad }) => {
    const domains = ad?.domains ?? [];
    return domains.map(domain => {
      const { state, says } = look(domain);
      return { state, says: domains.length > 1 ? `${domain.dnsName}: ${says}` : says };
    });
  };
}

function gapsAs(bench: Bench, { gapsOf }: DomainExam, facet: FacetName, otherwise: string): Outcome {
  const gaps = gapsOf(facet);
  return gaps.length === 0 ? ok(otherwise) : { state: weightOf(bench, facet), says: gaps.join('; ') };
}

function onFacet(facet: FacetName, otherwise: string): Check['run'] {
  return bench => onDomains(domain => gapsAs(bench, domain, facet, otherwise))(bench);
}

function adSchema(bench: Bench): readonly Outcome[] {
  const cloudSync = bench.config.flavours.includes('cloud-sync');
  return onDomains(domain => {
    const { facts, gapsOf } = domain;
    if (!facts || gapsOf('ad.domain').length > 0) return gapsAs(bench, domain, 'ad.domain', 'not readable');
    const says = `version ${facts.schema_version ?? 'unknown'}`;
    if (facts.external_id_in_schema === true) return ok(`${says}, with msDS-ExternalDirectoryObjectId`);
    const lacks = `${says}, without msDS-ExternalDirectoryObjectId`;
    return cloudSync ? fail(lacks) : ok(lacks);
  })(bench);
}

function adExchange(bench: Bench): readonly Outcome[] {
  const connect = bench.config.flavours.includes('connect-v1');
  return onDomains(domain => {
    const { facts, gapsOf } = domain;
    if (!facts || gapsOf('ad.exchange').length > 0) return gapsAs(bench, domain, 'ad.exchange', 'not readable');
    const { exchange_schema_version: version } = facts;
    if (version !== null) return ok(`schema version ${version}`);
    return connect
      ? warn('the schema has no Exchange, which connect-v1 needs')
      : ok('none, and connect-v1 is not declared');
  })(bench);
}

function adContainers(bench: Bench): readonly Outcome[] {
  return (bench.ad?.domains ?? []).flatMap(domain => {
    const gaps = domain.gapsOf('ad.containers');
    return [
      ...domain.containers.map(({ dn, found, object_class: kind }) =>
        found ? ok(`${dn} (${kind ?? 'of unknown class'})`) : fail(`${dn} does not exist`),
      ),
      ...gaps.map(gap => ({ state: weightOf(bench, 'ad.containers'), says: gap })),
    ];
  });
}
