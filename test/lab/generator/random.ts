/** Choices that follow from a seed alone. */
export type Random = {
  /** A number from 0 up to, not including, 1. */
  readonly next: () => number;
  /** A whole number from 0 up to, not including, `below`. */
  readonly below: (below: number) => number;
  /** A whole number between two, both included. */
  readonly between: (least: number, most: number) => number;
  readonly chance: (share: number) => boolean;
  /** One of the items; throws RangeError when there is none. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** `count` different items, or all of them when there are fewer, in random order. */
  readonly sample: <T>(items: readonly T[], count: number) => T[];
  /** A GUID of version 4, lower case. */
  readonly guid: () => string;
};

/** Starts a generator (mulberry32) at a seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const next = (): number => word() / 2 ** 32;
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(items: readonly T[]): T => {
    const at = below(items.length);
    const item = items[at];
    if (items.length === 0 || item === undefined) throw new RangeError('there is nothing to pick from');
    return item;
  };
  const sample = <T>(items: readonly T[], count: number): T[] => {
    const left = [...items];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) taken.push(...left.splice(below(left.length), 1));
    return taken;
  };
  const guid = (): string => {
    const hex = [word(), word(), word(), word()].map(part => part.toString(16).padStart(8, '0')).join('');
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: share => next() < share,
    pick,
    sample,
    guid,
  };
}
