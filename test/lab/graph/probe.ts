import { Agent, request } from 'undici';
import { createAuthority, issue } from '../certificates.ts';
import type { CloudGroup, CloudJob, CloudTenant, CloudUser, ObjectReference } from '../tenant.ts';
import { type GraphDouble, type GraphDoubleOptions, startGraphDouble } from './server.ts';

/** A moment for clocks that stand still. */
export const NOON = Date.UTC(2026, 7, 1, 12);

/** GUID text of a number. */
export function guid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** A user with nothing remarkable about it. */
export function makeUser(number: number): CloudUser {
  return {
    id: guid(number),
    displayName: `User ${number}`,
    userPrincipalName: `user${number}@contoso.com`,
    mail: null,
    accountEnabled: true,
    userType: 'Member',
    onPremisesSyncEnabled: true,
    onPremisesImmutableId: null,
    onPremisesSecurityIdentifier: `S-1-5-21-1-2-3-${number}`,
    onPremisesDistinguishedName: null,
    onPremisesSamAccountName: `user${number}`,
    onPremisesDomainName: 'contoso.com',
    onPremisesUserPrincipalName: null,
    onPremisesLastSyncDateTime: null,
  };
}

/** A reference to an object of a type. */
export function refer(number: number, type: 'user' | 'group' | 'servicePrincipal' = 'user'): ObjectReference {
  return { id: guid(number), '@odata.type': `#microsoft.graph.${type}` };
}

/** A Microsoft 365 group, with differences as asked. */
export function makeGroup(number: number, changes: Partial<CloudGroup> = {}): CloudGroup {
  return {
    id: guid(number),
    displayName: `Group ${number}`,
    description: null,
    groupTypes: ['Unified'],
    securityEnabled: false,
    mailEnabled: true,
    mailNickname: `group${number}`,
    mail: `group${number}@contoso.com`,
    proxyAddresses: [`SMTP:group${number}@contoso.com`],
    visibility: 'Private',
    membershipRule: null,
    membershipRuleProcessingState: null,
    isAssignableToRole: null,
    createdDateTime: '2025-01-01T00:00:00Z',
    securityIdentifier: `S-1-12-1-${number}`,
    onPremisesSyncEnabled: null,
    onPremisesSecurityIdentifier: null,
    onPremisesSamAccountName: null,
    onPremisesDomainName: null,
    onPremisesNetBiosName: null,
    onPremisesLastSyncDateTime: null,
    onPremisesProvisioningErrors: [],
    writebackConfiguration: null,
    isCloudManaged: false,
    members: [],
    ...changes,
  };
}

const JOB_APP = 0x900;

function makeJob(tenantId: string): CloudJob {
  const id = `AAD2ADGroupProvisioning.${tenantId.replaceAll('-', '')}.${guid(0x901)}`;
  return {
    servicePrincipal: {
      id: guid(JOB_APP),
      appId: guid(0x902),
      displayName: 'contoso.com group provisioning',
      accountEnabled: true,
      applicationTemplateId: 'fb81332f-3eca-4ecf-a939-4278e501d330',
      servicePrincipalType: 'Application',
    },
    job: {
      id,
      templateId: 'AAD2ADGroupProvisioning',
      schedule: { interval: 'PT20M', state: 'Active', expiration: null },
      status: {
        code: 'Active',
        countSuccessiveCompleteFailures: 0,
        escrowsPruned: false,
        lastExecution: null,
        lastSuccessfulExecution: null,
        lastSuccessfulExecutionWithExports: null,
        quarantine: null,
        steadyStateFirstAchievedTime: '2026-01-01T00:00:00Z',
        steadyStateLastAchievedTime: '2026-01-01T00:00:00Z',
        synchronizedEntryCountByType: [{ key: 'group', value: 3 }],
        troubleshootingUrl: '',
        progress: [],
      },
      synchronizationJobSettings: [],
    },
    schema: { id, version: 'v1', synchronizationRules: [], directories: [{ name: 'Active Directory' }] },
    appRoleAssignedTo: [
      {
        id: 'assignment',
        principalId: guid(0x100),
        principalType: 'Group',
        principalDisplayName: 'Group 256',
        resourceId: guid(JOB_APP),
        appRoleId: guid(0),
      },
    ],
  };
}

