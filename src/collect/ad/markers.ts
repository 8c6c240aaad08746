/**
 * Objects with a marker of group writeback. AD compares these attributes without regard to case, so `group_…` is found too.
 * An attribute that the schema lacks makes its part undefined, which leaves the others in force (RFC 4511 4.5.1.7).
 */
export const groupMarker =
  '(|(adminDescription=Group_*)(adminDescription=TakenOver_Group_*)(msDS-ExternalDirectoryObjectId=Group_*))';

/** Objects with the anchor of a written-back user. */
export const userMarker = '(|(adminDescription=User_*)(msDS-ExternalDirectoryObjectId=User_*))';
