import type { CloudGroup, CloudJob, CloudTenant, CloudUser, ObjectReference } from '../tenant.ts';
import type { Ace, Audit, DeclaredFacts, Engine, EntryKind, Label, LabelIds, MemberChange } from './estate.ts';
import type { Random } from './random.ts';
import type { Setup } from './setup.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** An object of the directory while the estate is being made. */
export type Entry = {
  cn: string;
  parent: string;
  readonly guid: string;
  readonly sid: string | null;
  readonly kind: EntryKind;
  readonly attributes: Record<string, readonly string[]>;
  readonly consistencyGuid: string | null;
  readonly members: Set<string>;
  acl: { readonly protected: boolean; readonly aces: Ace[]; audits?: Audit[]; owner?: string } | null;
  created: string | null;
  changed: string | null;
  readonly memberChanges: MemberChange[];
};

/** Somebody, with a cloud user, an account in AD, or both. */
export type Person = {
  readonly cloud: CloudUser | undefined;
  readonly account: Entry | undefined;
};

/** A cloud group with what writeback made of it. */
export type Group = {
  readonly id: string;
  readonly engine: Engine | 'none';
  cloud: (Omit<Draft<CloudGroup>, 'members'> & { members: ObjectReference[] }) | undefined;
  twins: Entry[];
  /** The AD group that a synced cloud group comes from. */
  native: Entry | undefined;
  /** Whether a drift may be planted here: an ordinary pair without nesting. */
  free: boolean;
};

/** A cloud group inside another, both written back and the reference present in AD. */
export type Nesting = { readonly parent: Group; readonly child: Group };

/** What is in order around the groups, to be spoilt. */
export type Surroundings = {
  /** An Exchange server that is supported. */
  readonly server: Entry;
  /** The domain of all mail addresses, accepted as an internal relay. */
  readonly accepted: Entry;
  /** The address list that mail-enabled groups are shown in. */
  readonly addressList: Entry;
};

/** Everything made so far. */
export type World = {
  readonly seed: number;
  readonly random: Random;
  readonly base: string;
  readonly domainSid: string;
  readonly now: number;
  readonly nextSid: () => string;
  readonly nextNumber: () => number;
  readonly people: Person[];
  readonly groups: Group[];
  readonly nestings: Nesting[];
  /** Objects that are neither accounts of people nor made by writeback, parents before children. */
  readonly entries: Entry[];
  readonly builtins: Map<string, { readonly sid: string; readonly members: Set<string> }>;
  readonly adminSdHolder: Ace[];
  readonly domainAces: Ace[];
  readonly deletedGroups: Draft<CloudTenant['deletedGroups'][number]>[];
  readonly deletedEntries: Entry[];
  readonly jobs: CloudJob[];
  readonly features: Record<string, boolean | null>;
  readonly setup: Setup;
  readonly containers: { readonly dn: string; readonly flavour: Engine }[];
  /** Accounts and groups that access lists name: the engines, a trusted group, and two that nobody trusts. */
  readonly identities: Record<'connect' | 'agent' | 'managers' | 'helpdesk' | 'service', Entry>;
  /** The managed service account of a further agent. */
  readonly managedAgent: Entry;
  readonly exchange: { schema: number; organization: number };
  /** When Entra Connect synchronised last, in milliseconds since 1970. */
  connectSynced: number;
  readonly surroundings: Surroundings;
  readonly labels: Label[];
  recycleBin: boolean;
  externalIdInSchema: boolean;
  restored: boolean;
  /** Parameters of the policies, by `policy.name`. */
  readonly params: Record<string, string>;
  readonly facts: Draft<DeclaredFacts>;
};

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** ISO 8601 of an instant, without a fraction. */
export function iso(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

/** The DN of an entry; what RFC 4514 wants escaped is escaped. */
export function dnOf(entry: Pick<Entry, 'kind' | 'cn' | 'parent'>): string {
  const escaped = entry.cn
    .replaceAll(/[,+"\\<>;=]/g, '\\$&')
    .replace(/^[# ]/, '\\$&')
    .replace(/ $/, '\\ ');
  return `${entry.kind === 'organizationalUnit' ? 'OU' : 'CN'}=${escaped},${entry.parent}`;
}

/** DNs of the places that everything lies in. */
export function places(
  base: string,
): Readonly<
  Record<
    | 'people'
    | 'admin'
    | 'native'
    | 'legacy'
    | 'writeback'
    | 'v1'
    | 'v2'
    | 'sync'
    | 'second'
    | 'elsewhere'
    | 'gone'
    | 'addressBook'
    | 'servers'
    | 'accepted'
    | 'soaPolicies'
    | 'policies',
    string
  >
> {
  const organization = `CN=Lab Organization,CN=Microsoft Exchange,CN=Services,CN=Configuration,${base}`;
  return {
    people: `OU=People,${base}`,
    admin: `OU=Administration,${base}`,
    native: `OU=Groups,${base}`,
    legacy: `OU=Legacy,OU=Groups,${base}`,
    writeback: `OU=Writeback,${base}`,
    v1: `OU=M365Groups,OU=Writeback,${base}`,
    v2: `OU=WritebackV2,OU=Writeback,${base}`,
    sync: `OU=CloudSync,OU=Writeback,${base}`,
    second: `OU=CloudSync Branch,${base}`,
    elsewhere: `OU=Elsewhere,${base}`,
    gone: `OU=Formerly Writeback,${base}`,
    addressBook: `CN=Default Global Address List,CN=All Global Address Lists,CN=Address Lists Container,${organization}`,
    servers: `CN=Servers,CN=Exchange Administrative Group,CN=Administrative Groups,${organization}`,
    accepted: `CN=Accepted Domains,CN=Transport Settings,${organization}`,
    soaPolicies: `CN=SOA-Policies,CN=System,${base}`,
    policies: `CN=Policies,CN=System,${base}`,
  };
}

const PRINCIPALS: ReadonlySet<EntryKind> = new Set([
  ...(['group', 'user', 'computer', 'msDS-GroupManagedServiceAccount'] as const),
]);

/** A new object, not yet anywhere. */
export function newEntry(
  world: Pick<World, 'random' | 'nextSid'>,
  kind: Entry['kind'],
  cn: string,
  parent: string,
  attributes: Record<string, readonly string[]> = {},
  more: Partial<Pick<Entry, 'acl' | 'created' | 'changed' | 'consistencyGuid' | 'sid'>> = {},
): Entry {
  return {
    cn,
    parent,
    guid: world.random.guid(),
    sid: PRINCIPALS.has(kind) ? world.nextSid() : null,
    kind,
    attributes,
    consistencyGuid: null,
    members: new Set(),
    acl: null,
    created: null,
    changed: null,
    memberChanges: [],
    ...more,
  };
}

/** Notes a violation. */
export function label(world: World, invariant: string, ids: LabelIds, why: string, key?: string): void {
  world.labels.push({ invariant, verdict: 'fail', ids, why, ...(key === undefined ? {} : { key }) });
}

/** A value that the making of the estate guarantees; throws when it does not. */
export function sure<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`the generator has lost ${what}`);
  return value;
}
