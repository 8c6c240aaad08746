import { mayHide } from './dacl-store.ts';
import { bytesOf, type Entry, sidOf } from './entry.ts';

/** Attributes and sets that hide `member` when their reading is denied, by schema GUID. */
export type MemberGuids = readonly string[];

/** Why an empty `member` may be one that is not shown: both look alike, and these are the signs by which they can be told apart. Undefined when it is surely empty. */
export function hiding(
  entry: Entry,
  dacl: Parameters<typeof mayHide>[0] | null | undefined,
  memberGuids: MemberGuids,
): string | undefined {
  if (bytesOf(entry, 'member').length > 0) return undefined;
  if (bytesOf(entry, 'groupType').length === 0 || sidOf(entry) === null)
    return 'the group hides attributes that every group has, so whether it is empty is not known';
  if (dacl === undefined)
    return 'no member and no access control list is readable, so whether the group is empty is not known';
  if (dacl !== null && mayHide(dacl, memberGuids))
    return 'no member was returned and the access control list denies somebody their reading, so whether the group is empty is not known';
  return undefined;
}
