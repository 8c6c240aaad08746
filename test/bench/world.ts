// The made-up estate of the benchmark: every fact is a function of the seed and of an index, so that it can be written as a stream and checked exactly.

/** How large an estate is. Memberships are aims: the Pareto sizes are scaled to meet them within a per mille. */
export type Size = { readonly groups: number; readonly users: number; readonly memberships: number };

/** The two sizes that the targets name; `scale` divides them for quick runs. */
export function sizeOf(name: string, scale: number): Size {
  const [users, memberships] = name === 'a' ? [2_000_000, 10_000_000] : [10_000_000, 50_000_000];
  return { groups: 1_000_000 / scale, users: users / scale, memberships: memberships / scale };
}

/** Spaces of ids that never meet. */
export const spaces = {
  cloudUser: 1,
  adUser: 2,
  otherImmutable: 3,
  cloudGroup: 4,
  adGroup: 5,
  twin: 6,
  missing: 7,
  deleted: 8,
  gone: 9,
  nativeCloud: 10,
  nativeAd: 11,
  loop: 12,
  device: 13,
  service: 14,
  foreign: 15,
  acl: 16,
  fixed: 17,
  staleAd: 18,
} as const;

export type Space = keyof typeof spaces;

/** A bijection of 32-bit numbers (the finaliser of MurmurHash3). */
export function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Ids of the estate: 16 bytes, unique within a space because the first word is a bijection of the index. */
export function idsOf(seed: number) {
  const salts = Object.values(spaces).map(space => mix(Math.imul(space, 0x9e3779b1) + seed));
  const words = new Uint32Array(4);
  const bytes = new Uint8Array(words.buffer);
  const write = (space: Space, index: number, into: Uint32Array, id: number): void => {
    const salt = salts[spaces[space] - 1] ?? 0;
    const first = mix(index ^ salt);
    const second = mix(first + salt + 1);
    into[id * 4] = first;
    into[id * 4 + 1] = second;
    into[id * 4 + 2] = Math.imul(first, 0x85ebca6b) ^ second;
    into[id * 4 + 3] = Math.imul(second, 0xc2b2ae35) ^ salt;
  };
  const text = (space: Space, index: number): string => {
    write(space, index, words, 0);
    return guidText(bytes);
  };
  return { write, text };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function guidText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < 16; at++) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += '-';
    text += HEX[bytes[at] ?? 0] ?? '';
  }
  return text;
}

/** What is wrong, or only unusual, with a group. At most one thing each, so that findings can be told exactly. */
export type Plant = (typeof plants)[keyof typeof plants][number][0] | 'drift' | 'none';

/** How many groups of each engine bear each plant; the same at every scale. */
export const plants = {
  v1: [
    ['duplicate', 100],
    ['conflict', 100],
    ['renamed', 150],
    ['moved', 100],
    ['takenOver', 100],
    ['wrongType', 200],
    ['wrongKind', 50],
    ['noBook', 200],
    ['sharedAddress', 200],
    ['rogueAcl', 150],
    ['loop', 50],
    ['protected', 50],
    ['recent', 300],
    ['lookalike', 100],
    ['nestedMissing', 50],
    ['nestedSynced', 100],
  ],
  v2: [
    ['syncedTwin', 100],
    ['rogueAcl', 50],
    ['wrongType', 50],
  ],
  cs: [
    ['duplicate', 100],
    ['twoTwins', 50],
    ['conflict', 100],
    ['renamed', 150],
    ['moved', 100],
    ['wrongType', 200],
    ['wrongKind', 100],
    ['switched', 200],
    ['rogueAcl', 100],
    ['loop', 50],
    ['protected', 50],
    ['lookalike', 100],
    ['nestedMissing', 50],
    ['nestedSynced', 100],
    ['emptyJob', 300],
  ],
} as const;

export type Engine = keyof typeof plants;

/** Four in ten groups are written by Connect v1, two by Connect v2, four by Cloud Sync. */
export function engineOf(group: number): Engine {
  const place = group % 10;
  return place < 4 ? 'v1' : place < 6 ? 'v2' : 'cs';
}

/** What is planted on a group: the first groups of each engine in turn, and drift on 0.3 % of the others. */
export function plantOf(seed: number, group: number): Plant {
  const engine = engineOf(group);
  const tens = Math.floor(group / 10);
  let place =
    engine === 'v1'
      ? tens * 4 + (group % 10)
      : engine === 'v2'
        ? tens * 2 + (group % 10) - 4
        : tens * 4 + (group % 10) - 6;
  for (const [plant, count] of plants[engine]) {
    if (place < count) return plant;
    place -= count;
  }
  return mix(group ^ seed ^ 0x5eed) % 1000 < 3 ? 'drift' : 'none';
}

/** How a cloud user is tied to an AD account; 'none' has no account. */
export type Tie = 'guid' | 'consistency' | 'sid' | 'guidOnly' | 'anchor' | 'none';

/** Seven in ten users have an account; most of these agree in SID and objectGUID. */
export function tieOf(seed: number, user: number): Tie {
  const hash = mix(user ^ seed ^ 0x7e11);
  if (hash % 100 >= 70) return 'none';
  const kind = Math.floor(hash / 100) % 100;
  return kind < 94 ? 'guid' : kind < 96 ? 'consistency' : kind < 98 ? 'sid' : kind < 99 ? 'guidOnly' : 'anchor';
}

/** Members of each group: Pareto, at least one, at most a tenth of all users. */
export function groupSizes(seed: number, size: Size): Int32Array {
  const raw = new Float64Array(size.groups);
  const most = size.users / 10;
  for (let group = 0; group < size.groups; group++)
    raw[group] = Math.min(most, ((mix(group ^ seed ^ 0x517e) + 1) / 2 ** 32) ** (-1 / 1.25));
  const sizes = new Int32Array(size.groups);
  let factor = size.memberships / raw.reduce((sum, each) => sum + each, 0);
  for (let round = 0; round < 4; round++) {
    let total = 0;
    for (let group = 0; group < size.groups; group++) {
      sizes[group] = Math.min(most, Math.max(1, Math.round((raw[group] ?? 1) * factor)));
      total += sizes[group] ?? 0;
    }
    factor *= size.memberships / total;
  }
  return sizes;
}

/** Members of a group as a walk through all users that never visits one twice: the step shares no factor with their number, which is 2^n · 5^m. */
export function walkOf(seed: number, group: number, users: number): { readonly start: number; readonly step: number } {
  let step = (mix(group ^ seed ^ 0x57e9) % users) | 1;
  if (step % 5 === 0) step += 2;
  return { start: mix(group ^ seed ^ 0x57a7) % users, step };
}
