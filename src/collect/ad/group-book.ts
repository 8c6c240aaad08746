import { type GuidSet, type Guids, guidSet } from '../../base/index.ts';

/** Why an object that two domains show is only taken from the first. */
export const MOVED = 'an object was moved from one domain to another while they were read';

/** What later readings need to know about the groups read so far. */
export type GroupBook = {
  /** objectGUIDs of every row of ad_group. */
  readonly rows: GuidSet;
  /** Of these, the ones that are groups, not other objects with a marker. */
  readonly groups: GuidSet;
  /** The ones read in full: in a container or marked. */
  readonly full: GuidSet;
  /** objectGUIDs of direct members. */
  readonly members: GuidSet;
  /** From memberOf. */
  readonly parents: Parents;
  /** The groups that groups of other domains can contain, by objectGUID, with their DN and that of their domain; empty when no other domain is read. */
  readonly reach: Map<string, { readonly dn: string; readonly domain: string }>;
};

/** Which groups contain a group. */
export type Parents = {
  /** Undefined for a group whose parents were not read. */
  readonly get: (child: string) => readonly string[] | undefined;
  readonly set: (child: string, parents: readonly string[]) => void;
  readonly children: Guids;
};

/** A book without groups. */
export function emptyBook(): GroupBook {
  return {
    rows: guidSet(),
    groups: guidSet(),
    full: guidSet(),
    members: guidSet(),
    parents: parentsBook(),
    reach: new Map(),
  };
}

// Most groups are in no other.
function parentsBook(): Parents {
  const children = guidSet();
  const nested = new Map<string, readonly string[]>();
  return {
    children,
    get: child => nested.get(child) ?? (children.has(child) ? [] : undefined),
    set: (child, parents) => {
      children.add(child);
      if (parents.length > 0) nested.set(child, parents);
      else nested.delete(child);
    },
  };
}
