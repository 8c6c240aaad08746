export type { OwnedTable } from './amendment.ts';
export { type BookmarkFile, readBookmark } from './bookmarks.ts';
export { DELTA_LINKS, type DeltaLinks, type DeltaSlice, deltaLinksText, readDeltaLinks } from './delta-links.ts';
export {
  type AmendedDraft,
  amendSnapshot,
  type ContinuedDraft,
  continueSnapshot,
  createSnapshot,
  type DraftOptions,
  type SnapshotDraft,
} from './draft.ts';
export { EARLIER, earlierViewsSql, withoutEarlier } from './earlier.ts';
export * from './facet-rights.ts';
export * from './facets.ts';
export { packIds } from './identifiers.ts';
export * from './manifest.ts';
export {
  type EarlierFacts,
  type MemoryFacts,
  type MemorySnapshots,
  memorySnapshot,
  memorySnapshots,
  type TableRows,
} from './memory.ts';
export { createPseudonyms, type Pseudonyms } from './pseudonyms.ts';
export * from './recorder.ts';
export { withoutNames } from './redaction.ts';
export * from './rights.ts';
export type { QueryResult, Session } from './session.ts';
export { type OpenOptions, openSnapshot, type Snapshot } from './snapshot.ts';
export * from './tables.ts';
export { apartOf } from './times.ts';
export type { SqlRow, SqlValue } from './values.ts';
export { openVariants, type Variants } from './variants.ts';
export { type SnapshotFile, snapshotFiles, type Verified, verifySnapshot } from './verification.ts';
export { viewsSql } from './views.ts';
