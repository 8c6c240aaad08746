import { resultsLimit } from '../findings/index.ts';

/** Largest files that verify reads whole, in bytes; seal refuses to write larger ones. The rest of a pack is only read in pieces. */
export const limits = {
  manifest: 4 * 2 ** 20,
  envelope: 8 * 2 ** 20,
  snapshotManifest: 16 * 2 ** 20,
  results: resultsLimit,
} as const;
