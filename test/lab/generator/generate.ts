import { baseOf, domainSidOf } from '../samba/template.ts';
import { renewEmptyGroups } from './authority.ts';
import { addNesting, addOrdinaryGroups } from './baseline.ts';
import { addJobs, tenantOf } from './cloud.ts';
import { breakAccess } from './drift/access.ts';
import { breakAuthority } from './drift/authority.ts';
import { breakIdentity } from './drift/identity.ts';
import { breakMail } from './drift/mail.ts';
import { breakMarkers } from './drift/markers.ts';
import { breakHierarchies } from './drift/members.ts';
import { breakMembership } from './drift/membership.ts';
import { openPool } from './drift/pool.ts';
import { breakPrivilege } from './drift/privilege.ts';
import { breakRunning } from './drift/running.ts';
import { breakScope } from './drift/scope.ts';
import { breakStrays } from './drift/strays.ts';
import { breakSurroundings } from './drift/surroundings.ts';
import { breakSwitches, type Features } from './drift/switches.ts';
import { type DirectoryEntry, type Estate, labelText } from './estate.ts';
import { breakGround } from './ground.ts';
import { judgeConsequences } from './judge/index.ts';
import { addPeople } from './people.ts';
import { randomFrom } from './random.ts';
import { addSpecialGroups } from './specials.ts';
import { declareFacts, leaveTraces } from './traces.ts';
import { dnOf, type Entry, iso, sure, type World } from './world.ts';

/** What to generate. */
export type GenerateOptions = {
  readonly seed: number;
  /** Ordinary written-back groups; some fifty special ones come on top. Every drift needs 145. Default 150. */
  readonly groups?: number;
  /** People, with a cloud user or an account or both. Default 1500. */
  readonly users?: number;
  /** Memberships of the ordinary groups, about. Default 6000. */
  readonly memberships?: number;
  /** Whether each shipped invariant is broken, or none. */
  readonly drift: 'every invariant' | 'none';
  /** Which versions of Connect's writeback a tenant with drifts has on: some invariants speak of one state, some of another. Default `both versions`. */
  readonly features?: Features;
  /** Realm of the domain in upper case, from which its DN and SID follow. Default `LAB.TEST`. */
  readonly realm?: string;
  /** The instant, in milliseconds since 1970, from which the ages of everything in the estate are counted; default a fixed one. */
  readonly asOf?: number;
};

/** The instant at which every estate is looked at. */
const AS_OF = Date.parse('2026-08-01T12:00:00Z');

/** From this many people on there is a group that AD shows in ranges of 1500 members. */
const LARGE = 2400;

/** Makes an estate: the same one for the same options. Throws RangeError when there are too few groups for every drift. */
export function generate(options: GenerateOptions): Estate {
  const { seed, groups = 150, users = 1500, memberships = 6000, drift, realm = 'LAB.TEST', asOf = AS_OF } = options;
  const { features = 'both versions' } = options;
  const random = randomFrom(seed);
  const tenantId = random.guid();
  const world = breakGround(seed, random, { base: baseOf(realm), sid: domainSidOf(realm) }, asOf);
  addPeople(world, users);
  addOrdinaryGroups(world, groups, memberships);
  addNesting(world);
  addSpecialGroups(world, users >= LARGE);
  addJobs(world, tenantId);
  renewEmptyGroups(world);
  leaveTraces(world);
  declareFacts(world);
  if (drift === 'every invariant') breakEverything(world, tenantId, features);
  return withConsequences(estateOf(world, tenantId));
}

function withConsequences(estate: Estate): Estate {
  const known = new Set(estate.labels.map(labelText));
  const further = judgeConsequences(estate).filter(label => !known.has(labelText(label)));
  return { ...estate, labels: [...estate.labels, ...further] };
}

function breakEverything(world: World, tenantId: string, features: Features): void {
  const pool = openPool(world);
  // Membership first: it is the one that is particular about its groups.
  breakMembership(world, pool);
  breakIdentity(world, pool);
  breakScope(world, pool, features);
  breakMarkers(world, pool, tenantId);
  breakSwitches(world, pool, features);
  breakRunning(world, pool);
  breakAccess(world, pool);
  breakAuthority(world, pool, features);
  breakMail(world, pool);
  breakPrivilege(world, pool);
  breakSurroundings(world, pool, features);
  breakHierarchies(world, pool);
  breakStrays(world);
}

function estateOf(world: World, tenantId: string): Estate {
  const { identities, base, domainSid } = world;
  const twins = world.groups.flatMap(group => group.twins);
  const accounts = world.people.flatMap(({ account }) => (account === undefined ? [] : [account]));
  const name = (entry: Entry): string => sure(entry.attributes.sAMAccountName?.[0], 'an account name');
  return {
    seed: world.seed,
    asOf: iso(world.now),
    tenant: tenantOf(world, tenantId),
    directory: {
      base,
      domainSid,
      entries: [...world.entries, ...accounts, ...twins].map(settle),
      builtins: [...world.builtins].map(([dn, { sid, members }]) => ({ dn, sid, members: [...members] })),
      adminSdHolder: world.adminSdHolder,
      domainAces: world.domainAces,
      deleted: world.deletedEntries.map(settle),
      exchange: world.exchange,
      recycleBin: world.recycleBin,
      externalIdInSchema: world.externalIdInSchema,
      restored: world.restored,
    },
    config: {
      containers: world.containers,
      flavours: ['connect-v1', 'connect-v2', 'cloud-sync'],
      syncIdentities: [identities.connect, identities.agent, world.managedAgent].map(name),
      trustedWriters: [name(identities.managers)],
      params: world.params,
      facts: world.facts,
    },
    labels: world.labels,
  };
}

function settle(entry: Entry): DirectoryEntry {
  const { cn: _, members, ...rest } = entry;
  return { ...rest, dn: dnOf(entry), members: [...members] };
}
