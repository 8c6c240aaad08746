import { domainObject } from '../estate.ts';
import { softDelete } from '../specials.ts';
import { DAY, HOUR, iso, label, newEntry, places, sure, type World } from '../world.ts';
import { cloudOf, isTeam, type Pool, pairIds, twinOf } from './pool.ts';

/** Breaks the invariants of policies/lifecycle.yaml, mail.yaml, health.yaml and prerequisites.yaml. */
export function breakRunning(world: World, pool: Pool): void {
  outlive(world, pool);
  shareAddresses(world, pool);
  for (const engine of ['connect-v1', 'connect-v2'] as const) {
    const group = pool.take(engine, isTeam);
    delete twinOf(group).attributes.showInAddressBook;
    label(world, 'gal-entry-present', pairIds(group), 'in no address list');
  }
  quarantine(world);
  world.exchange.schema = 15_137;
  label(world, 'exchange-schema-present', {}, 'Exchange 2010', domainObject);
  world.exchange.organization = 13_214;
  label(world, 'exchange-org-version-min', {}, 'Exchange 2010', domainObject);
}

function outlive(world: World, pool: Pool): void {
  for (const engine of ['connect-v1', 'cloud-sync'] as const) {
    const group = pool.take(engine, ({ twins }) => twins.some(({ members }) => members.size > 0));
    label(world, 'soft-deleted-still-in-ad', pairIds(group), 'deleted in the cloud, members remain');
    softDelete(world, group, world.now - world.random.between(2, 25) * DAY - HOUR);
  }
  for (const engine of ['connect-v2', 'cloud-sync'] as const) {
    const group = pool.take(engine);
    group.cloud = undefined;
    label(world, 'hard-deleted-still-in-ad', pairIds(group), 'purged in the cloud');
  }
}

function shareAddresses(world: World, pool: Pool): void {
  const first = pool.take('connect-v1', isTeam);
  const address = cloudOf(first).mail ?? '';
  const contact = newEntry(world, 'contact', `Second holder ${world.nextNumber()}`, places(world.base).people);
  contact.attributes.proxyAddresses = [`smtp:${address.toUpperCase()}`];
  world.entries.push(contact);
  label(world, 'proxy-unique-forest', { address, ...pairIds(first) }, 'held by a contact too');
  const other = pool.take('connect-v1', isTeam);
  const third = pool.take('connect-v2', isTeam);
  const shared = cloudOf(other).mail ?? '';
  const proxies = sure(twinOf(third).attributes.proxyAddresses, 'addresses');
  twinOf(third).attributes.proxyAddresses = [...proxies, `smtp:${shared}`];
  label(world, 'proxy-unique-forest', { address: shared, ...pairIds(other) }, 'held by another written-back group too');
}

function quarantine(world: World): void {
  const at = world.random.below(2);
  const found = sure(world.jobs[at], 'a job');
  const began = iso(world.now - 2 * DAY);
  world.jobs[at] = {
    ...found,
    job: {
      ...found.job,
      status: {
        ...found.job.status,
        code: 'Quarantine',
        quarantine: {
          currentBegan: began,
          nextAttempt: iso(world.now + HOUR),
          reason: 'TooManyDeletes',
          seriesBegan: began,
          seriesCount: 3,
          error: {
            code: 'TooManyDeletes',
            message: 'The number of deletions exceeds the threshold.',
            tenantActionable: true,
          },
        },
      },
    },
  };
  label(world, 'cloudsync-job-not-quarantined', { job: found.job.id }, 'too many deletions');
}
