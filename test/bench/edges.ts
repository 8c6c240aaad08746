import { memberKinds, type SnapshotDraft } from '../../src/snapshot/index.ts';
import { nestedChild, type World } from './rows.ts';
import { engineOf, groupSizes, mix, type Plant, plantOf, type Size, type Space, tieOf, walkOf } from './world.ts';

/** A finding that must be found. */
export type Expect = (invariant: string, key: string) => void;

/** An AD account that bears the name of a cloud-only user. */
export type Lookalike = { readonly account: number; readonly user: number };

const BATCH = 64 * 1024;
const kindCode = {
  user: memberKinds.indexOf('user'),
  group: memberKinds.indexOf('group'),
  device: memberKinds.indexOf('device'),
};

/** Writes the memberships of both sides with the drift between them. */
export async function writeEdges(world: World, size: Size, draft: SnapshotDraft, expect: Expect) {
  const { seed, ids } = world;
  const cloud = edgeBuffer(world, (groups, members, kinds) => draft.edges('cloud_member', groups, members, kinds));
  const ad = edgeBuffer(world, (groups, members) => draft.edges('ad_member', groups, members));
  const sizes = groupSizes(seed, size);
  const lookalikes: Lookalike[] = [];
  const resolved = new Uint8Array(size.users);
  for (let user = 0; user < size.users; user++) resolved[user] = tieOf(seed, user) === 'none' ? 0 : 1;

  const nestedCount = { missing: 0, synced: 0 };
  for (let group = 0; group < size.groups; group++) {
    const plant = plantOf(seed, group);
    const cloudId = ids.text('cloudGroup', group);
    const members = plant === 'emptyJob' ? Math.min(20, sizes[group] ?? 1) : (sizes[group] ?? 1);
    const { start, step } = walkOf(seed, group, size.users);
    let missing = plant === 'drift' ? 1 + (mix(group) % 3) : 0;
    let user = start;
    for (let member = 0; member < members; member++) {
      cloud.push('cloudGroup', group, 'cloudUser', user, kindCode.user);
      if (resolved[user] === 1) {
        if (missing > 0 || plant === 'emptyJob') {
          missing--;
          // Only pairs that are not in doubt are judged; neither plant makes a pair doubtful.
          expect('member-missing-in-ad', `${cloudId}/${ids.text('cloudUser', user)}`);
        } else if (plant !== 'recent') ad.push('adGroup', group, 'adUser', user, 0);
      }
      user = (user + step) % size.users;
    }
    // The walk goes on outside the group: whom it meets now is no member in the cloud.
    for (let extra = plant === 'drift' ? 1 + (mix(group + 1) % 2) : 0; extra > 0; user = (user + step) % size.users) {
      if (resolved[user] !== 1) continue;
      extra--;
      ad.push('adGroup', group, 'adUser', user, 0);
      expect('member-extra-in-ad', `${cloudId}/ad:${ids.text('adUser', user)}`);
    }
    if (plant === 'lookalike') {
      while (resolved[user] === 1) user = (user + step) % size.users;
      const account = lookalikes.length;
      lookalikes.push({ account, user });
      cloud.push('cloudGroup', group, 'cloudUser', user, kindCode.user);
      ad.push('adGroup', group, 'service', account, 0);
      const key = `${cloudId}/ad:${ids.text('service', account)}`;
      expect('member-extra-in-ad', key);
      expect('cloud-only-member-leaked', key);
    }
    if (group % 50 === 7) cloud.push('cloudGroup', group, 'device', group, kindCode.device);
    nest(group, plant, cloudId);
    if (cloud.full()) await cloud.flush();
    if (ad.full()) await ad.flush();
  }
  for (let index = 0; index < ORPHANS.deleted; index++)
    if (index < 300 || index >= 400) ad.push('staleAd', index, 'service', 1000 + index, 0);
  for (let index = 0; index < ORPHANS.gone; index++) ad.push('staleAd', 1_000_000 + index, 'service', 1000 + index, 0);
  for (let index = 0; index < MISSING; index++) cloud.push('missing', index, 'cloudUser', index, kindCode.user);
  await cloud.flush();
  await ad.flush();
  return { lookalikes, cloud: cloud.written(), ad: ad.written() };

  function nest(group: number, plant: Plant, cloudId: string): void {
    if (plant === 'nestedMissing') {
      const child = nestedCount.missing++ % MISSING;
      cloud.push('cloudGroup', group, 'missing', child, kindCode.group);
      expect('nested-cloud-group-expressed', `${cloudId}/${ids.text('missing', child)}`);
    } else if (plant === 'nestedSynced') {
      const child = nestedCount.synced++;
      cloud.push('cloudGroup', group, 'nativeCloud', child, kindCode.group);
      // Connect writes the reference to a group that AD owns; Cloud Sync drops it.
      if (engineOf(group) === 'v1') ad.push('adGroup', group, 'nativeAd', child, 0);
      else expect('nested-cloud-group-expressed', `${cloudId}/${ids.text('nativeCloud', child)}`);
    } else {
      const child = plant === 'none' ? nestedChild(world, group) : undefined;
      if (child === undefined) return;
      cloud.push('cloudGroup', group, 'cloudGroup', child, kindCode.group);
      ad.push('adGroup', group, 'adGroup', child, 0);
    }
  }
}

/** AD objects without an active cloud group. */
export const ORPHANS = { deleted: 500, gone: 300 } as const;

/** Cloud groups in scope without an AD object. */
export const MISSING = 300;

type Send = (groups: Uint8Array, members: Uint8Array, kinds: Uint8Array) => Promise<void>;

function edgeBuffer({ ids }: World, send: Send) {
  let groups = new Uint32Array(BATCH * 8);
  let members = new Uint32Array(BATCH * 8);
  let kinds = new Uint8Array(BATCH * 2);
  let count = 0;
  let written = 0;
  return {
    push: (groupSpace: Space, group: number, memberSpace: Space, member: number, kind: number): void => {
      if (count === kinds.length) {
        groups = grown(groups, new Uint32Array(groups.length * 2));
        members = grown(members, new Uint32Array(members.length * 2));
        kinds = grown(kinds, new Uint8Array(kinds.length * 2));
      }
      ids.write(groupSpace, group, groups, count);
      ids.write(memberSpace, member, members, count);
      kinds[count++] = kind;
    },
    full: () => count >= BATCH,
    flush: async () => {
      await send(
        new Uint8Array(groups.buffer, 0, count * 16),
        new Uint8Array(members.buffer, 0, count * 16),
        kinds.subarray(0, count),
      );
      written += count;
      count = 0;
    },
    written: () => written,
  };
}

function grown<T extends Uint8Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