/** A tenant of some users and groups with one of everything else; group n has the first n × 3 users as members. */
export function makeTenant(groups = 8, users = 25): CloudTenant {
  const tenantId = guid(1);
  const people = Array.from({ length: users }, (_, index) => makeUser(0x1000 + index));
  return {
    tenantId,
    organization: {
      id: tenantId,
      displayName: 'Contoso',
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: '2026-08-01T11:40:00Z',
      verifiedDomains: [{ name: 'contoso.com', isDefault: true, isInitial: false }],
    },
    groups: Array.from({ length: groups }, (_, index) =>
      makeGroup(0x100 + index, {
        isCloudManaged: index === 2,
        members: people.slice(0, index * 3).map(({ id }) => ({ id, '@odata.type': '#microsoft.graph.user' })),
      }),
    ),
    users: people,
    devices: [],
    contacts: [],
    servicePrincipals: [],
    deletedGroups: [
      {
        id: guid(0x800),
        displayName: 'Gone',
        deletedDateTime: '2026-07-20T00:00:00Z',
        groupTypes: ['Unified'],
        securityEnabled: false,
        mailEnabled: true,
      },
    ],
    onPremisesSynchronization: null,
    groupSettings: [
      {
        id: guid(0x700),
        displayName: 'Group.Unified',
        templateId: guid(0x701),
        values: [{ name: 'NewUnifiedGroupWritebackDefault', value: 'true' }],
      },
    ],
    jobs: [makeJob(tenantId)],
  };
}

/** What came back, undecoded: `json` is undefined when the body is none. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly json: Readonly<Record<string, unknown>>;
};

/** A double with a client that neither retries, redirects nor decompresses. */
export type Probe = {
  readonly double: GraphDouble;
  readonly agent: Agent;
  readonly get: (url: string, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
  readonly post: (url: string, body: string, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
  readonly batch: (urls: readonly string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Follows next links; fails when there are too many. */
  readonly all: (url: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly close: () => Promise<void>;
};

/** The items of a page; empty when there are none. */
export function items(json: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(json.value) ? json.value : [];
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const MOST_PAGES = 2000;
const authority = createAuthority();
const issued = authority.then(made => issue(made, { dns: ['localhost'], ip: ['127.0.0.1'] }));

/** Starts a double on a small tenant, with a clock that stands still, and a client for it. */
export async function openProbe(options: Partial<GraphDoubleOptions> = {}): Promise<Probe> {
  const certificates = await issued;
  const double = await startGraphDouble({ tenant: makeTenant(), certificates, now: () => NOON, seed: 42, ...options });
  const agent = new Agent({ connect: { ca: certificates.ca }, headersTimeout: 400, bodyTimeout: 400 });
  const ask = async (
    method: 'GET' | 'POST',
    url: string,
    body: string | null,
    headers: Readonly<Record<string, string>>,
  ): Promise<Reply> => {
    const target = url.startsWith('https:') ? url : double.endpoint + url;
    const signed = { authorization: `Bearer ${double.token()}`, ...headers };
    const reply = await request(target, { method, dispatcher: agent, headers: signed, body });
    const bytes = Buffer.from(await reply.body.arrayBuffer());
    return { status: reply.statusCode, headers: reply.headers, body: bytes, json: parse(bytes) };
  };
  const get: Probe['get'] = (url, headers = {}) => ask('GET', url, null, headers);
  const post: Probe['post'] = (url, body, headers = {}) => ask('POST', url, body, headers);
  return {
    double,
    agent,
    get,
    post,
    batch: async urls => {
      const requests = urls.map((url, index) => ({ id: String(index), method: 'GET', url }));
      const { json } = await post('/v1.0/$batch', JSON.stringify({ requests }), { 'content-type': 'application/json' });
      return Array.isArray(json.responses) ? json.responses : [];
    },
    all: async url => {
      const found: Readonly<Record<string, unknown>>[] = [];
      let next: unknown = url;
      for (let page = 0; typeof next === 'string'; page += 1) {
        if (page > MOST_PAGES) throw new Error('The list does not end.');
        const { json }: Reply = await get(next);
        found.push(...items(json));
        next = json['@odata.nextLink'];
      }
      return found;
    },
    close: async () => {
      await agent.destroy();
      await double.close();
    },
  };
}
