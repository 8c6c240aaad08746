import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { AuditError, guidText, reasonOf, type TlsFacts, tlsFactsOf } from '../../base/index.ts';
import type { GraphSource } from '../../config/index.ts';
import { type FacetName, facetsFrom, isFacet } from '../../snapshot/index.ts';
import { type Claims, readClaims } from './claims.ts';
import { type Environment, tokenFetcher } from './credential.ts';
import { openAgent } from './exchange.ts';
import { GraphFailure, scrub } from './failure.ts';
import { openGovernor } from './governor.ts';
import { fieldsOf, isItem, itemsOf, noDoubts, objectId } from './item.ts';
import { gapReason } from './ledger.ts';
import { setPace } from './pace.ts';
import { type Place, placeOf } from './place.ts';
import { type GraphPort, openPort } from './port.ts';
import { type MissingRight, missingRights } from './rights.ts';
import { isUnlicensed } from './roles.ts';
import { checkKeyPair, diagnose, usesAuthority } from './sign-in.ts';
import { keepTokens } from './tokens.ts';
import { trustedAuthorities } from './trust.ts';

/** How a host answered over TLS. */
export type HostExam = {
  readonly host: string;
  readonly tls: TlsFacts | undefined;
  /** Why not, in one clause. */
  readonly failure: string | undefined;
};

/** What the organization says of itself, as far as it was shown. */
export type OrganizationExam = {
  readonly name: string | null;
  readonly syncEnabled: boolean | null;
  /** Milliseconds since 1970. */
  readonly lastSync: number | null;
};

/** What came of looking at Microsoft Graph without collecting anything; undefined stands for what was not reached or not shown. */
export type GraphExam = {
  readonly graph: HostExam;
  /** The token authority; undefined for kinds of sign-in that do not ask it themselves. */
  readonly authority: HostExam | undefined;
  /** When the certificate of the application ends, in milliseconds since 1970. */
  readonly credentialEnds: number | undefined;
  /** Why nobody could sign in. */
  readonly signInFailure: string | undefined;
  readonly token: { readonly claims: Claims; readonly missing: readonly MissingRight[] } | undefined;
  readonly clockSkewMs: number | null;
  /** Of each facet of which one item was asked for: why it was not given, null when it was. */
  readonly reads: ReadonlyMap<FacetName, string | null>;
  readonly organization: OrganizationExam | undefined;
  /** Writeback switches by name. */
  readonly features: ReadonlyMap<string, boolean | null> | undefined;
  /** Names of the service plans that are enabled in the tenant. */
  readonly plans: readonly string[] | undefined;
};

type Context = { readonly now: () => number; readonly signal: AbortSignal; readonly environment: Environment };

const PATIENCE_MS = 30_000;

/** Looks at the hosts, signs in, and asks for one item of every facet; keeps nothing. Rejects with an input error, or when `signal` stops it. */
export async function examineGraph(given: GraphSource, context: Context): Promise<GraphExam> {
  const attemptTimeoutMs = Math.min(given.attemptTimeoutMs, PATIENCE_MS);
  const source: GraphSource = { ...given, attemptTimeoutMs, deadlineMs: Math.min(given.deadlineMs, PATIENCE_MS) };
  const place = placeOf(source);
  const [graph, authority] = await Promise.all([
    examineHost(place.graph, source),
    usesAuthority(source.auth.kind) ? examineAuthority(source, place, context.signal) : undefined,
  ]);
  const exam: GraphExam = {
    graph,
    authority,
    credentialEnds: endOfCredential(source, context.now()),
    signInFailure: undefined,
    token: undefined,
    clockSkewMs: null,
    reads: new Map(),
    organization: undefined,
    features: undefined,
    plans: undefined,
  };
  if (graph.failure !== undefined || authority?.failure !== undefined) return exam;
  return { ...exam, ...(await examineReads(source, place, context)) };
}

