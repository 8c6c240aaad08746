export { createSnapshot, type DraftOptions, type SnapshotDraft } from './draft.ts';
export * from './facets.ts';
export { packIds } from './identifiers.ts';
export * from './manifest.ts';
export * from './recorder.ts';
export * from './tables.ts';
