// The catalogue of what group writeback has to keep, theme by theme, and the page that says what became of each entry.
import { anchorOf, cell, code, page, table } from './markdown.mjs';

/** Every invariant of the catalogue by theme; the place is its number. */
const catalogue = [
  [
    'Existence, identity and anchors',
    `
      anchor-resolvable anchor-format-valid anchor-unique anchor-attributes-agree anchor-writable-only-by-engine
      gpad-msds-anchor-present in-scope-group-exists-in-ad no-duplicate-cloud-name-collision written-name-matches-format
      name-suffix-matches-anchor object-in-declared-container container-only-writeback-objects container-not-well-known
      container-exists one-object-per-target-domain
    `,
  ],
  [
    'Scope and object type',
    `
      group-type-universal-distribution group-type-universal-security cloud-type-to-ad-type-map out-of-scope-type-written-back
      synced-group-not-written-back no-roundtrip-loop loop-guard-present two-engines-one-group v2-disabled v1-flag-matches-policy
      feature-off-but-objects-remain new-group-default-declared writeback-config-explicit writeback-flag-not-relied-on-in-v1
      dynamic-group-declared role-assignable-not-written-back pim-managed-group-declared guest-members-flagged
    `,
  ],
  [
    'Membership',
    `
      member-missing-in-ad member-extra-in-ad groups-only-empty-membership cloud-only-member-ineligible cloud-only-member-leaked
      nested-cloud-group-expressed nested-child-members-present effective-members-equal no-ad-native-group-nested-in
      no-foreign-security-principal no-membership-cycle member-count-limit job-membership-limit ineligible-direct-owner-note
      disabled-member-still-present removal-latency membership-snapshot-complete
    `,
  ],
  [
    'Mail and address book',
    `
      mail-equals-cloud primary-proxy-matches-mail secondary-proxy-expected-missing proxy-unique-forest
      proxy-conflict-cloud-errors mailnickname-valid gal-entry-present gal-lists-exist hidden-flag-agrees
      hidden-membership-not-exposed accepted-domain-known onmicrosoft-route-present sender-restriction-agrees
    `,
  ],
  [
    'Changes in AD and access control',
    `
      member-changed-by-engine-only object-changed-outside-cycle managed-attributes-equal-cloud no-extra-writer-on-group
      container-acl-as-declared owner-of-group-trusted connector-rights-scoped-to-ou adminsdholder-clean gmsa-least-privilege
      connector-account-not-privileged audit-5136-enabled
    `,
  ],
  [
    'Privilege and blast radius',
    `
      not-nested-in-protected-group admincount-not-set isCriticalSystemObject-never-anchored no-sidhistory-privileged
      grants-tier0-rights privileged-synced-member privileged-ad-user-governed-by-cloud-group group-owner-is-weak-or-guest
      apps-with-group-write-known public-m365-group-written-back
    `,
  ],
  [
    'Source of authority and AD object enforcement',
    `
      soa-state-consistent soa-declared soa-converted-group-is-provisioned soa-duplicate-object soa-original-deleted
      soa-scope-universal soa-unsupported-attributes soa-parent-references-cloud-child soa-rollback-still-in-ad
      enforcement-marker-present enforcement-policy-valid enforcement-all-dcs-capable enforcement-not-overclaimed
    `,
  ],
  [
    'Lifecycle',
    `
      soft-deleted-still-in-ad hard-deleted-still-in-ad restored-group-rejoined tombstone-anchor-visible stale-empty-group
      expired-group-policy recycle-bin-enabled
    `,
  ],
  [
    'Prerequisites',
    `
      exchange-schema-present exchange-org-version-min exchange-supported ad-schema-2016 connect-build-min agent-build-min
      agents-redundant licence-present container-connect-scope match-protections-on user-writeback-off device-writeback-consistent
      password-writeback-acl-only
    `,
  ],
  [
    'Health of the pipeline',
    `
      connect-sync-fresh cloudsync-job-active cloudsync-job-not-quarantined cloudsync-last-success-fresh cloudsync-no-escrow
      provisioning-log-errors pending-staged-deletes accidental-delete-protection-on connect-export-backlog
      service-provisioning-errors-none job-mapping-baseline job-scope-baseline job-count-limit soa-audit-trail-exported
    `,
  ],
  [
    'Quality of the evidence',
    `
      snapshots-close-in-time same-dc-for-ad-reads collector-permissions-sufficient api-version-recorded
    `,
  ],
].map(([theme, ids]) => [theme, ids.trim().split(/\s+/)]);

