import { guids } from '../acl.ts';
import { newJob } from '../cloud.ts';
import type { Engine } from '../estate.ts';
import { nativeGroup } from '../specials.ts';
import { type Entry, label, sure, type World } from '../world.ts';
import { type Pool, pairIds, twinOf } from './pool.ts';

/** Breaks what policies/identity.yaml says of markers, of who may write them, and of where Cloud Sync writes. */
export function breakMarkers(world: World, pool: Pool, tenantId: string): void {
  leaveMarkers(world);
  tearMarkers(world);
  openMarkers(world, pool);
  const bare = pool.take('cloud-sync');
  delete twinOf(bare).attributes['msDS-ExternalDirectoryObjectId'];
  label(world, 'gpad-msds-anchor-present', pairIds(bare), 'the marker of Cloud Sync was cleared');
  const container = `CN=Users,${world.base}`;
  world.jobs.push(newJob(world, tenantId, { template: 'AAD2ADGroupProvisioning', name: 'Default target', container }));
  label(world, 'container-not-well-known', {}, 'the default mapping', container.toLowerCase());
}

/** Markers on objects elsewhere that name nobody. */
function leaveMarkers(world: World): void {
  const [gone, older] = [world.random.guid(), world.random.guid()];
  const left = marked(world, `Group_${gone}`);
  const ids = { cloudGroup: gone, adGroup: left.guid };
  label(world, 'anchor-resolvable', ids, 'its group exists no more');
  label(world, 'object-in-declared-container', ids, 'a marker outside the containers');
  const taken = marked(world, `TakenOver_Group_${older}`);
  label(world, 'anchor-resolvable', { cloudGroup: older, adGroup: taken.guid }, 'its group exists no more');
}

function tearMarkers(world: World): void {
  for (const text of ['Group_NoSync', `group_${world.random.guid().slice(1)}`]) {
    const { guid } = marked(world, text);
    label(world, 'anchor-format-valid', { adGroup: guid }, `adminDescription is ${text}`);
  }
}

function marked(world: World, text: string): Entry {
  const entry = nativeGroup(world, `Marked ${world.nextNumber()}`);
  entry.attributes.adminDescription = [text];
  return entry;
}

/** Rights on markers that give none on the members. */
function openMarkers(world: World, pool: Pool): void {
  const { helpdesk, service } = world.identities;
  const grants: readonly (readonly [Engine, Entry, string])[] = [
    ['cloud-sync', helpdesk, guids.personalInformation],
    ['connect-v1', service, guids.adminDescription],
    ['cloud-sync', helpdesk, guids.externalId],
  ];
  for (const [engine, entry, objectType] of grants) {
    const trustee = sure(entry.sid, 'a SID');
    const group = pool.take(engine);
    sure(twinOf(group).acl, 'an access list').aces.push({
      ...{ allow: true, trustee, rights: ['WP'], objectType, reach: 'self' as const },
    });
    label(world, 'anchor-writable-only-by-engine', { trustee, ...pairIds(group) }, `granted WP on ${objectType}`);
  }
}
