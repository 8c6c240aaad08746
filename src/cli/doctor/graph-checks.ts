import type { HostExam } from '../../collect/graph/index.ts';
import { type Right, rights } from '../../snapshot/index.ts';
import {
  type Bench,
  type Check,
  endingOf,
  fail,
  type Outcome,
  ok,
  type State,
  skewOf,
  skipped,
  warn,
  weightOf,
} from './outcome.ts';

/** Microsoft Graph, from the first packet to the rights and the tenant. */
export const graphChecks: readonly Check[] = [
  {
    name: 'graph reachable',
    of: 'graph',
    run: ({ graph }) => (graph ? [hostOf(graph.graph)] : []),
    remedy: 'check graph.cloud, graph.endpoint, the network, and graph.ca where a proxy opens TLS',
  },
  {
    name: 'graph authority',
    of: 'graph',
    run: ({ graph }) => (graph?.authority ? [hostOf(graph.authority)] : []),
    remedy: 'check graph.tenant, graph.cloud and graph.authority, the network, and graph.ca where a proxy opens TLS',
  },
  { name: 'graph tls', of: 'graph', run: graphTls, remedy: 'renew the certificate; that of a proxy, if there is one' },
  {
    name: 'graph credential',
    of: 'graph',
    run: ({ graph, now }) =>
      graph?.credentialEnds === undefined
        ? []
        : [endingOf('the certificate of the application', graph.credentialEnds, now)],
    remedy: 'make a new certificate and register it with the application',
  },
  {
    name: 'graph sign-in',
    of: 'graph',
    run: ({ graph }) => {
      if (!graph) return [];
      if (graph.signInFailure !== undefined) return [fail(graph.signInFailure)];
      if (!graph.token) return [skipped('the hosts were not reached')];
      const { application, tenant } = graph.token.claims;
      return [ok(`as ${application ?? 'an unnamed application'} of tenant ${tenant ?? 'unknown'}`)];
    },
    remedy: 'check graph.tenant and graph.auth; docs/troubleshooting.md explains the codes',
  },
  {
    name: 'graph permissions',
    of: 'graph',
    run: graphPermissions,
    remedy: 'tallystick permissions --commands powershell (or azure-cli) grants what the policies need',
  },
  {
    name: 'graph reading',
    of: 'graph',
    run: graphReading,
    remedy: 'grant the permission, or accept the gap in acceptUnknown',
  },
  {
    name: 'graph clock',
    of: 'graph',
    run: ({ graph }) => (graph?.token ? [skewOf(graph.clockSkewMs)] : []),
    remedy: 'synchronise the clock of this machine: assertions and ages are measured by it',
  },
  {
    name: 'tenant sync',
    of: 'graph',
    run: tenantSync,
    remedy: 'check Entra Connect or Cloud Sync: without synchronisation nothing is written back',
  },
  {
    name: 'tenant writeback',
    of: 'graph',
    run: tenantWriteback,
    remedy: 'configure `flavour` as the tenant is set, or switch the feature',
  },
  {
    name: 'tenant licence',
    of: 'graph',
    run: ({ graph }) => {
      if (!graph?.token) return [];
      if (graph.plans === undefined) return [skipped('the tenant does not show its subscriptions')];
      const premium = graph.plans.filter(plan => /^AAD_PREMIUM(_P2)?$/.test(plan));
      return premium.length > 0
        ? [ok([...new Set(premium)].sort().join(', '))]
        : [warn('no plan of Entra ID P1 or P2 is enabled')];
    },
    remedy: 'writing groups back needs Entra ID P1',
  },
];

function graphTls({ graph, now }: Bench): readonly Outcome[] {
  return [graph?.graph, graph?.authority].flatMap(host =>
    host?.tls === undefined
      ? []
      : [endingOf(`${host.host}: ${host.tls.protocol}, certificate by ${host.tls.issuer}`, host.tls.expires, now)],
  );
}

function hostOf({ host, failure }: HostExam): Outcome {
  return failure === undefined ? ok(`${host} answers`) : fail(`${host}: ${failure}`);
}

function graphPermissions(bench: Bench): readonly Outcome[] {
  const token = bench.graph?.token;
  if (!token) return [];
  const held = token.claims.permissions;
  if (held === undefined) return [warn('the token is opaque: it does not tell what it may read')];
  const lines = token.missing.map(({ right, facets }) => {
    const { name, partly }: Right = rights[right];
    const heaviest = facets.some(facet => weightOf(bench, facet) === 'fail') ? 'fail' : 'warn';
    // Which groups hide their members is not known yet.
    const state: State = partly === undefined ? heaviest : 'warn';
    return { state, says: `lacks ${name}${partly === undefined ? '' : ` (for ${partly})`}: ${facets.join(', ')}` };
  });
  return lines.length > 0 ? lines : [ok(`${held.length} held, none is missing`)];
}

function graphReading(bench: Bench): readonly Outcome[] {
  const reads = [...(bench.graph?.reads ?? [])];
  const refused = reads.flatMap(([facet, reason]) => (reason === null ? [] : [{ facet, reason }]));
  const given = reads.length - refused.length;
  return [
    ...(given > 0 ? [ok(`${given} of ${reads.length} kinds of facts are given`)] : []),
    ...refused.map(({ facet, reason }) => ({ state: weightOf(bench, facet), says: `${facet}: ${reason}` })),
  ];
}

function tenantSync({ graph, now }: Bench): readonly Outcome[] {
  if (!graph?.token) return [];
  if (!graph.organization) return [skipped('the organization is not shown')];
  const { name, syncEnabled, lastSync } = graph.organization;
  if (syncEnabled !== true) return [warn(`${name ?? 'the tenant'}: synchronisation is off`)];
  if (lastSync === null) return [warn(`${name ?? 'the tenant'}: synchronisation is on, and has never run`)];
  const hours = (now - lastSync) / 3_600_000;
  const says = `${name ?? 'the tenant'}: synchronised ${hours < 48 ? `${Math.max(0, hours).toFixed(0)} hours` : `${(hours / 24).toFixed(0)} days`} ago`;
  return [hours > 24 ? warn(says) : ok(says)];
}

const switches = { 'connect-v1': 'unifiedGroupWritebackEnabled', 'connect-v2': 'groupWriteBackEnabled' } as const;

function tenantWriteback({ graph, config: { flavours } }: Bench): readonly Outcome[] {
  if (!graph?.token) return [];
  const { features } = graph;
  if (!features) return [skipped('no application can read the switches: see acceptUnknown')];
  return Object.entries(switches).map(([flavour, name]) => {
    const on = features.get(name) === true;
    const meant = flavours.some(each => each === flavour);
    const says = `${flavour} (${name}) is ${on ? 'on' : 'off'}`;
    return on === meant || flavours.length === 0
      ? ok(says)
      : warn(`${says}, and is ${meant ? '' : 'not '}declared in flavour`);
  });
}