/** What a reader has to know of the state of an entry beside where its facts come from. */
const remarks = {
  'no-duplicate-cloud-name-collision':
    'mappings that are not worked out are unknown; a snapshot does not hold every account, so that names of users and computers are not compared',
  'one-object-per-target-domain': 'unknown where a job with a filter on attributes might take a group that is missing',
  'gpad-msds-anchor-present': 'unknown where a job with a filter on attributes might take a group that Connect wrote',
  'writeback-config-explicit': 'the documentation contradicts itself on what is not set; counted as that of Graph says',
  'agent-build-min': 'the documentation is not of one mind: `agentBuildMin`',
  'exchange-org-version-min': 'the documentation is not of one mind: `exchangeOrgMin`',
  'enforcement-policy-valid': 'the documentation changed its mind: `enforcementPolicy`',
  'password-writeback-acl-only':
    'out of scope until `passwordWriteback` says what is meant to be: nobody can read the switch',
  'audit-5136-enabled': 'the audit entries are judged; the audit policy of the domain controllers does not show in AD',
};

/** Entries that no shipped policy judges, each with a reason. */
const missing = {};

/** docs/reference/catalogue.md; throws when an entry is neither shipped nor excused. */
export function cataloguePage({ compiled }) {
  const shipped = new Map(compiled.map(each => [each.invariant.id, each]));
  let number = 0;
  const themes = catalogue.map(([theme, ids]) => [
    `## ${theme}`,
    table(
      ['', 'invariant', 'severity', 'flavours', 'facts from', 'unknown without the declared facts', 'remark'],
      ids.map(id => row(++number, id, shipped.get(id))),
    ),
  ]);
  const known = new Set(catalogue.flatMap(([, ids]) => ids));
  const judged = [...known].filter(id => shipped.has(id)).length;
  const others = compiled.filter(({ invariant }) => !known.has(invariant.id));
  return page('policies/ and .ci/catalogue.mjs', [
    '# Catalogue',
    `What group writeback has to keep, ${known.size} entries in ${catalogue.length} themes; ${judged} are judged by the [shipped policies](invariants.md).${others.length > 0 ? ` ${others.length} more invariants are shipped beside it.` : ''}`,
    'An entry reads AD, Microsoft Graph or both. What neither can say comes from a file of [declared facts](../declared-facts.md); where that is empty for an entry, nothing has to be declared. A fact that could not be read makes a verdict unknown, never a pass.',
    ...themes.flat(),
  ]);
}

const sources = { ad: 'AD', cloud: 'Graph' };

function row(number, id, each) {
  if (each === undefined) {
    if (missing[id] === undefined) throw new Error(`${id} is in the catalogue, but neither shipped nor excused`);
    return [number, code(id), '', '', '', '', `not judged: ${cell(missing[id])}`];
  }
  const { invariant, facets } = each;
  const from = Object.entries(sources).filter(([prefix]) => facets.some(name => name.startsWith(`${prefix}.`)));
  const declared = facets.filter(name => name.startsWith('import.'));
  return [
    number,
    `[${code(id)}](invariants/${id}.md)`,
    invariant.severity,
    invariant.flavours.join(', '),
    from.map(([, name]) => name).join(', '),
    declared.map(name => `[${code(name.replace('import.', ''))}](facets.md#${anchorOf(name)})`).join(', '),
    cell(remarks[id] ?? ''),
  ];
}
