import type { CompiledInvariant } from '../../src/policy/index.ts';

// What the other contenders judge too and the estates have violations of. Invariants that are shipped besides are left out, so that a growing catalogue
// neither breaks the comparison nor makes it unequal.
const compared: readonly string[] = [
  'adminsdholder-clean',
  'anchor-attributes-agree',
  'anchor-unique',
  'cloud-only-member-leaked',
  'cloudsync-job-not-quarantined',
  'container-acl-as-declared',
  'container-exists',
  'exchange-org-version-min',
  'exchange-schema-present',
  'gal-entry-present',
  'group-type-universal-distribution',
  'group-type-universal-security',
  'groups-only-empty-membership',
  'hard-deleted-still-in-ad',
  'in-scope-group-exists-in-ad',
  'member-extra-in-ad',
  'member-missing-in-ad',
  'nested-cloud-group-expressed',
  'no-extra-writer-on-group',
  'no-roundtrip-loop',
  'not-nested-in-protected-group',
  'object-in-declared-container',
  'out-of-scope-type-written-back',
  'proxy-unique-forest',
  'soft-deleted-still-in-ad',
  'synced-group-not-written-back',
  'two-engines-one-group',
  'v2-disabled',
  'written-name-matches-format',
];

/** The invariants that all contenders judge, of those that were loaded. Throws when one is not shipped any more. */
export function comparedOf(loaded: ReadonlyMap<string, CompiledInvariant>): readonly CompiledInvariant[] {
  return compared.map(id => {
    const found = loaded.get(id);
    if (found === undefined) throw new Error(`the benchmark compares ${id}, which no shipped policy has`);
    return found;
  });
}
