import { cleanAces, engineAces, guids } from './acl.ts';
import type { Ace, Audit, Engine } from './estate.ts';
import type { Random } from './random.ts';
import { newSetup } from './setup.ts';
import { makeSurroundings } from './surroundings.ts';
import { type Entry, MINUTE, newEntry, places, type World } from './world.ts';

const EXCHANGE = { schema: 15334, organization: 16223 };
const FIRST_RID = 10_000;

/** An empty domain with its places and identities, and a tenant without users or groups. */
export function breakGround(seed: number, random: Random, domain: { base: string; sid: string }, now: number): World {
  let rid = FIRST_RID;
  let number = 0;
  const where = places(domain.base);
  const nextSid = (): string => `${domain.sid}-${rid++}`;
  const identity = (kind: 'user' | 'group' | 'msDS-GroupManagedServiceAccount', name: string): Entry => ({
    cn: name.replace('$', ''),
    parent: where.admin,
    guid: random.guid(),
    sid: nextSid(),
    kind,
    attributes: {
      sAMAccountName: [name],
      ...(kind === 'group' ? { groupType: ['-2147483646'] } : {}),
      ...(kind === 'user' ? { userAccountControl: ['512'] } : {}),
      ...(kind === 'msDS-GroupManagedServiceAccount' ? { userAccountControl: ['4096'] } : {}),
    },
    consistencyGuid: null,
    members: new Set(),
    acl: null,
    created: null,
    changed: null,
    memberChanges: [],
  });
  const identities = {
    connect: identity('user', 'MSOL_0123456789ab'),
    // An ordinary account, because Samba makes no managed one with a SID of our choice.
    agent: identity('user', 'provAgentgMSA$'),
    managers: identity('group', 'Group Managers'),
    helpdesk: identity('group', 'Helpdesk'),
    service: identity('user', 'svc-provisioning'),
  };
  const ground = {
    seed,
    random,
    base: domain.base,
    domainSid: domain.sid,
    now,
    nextSid,
    nextNumber: () => ++number,
    people: [],
    groups: [],
    nestings: [],
    entries: [] as Entry[],
    builtins: new Map(),
    adminSdHolder: [],
    domainAces: [],
    deletedGroups: [],
    deletedEntries: [],
    jobs: [],
    setup: newSetup(),
    features: {
      ...{ unifiedGroupWritebackEnabled: true, groupWriteBackEnabled: false },
      ...{ blockSoftMatchEnabled: true, blockCloudObjectTakeoverThroughHardMatchEnabled: true },
      ...{ allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: false },
      ...{ userWritebackEnabled: false, deviceWritebackEnabled: false },
    },
    containers: [],
    identities,
    managedAgent: identity('msDS-GroupManagedServiceAccount', 'pGMSA_0123abcd$'),
    exchange: { ...EXCHANGE },
    labels: [],
    connectSynced: now - 20 * MINUTE,
    recycleBin: true,
    externalIdInSchema: true,
    restored: false,
    params: {},
    facts: {},
  } satisfies Omit<World, 'surroundings'>;
  layOut(ground, identities);
  ground.entries.push(ground.managedAgent);
  return { ...ground, surroundings: makeSurroundings(ground) };
}

function layOut(world: Omit<World, 'surroundings'>, identities: World['identities']): void {
  const where = places(world.base);
  const unit = (dn: string, extra: readonly Ace[] = [], audits: Audit[] = []): void => {
    const [name = '', ...rest] = dn.split(',');
    const aces = [...cleanAces(world.domainSid, 'tree'), ...extra];
    const acl = { protected: true, aces, ...(audits.length === 0 ? {} : { audits }) };
    world.entries.push(newEntry(world, 'organizationalUnit', name.slice(3), rest.join(','), {}, { acl }));
  };
  const connect = engineAces(identities.connect.sid ?? '');
  const agent = engineAces(identities.agent.sid ?? '');
  for (const dn of [where.people, where.admin, where.native, where.legacy, where.elsewhere]) unit(dn);
  unit(where.writeback);
  unit(where.v1, [...connect, managed(identities)], audited());
  unit(where.v2, connect, audited());
  unit(where.sync, [...agent, refused(identities)], audited());
  unit(where.second, agent, audited());
  world.entries.push(...Object.values(identities));
  const containers: readonly (readonly [string, Engine])[] = [
    [where.v1, 'connect-v1'],
    [where.v2, 'connect-v2'],
    [where.sync, 'cloud-sync'],
    [where.second, 'cloud-sync'],
  ];
  world.containers.push(...containers.map(([dn, flavour]) => ({ dn, flavour })));
}

/** A trusted group that may change members. */
function managed({ managers }: World['identities']): Ace {
  return { allow: true, trustee: managers.sid ?? '', rights: ['WP'], objectType: guids.member, reach: 'tree' };
}

/** Whoever changes the members of a group is written down. */
function audited(): Audit[] {
  return [{ trustee: 'S-1-1-0', rights: ['WP'], objectType: guids.member, inheritedObjectType: guids.group }];
}

/** A denial, which grants nothing to anybody. */
function refused({ helpdesk }: World['identities']): Ace {
  return { allow: false, trustee: helpdesk.sid ?? '', rights: ['WP'], objectType: guids.member, reach: 'tree' };
}