async function examineHost(origin: string, source: GraphSource): Promise<HostExam> {
  const { hostname, port, host } = new URL(origin);
  const name = hostname.replace(/^\[|\]$/g, '');
  const options = {
    host: name,
    port: port === '' ? 443 : Number(port),
    ca: trustedAuthorities(source.ca),
    minVersion: 'TLSv1.2' as const,
    ...(isIP(name) === 0 ? { servername: name } : {}),
  };
  return new Promise(resolve => {
    const socket = connect(options, () => {
      resolve({ host, tls: tlsFactsOf(socket), failure: undefined });
      socket.destroy();
    });
    socket.setTimeout(Math.min(source.attemptTimeoutMs, 10_000), () => socket.destroy(new Error('no answer in time')));
    socket.on('error', thrown => resolve({ host, tls: undefined, failure: scrub(reasonOf(thrown)) }));
  });
}

async function examineAuthority(source: GraphSource, place: Place, signal: AbortSignal): Promise<HostExam> {
  const exam = await examineHost(place.authority, source);
  if (exam.failure !== undefined) return exam;
  return { ...exam, failure: await diagnose(source, place, signal) };
}

function endOfCredential({ auth }: GraphSource, now: number): number | undefined {
  if (auth.kind !== 'client-certificate') return undefined;
  try {
    return Date.parse(checkKeyPair(auth.certificate.reveal(), auth.certificate.from, now).validTo);
  } catch {
    // The sign-in says why.
    return undefined;
  }
}

type Found = Pick<
  GraphExam,
  'signInFailure' | 'token' | 'clockSkewMs' | 'reads' | 'organization' | 'features' | 'plans'
>;

async function examineReads(source: GraphSource, place: Place, context: Context): Promise<Partial<Found>> {
  const { now, signal, environment } = context;
  const tokens = keepTokens(tokenFetcher(source, place, environment), now, signal);
  let claims: Claims;
  try {
    claims = readClaims(await tokens.current());
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof GraphFailure && !(thrown.cause instanceof AuditError && thrown.cause.kind === 'input'))
      return { signInFailure: thrown.message };
    throw thrown instanceof GraphFailure ? thrown.cause : thrown;
  }
  const configured = guidText(source.tenant);
  if (claims.tenant !== undefined && guidText(claims.tenant) !== configured)
    return { signInFailure: `the token is for tenant ${scrub(claims.tenant, 60)}, not for the configured one` };
  const token = { claims, missing: missingRights(claims, facetsFrom('graph')) };
  const dispatcher = openAgent(source.ca, 4, source.attemptTimeoutMs);
  let clockSkewMs: number | null = null;
  const port = openPort({
    origin: place.graph,
    dispatcher,
    tokens,
    pace: setPace({ parallel: 4, deadlineMs: source.deadlineMs, backoffMs: 500, signal }),
    governor: openGovernor(source.tenantClass, signal),
    attemptTimeoutMs: source.attemptTimeoutMs,
    signal,
    onAnswer: date => {
      const server = Date.parse(date ?? '');
      if (clockSkewMs === null && !Number.isNaN(server)) clockSkewMs = server - now();
    },
  });
  try {
    const found = await sampleAll(port, place);
    signal.throwIfAborted();
    return { ...found, token, clockSkewMs };
  } finally {
    await dispatcher.destroy();
  }
}

/** What is asked for one item of: path below the version, and which version. Others follow from what these show. */
const samples = {
  'cloud.groups': 'v1.0/groups?$top=1&$select=id',
  'cloud.users': 'v1.0/users?$top=1&$select=id,onPremisesImmutableId',
  'cloud.writebackConfiguration': 'beta/groups?$top=1&$select=id,writebackConfiguration',
  'cloud.sourceOfAuthority':
    'v1.0/groups?$filter=onPremisesSyncBehavior%2FisCloudManaged%20eq%20true&$count=true&$select=id&$top=1',
  'cloud.deletedGroups': 'v1.0/directory/deletedItems/microsoft.graph.group?$select=id',
  'cloud.groupSettings': 'v1.0/groupSettings',
  'cloud.jobs': 'v1.0/servicePrincipals?$top=1&$select=id',
  'cloud.organization':
    'v1.0/organization?$select=id,displayName,onPremisesSyncEnabled,onPremisesLastSyncDateTime,verifiedDomains',
  'cloud.onPremisesSynchronization': 'v1.0/directory/onPremisesSynchronization',
  'cloud.syncConfiguration': 'beta/directory/onPremisesSynchronization',
  'cloud.errors': 'v1.0/groups?$top=1&$select=id,onPremisesProvisioningErrors,serviceProvisioningErrors',
  'cloud.roles': 'v1.0/roleManagement/directory/roleAssignments?$select=id',
  'cloud.appGrants':
    "v1.0/servicePrincipals?$filter=appId%20eq%20'00000003-0000-0000-c000-000000000000'&$select=id,appRoles",
  'cloud.auditLog': 'v1.0/auditLogs/directoryAudits?$top=1',
  'cloud.provisioningLog': 'v1.0/auditLogs/provisioning?$top=1',
  'cloud.domains': 'v1.0/domains',
  'cloud.licences': 'v1.0/subscribedSkus?$select=skuId',
  'cloud.lifecyclePolicies': 'v1.0/groupLifecyclePolicies',
  'cloud.agents': 'beta/onPremisesPublishingProfiles/provisioning/agents',
} as const satisfies Partial<Record<FacetName, string>>;

