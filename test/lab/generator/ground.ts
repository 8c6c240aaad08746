import { cleanAces, engineAces, guids } from './acl.ts';
import type { Ace, Engine } from './estate.ts';
import type { Random } from './random.ts';
import { newSetup } from './setup.ts';
import { dnOf, type Entry, newEntry, places, type World } from './world.ts';

const EXCHANGE = { schema: 15334, organization: 16223 };
const FIRST_RID = 10_000;

/** An empty domain with its places and identities, and a tenant without users or groups. */
export function breakGround(seed: number, random: Random, domain: { base: string; sid: string }, now: number): World {
  let rid = FIRST_RID;
  let number = 0;
  const where = places(domain.base);
  const nextSid = (): string => `${domain.sid}-${rid++}`;
  const identity = (kind: 'user' | 'group', name: string): Entry => ({
    cn: name.replace('$', ''),
    parent: where.admin,
    guid: random.guid(),
    sid: nextSid(),
    kind,
    attributes: {
      sAMAccountName: [name],
      ...(kind === 'user' ? { userAccountControl: ['512'] } : { groupType: ['-2147483646'] }),
    },
    consistencyGuid: null,
    members: new Set(),
    acl: null,
    created: null,
  });
  const identities = {
    connect: identity('user', 'MSOL_0123456789ab'),
    agent: identity('user', 'provAgentgMSA$'),
    managers: identity('group', 'Group Managers'),
    helpdesk: identity('group', 'Helpdesk'),
    service: identity('user', 'svc-provisioning'),
  };
  const world: World = {
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
    entries: [],
    builtins: new Map(),
    adminSdHolder: [],
    deletedGroups: [],
    deletedEntries: [],
    jobs: [],
    setup: newSetup(),
    features: { unifiedGroupWritebackEnabled: true, groupWriteBackEnabled: false },
    containers: [],
    identities,
    exchange: { ...EXCHANGE },
    labels: [],
  };
  layOut(world, identities);
  return world;
}

function layOut(world: World, identities: World['identities']): void {
  const where = places(world.base);
  const unit = (dn: string, extra: readonly Ace[] = []): void => {
    const [name = '', ...rest] = dn.split(',');
    const acl = { protected: true, aces: [...cleanAces(world.domainSid, 'tree'), ...extra] };
    world.entries.push(newEntry(world, 'organizationalUnit', name.slice(3), rest.join(','), {}, { acl }));
  };
  const connect = engineAces(identities.connect.sid ?? '');
  const agent = engineAces(identities.agent.sid ?? '');
  for (const dn of [where.people, where.admin, where.native, where.legacy, where.elsewhere]) unit(dn);
  unit(where.writeback);
  unit(where.v1, [...connect, managed(identities)]);
  unit(where.v2, connect);
  unit(where.sync, [...agent, refused(identities)]);
  unit(where.second, agent);
  world.entries.push(...Object.values(identities), ...addressLists(world, where.addressBook));
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

/** A denial, which grants nothing to anybody. */
function refused({ helpdesk }: World['identities']): Ace {
  return { allow: false, trustee: helpdesk.sid ?? '', rights: ['WP'], objectType: guids.member, reach: 'tree' };
}

function addressLists(world: World, dn: string): Entry[] {
  const parts = dn.split(',');
  return [2, 1, 0].map(at => {
    const entry = newEntry(world, 'container', (parts[at] ?? '').slice(3), parts.slice(at + 1).join(','));
    if (dnOf(entry) !== parts.slice(at).join(',')) throw new Error('an address list has an odd name');
    return entry;
  });
}
