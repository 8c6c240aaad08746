/** Why an object that two domains show is only taken from the first. */
export const MOVED = 'an object was moved from one domain to another while they were read';

/** What later readings need to know about the groups read so far. */
export type GroupBook = {
  /** objectGUIDs of every row of ad_group. */
  readonly rows: Set<string>;
  /** Of these, the ones that are groups, not other objects with a marker. */
  readonly groups: Set<string>;
  /** The ones read in full: in a container or marked. */
  readonly full: Set<string>;
  /** objectGUIDs of direct members. */
  readonly members: Set<string>;
  /** child → parents, from memberOf. */
  readonly parents: Map<string, readonly string[]>;
  /** The groups that groups of other domains can contain, by objectGUID, with their DN and that of their domain; empty when no other domain is read. */
  readonly reach: Map<string, { readonly dn: string; readonly domain: string }>;
};

/** A book without groups. */
export function emptyBook(): GroupBook {
  return {
    rows: new Set(),
    groups: new Set(),
    full: new Set(),
    members: new Set(),
    parents: new Map(),
    reach: new Map(),
  };
}