async function sampleAll(
  port: GraphPort,
  place: Place,
): Promise<Omit<Found, 'signInFailure' | 'token' | 'clockSkewMs'>> {
  const reads = new Map<FacetName, string | null>();
  const shown = new Map<FacetName, readonly unknown[]>();
  const ask = async (facet: FacetName, path: string): Promise<void> => {
    try {
      const tally = { pages: 0, retries: 0 };
      const headers = { consistencylevel: 'eventual' };
      const eventual = path.includes('$count=true') ? { headers } : {};
      const json = await port.get(`${place.graph}/${path}`, { tally, ...eventual });
      const value = isItem(json) && Array.isArray(json.value) ? json.value : [json];
      shown.set(facet, itemsOf(value, 'value'));
      reads.set(facet, null);
    } catch (thrown) {
      if (!(thrown instanceof GraphFailure)) throw thrown;
      // No licence, nothing to read: that is an answer.
      reads.set(facet, isUnlicensed(thrown) ? null : gapReason(facet, thrown));
    }
  };
  await Promise.all(Object.entries(samples).map(([facet, path]) => (isFacet(facet) ? ask(facet, path) : undefined)));
  const first = (facet: FacetName) => (shown.get(facet) ?? []).find(isItem);
  const group = first('cloud.groups');
  const id = group && objectId(group);
  if (id !== undefined) {
    await ask('cloud.members', `v1.0/groups/${id}/members?$top=1&$select=id`);
    await ask('cloud.owners', `beta/groups/${id}/owners?$top=1&$select=id`);
    const filter = encodeURIComponent(`groupId eq '${id}'`);
    await ask(
      'cloud.eligibility',
      `v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances?$filter=${filter}`,
    );
  }
  const organization = first('cloud.organization');
  const features = first('cloud.onPremisesSynchronization')?.features;
  return {
    reads,
    organization: organization && organizationOf(organization),
    features: isItem(features) ? switchesOf(features) : undefined,
    plans: await plansOf(port, place),
  };
}

function organizationOf(item: Readonly<Record<string, unknown>>): OrganizationExam {
  const fields = fieldsOf(item, noDoubts(), 'the organization');
  return {
    name: fields.text('displayName'),
    syncEnabled: fields.bool('onPremisesSyncEnabled'),
    lastSync: fields.instant('onPremisesLastSyncDateTime'),
  };
}

function switchesOf(item: Readonly<Record<string, unknown>>): ReadonlyMap<string, boolean | null> {
  const fields = fieldsOf(item, noDoubts(), 'features');
  return new Map(Object.keys(item).map(name => [name, fields.bool(name)]));
}

/** Service plans of subscriptions that are enabled; undefined when the tenant does not show them. */
async function plansOf(port: GraphPort, place: Place): Promise<readonly string[] | undefined> {
  try {
    const json = await port.get(`${place.graph}/v1.0/subscribedSkus?$select=id,capabilityStatus,servicePlans`, {
      tally: { pages: 0, retries: 0 },
    });
    const list = isItem(json) ? itemsOf(json.value, 'value') : [];
    return list.flatMap(item => {
      const fields = fieldsOf(item, noDoubts(), 'subscribedSkus');
      const enabled = ['Enabled', 'Warning'].includes(fields.text('capabilityStatus') ?? '');
      return enabled ? fields.each('servicePlans').flatMap(plan => plan.text('servicePlanName') ?? []) : [];
    });
  } catch (thrown) {
    if (thrown instanceof GraphFailure) return undefined;
    throw thrown;
  }
}
