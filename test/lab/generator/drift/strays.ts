import { declareActivation, eligible } from '../activation.ts';
import { mapping, withMapping } from '../cloud.ts';
import { addMembers, addPair, UNIVERSAL_SECURITY } from '../groups.ts';
import { newPerson } from '../people.ts';
import { nativeGroup } from '../specials.ts';
import { type Group, label, newEntry, places, sure, type World } from '../world.ts';
import { pairIds, twinOf } from './pool.ts';

/** The job with the default target, which takes all groups. */
const DEFAULT_TARGET = 3;

/**
 * Breaks what is left of policies/identity.yaml and policies/scope.yaml: what lies in containers beside the groups, names that meet, and memberships that
 * are activated. Each on groups of its own, so that no other drift goes short, and last, so that none of them changes.
 */
export function breakStrays(world: World): void {
  leaveStrangers(world);
  meetNames(world);
  activate(world);
}

/** An ordinary pair with a member, marked like all others. */
function ownPair(world: World, engine: 'cloud-sync' | 'connect-v2', displayName?: string): Group {
  const group = addPair(world, engine, {
    kind: 'security',
    ...(displayName === undefined ? {} : { changes: { displayName } }),
  });
  group.free = false;
  twinOf(group).attributes['msDS-ObjectSoa'] = ['Cloud'];
  const member = newPerson(world, 'synced');
  world.people.push(member);
  addMembers(group, [member]);
  return group;
}

/** A group that nobody declared, and a card. */
function leaveStrangers(world: World): void {
  const { v2, second } = places(world.base);
  const group = nativeGroup(world, `Stray ${world.nextNumber()}`, UNIVERSAL_SECURITY, v2);
  label(world, 'container-only-writeback-objects', { adGroup: group.guid }, 'made by hand in the container');
  const card = newEntry(world, 'contact', `Stray card ${world.nextNumber()}`, second);
  world.entries.push(card);
  label(world, 'container-only-writeback-objects', { adPrincipal: card.guid }, 'a contact in the container');
}

/** Two groups of one name, and a job that makes account names of nothing else. */
function meetNames(world: World): void {
  const name = `Project Tally ${world.nextNumber()}`;
  for (let made = 0; made < 2; made += 1) ownPair(world, 'cloud-sync', name);
  const job = sure(world.jobs[DEFAULT_TARGET], 'the job with the default target');
  const expression = 'Left(Trim([displayName]),51)';
  const source = { type: 'Function', name: 'Left', expression, parameters: [] } as const;
  world.jobs[DEFAULT_TARGET] = withMapping(job, mapping('sAMAccountName', source));
  label(world, 'no-duplicate-cloud-name-collision', { job: job.job.id }, 'two groups get one account name');
}

/** A group whose memberships are activated without a word, and one that is declared, but for too long a time. */
function activate(world: World): void {
  const silent = ownPair(world, 'cloud-sync');
  eligible(world, silent, 'PT4H');
  label(world, 'pim-managed-group-declared', pairIds(silent), 'nobody declared it');
  const lasting = ownPair(world, 'connect-v2');
  eligible(world, lasting, 'P1D');
  declareActivation(world, lasting);
  label(world, 'pim-managed-group-declared', pairIds(lasting), 'a whole day at once');
}
