import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { evaluate } from '../../src/evaluate/index.ts';
import { newKeyPair, type SealRequest, sealEvidence } from '../../src/evidence/index.ts';
import { settle } from '../../src/findings/index.ts';
import { model } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import { createSnapshot, type FacetName, openSnapshot, ownFacets, type Row } from '../../src/snapshot/index.ts';

const start = '2026-08-22T09:00:00.000Z';
const end = '2026-08-22T09:05:00.000Z';

/** The policies that tallystick ships. */
export const shippedPolicies = fileURLToPath(new URL('../../policies', import.meta.url));

/** The names that somebody who may create groups would choose. */
const names = ['=cmd|calc!A1', '| **bold** <img src=x> `x` |', "Robert'); DROP TABLE ad_group; --", 'Finance'];

/** Runs `work` with a new folder and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'evidence-test-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Two small invariants with violations and unknowns, as a policy file. */
const smallPolicy = `policy: small
title: Small
description: A policy of this test.
invariants:
  - id: group-has-twin
    title: Every security group has a twin
    description: Some have none.
    flavours: [cloud-sync]
    over: groups
    expect: group.writtenBack
    severity: high
    message: "{{group.label}} has no twin"
    remediation: Write it back.
    references: []
    controls: {}
  - id: member-in-ad
    title: Members are members on both sides
    description: Some are not.
    flavours: [cloud-sync]
    over: memberships
    when: inCloud
    expect: inAd
    severity: high
    message: "{{principal.label}} is missing in {{group.label}}"
    remediation: Synchronise.
    references: []
    controls: {}
`;

/** The snapshot that is being written. */
export type Draft = Awaited<ReturnType<typeof createSnapshot>>;

/** Writes a small estate with every kind of verdict and hostile names, and what `more` adds; returns its folder. */
export async function writeEstate(folder: string, more?: (draft: Draft) => Promise<void>): Promise<string> {
  const draft = await createSnapshot({
    directory: folder,
    start,
    version: '0.1.0',
    scope: {
      flavours: ['cloud-sync'],
      containers: [{ dn: 'OU=GroupWriteback,DC=contoso,DC=com', flavour: 'cloud-sync' }],
    },
  });
  await draft.add('scope_flavour', [{ flavour: 'cloud-sync' }]);
  await draft.add(
    'cloud_group',
    names.map((name, index) => cloudGroup(guid(index + 1), name)),
  );
  await draft.add('ad_group', [
    adGroup(guid(0xa1), guid(1)),
    adGroup(guid(0xa2), guid(2)),
    adGroup(guid(0xa9), guid(9)),
  ]);
  await draft.add('cloud_user', [cloudUser(guid(30), '@SUM(A1)'), cloudUser(guid(31), 'Jane')]);
  await draft.add('ad_user', [adUser(guid(0xb0), guid(30)), adUser(guid(0xb1), guid(31))]);
  await draft.add('cloud_member', [
    { group_id: guid(1), member_id: guid(30), kind: 'user' },
    { group_id: guid(1), member_id: guid(31), kind: 'user' },
    { group_id: guid(2), member_id: guid(31), kind: 'user' },
  ]);
  await draft.add('ad_member', [{ group_guid: guid(0xa1), member_guid: guid(0xb0) }]);
  await more?.(draft);
  const unread: readonly FacetName[] = ['cloud.onPremisesSynchronization', 'ad.acl'];
  for (const facet of ownFacets()) if (!unread.includes(facet)) draft.complete(facet);
  draft.gap('cloud.onPremisesSynchronization', 'HTTP 403: applications cannot read it');
  draft.gap('ad.members', 'no right to read member', guid(0xa2));
  draft.source({
    source: 'ad',
    endpoint: 'ldaps://dc1.contoso.com',
    identity: 'audit@contoso.com',
    server: {},
    clockSkewMs: 3,
  });
  draft.query({
    source: 'graph',
    facet: 'cloud.groups',
    request: '=GET /groups',
    pages: 1,
    expected: 5,
    retrieved: 4,
    retries: 0,
    begun: start,
    ended: end,
    durationMs: 7,
    complete: false,
    reason: 'one was deleted while it was read',
    objects: [],
  });
  return (await draft.finish(end)).path;
}

/** Everything that sealEvidence takes, of a real run over that estate; without `policies`, over the small policy. */
export async function auditEstate(
  folder: string,
  policies?: string,
): Promise<SealRequest & { readonly publicKey: string }> {
  const snapshotPath = await writeEstate(join(folder, 'snapshots'));
  const own = join(folder, 'small.yaml');
  await writeFile(own, smallPolicy);
  const loaded = loadPolicies({ paths: [policies ?? own], cwd: folder, params: {}, model, asOf: Date.parse(end) });
  const mistakes = loaded.problems.filter(problem => problem.level === 'error');
  if (mistakes.length > 0) throw new Error(JSON.stringify(mistakes, undefined, 2));
  const snapshot = await openSnapshot(snapshotPath);
  try {
    const evaluation = await evaluate(snapshot, [...loaded.compiled.values()]);
    const { id, manifest } = snapshot;
    const result = settle(evaluation, {
      run: {
        tool: { name: 'tallystick', version: '0.1.0' },
        snapshot: {
          id,
          start: manifest.start,
          end: manifest.end,
          sources: manifest.sources.map(({ source, endpoint, identity }) => ({ source, endpoint, identity })),
        },
        policies: loaded.policies.map(({ name, path, sha256 }) => ({ name, path, sha256 })),
      },
      asOf: end,
      failOn: 'high',
      maxUnknown: 0,
      acceptUnknown: [],
    });
    const { privateKey, publicKey } = newKeyPair();
    return {
      snapshot: snapshotPath,
      result,
      policies: loaded.policies,
      outcomes: evaluation.outcomes,
      key: privateKey,
      output: join(folder, 'pack.zip'),
      publicKey,
    };
  } finally {
    await snapshot.close();
  }
}

/** A sealed pack of the small policy, and all that it was made of. */
export type SealedPack = {
  readonly path: string;
  readonly sha256: string;
  readonly keyId: string;
  readonly request: SealRequest;
  readonly publicKey: string;
  readonly folder: string;
};

/** Runs `work` with a pack of its own, which it may alter. */
export async function withPack<T>(work: (pack: SealedPack) => Promise<T>): Promise<T> {
  return inFolder(async folder => work(await sealEstate(folder)));
}

/** One pack for all tests of a file that only read it, made for the first and removed after the last. */
export function sharedPack(): () => SealedPack {
  let pack: SealedPack | undefined;
  beforeAll(async () => {
    pack = await sealEstate(await mkdtemp(join(tmpdir(), 'evidence-test-')));
  });
  afterAll(async () => {
    if (pack) await rm(pack.folder, { recursive: true, force: true });
  });
  return () => {
    if (pack === undefined) throw new Error('the pack is made when the tests begin');
    return pack;
  };
}

async function sealEstate(folder: string): Promise<SealedPack> {
  const request = await auditEstate(folder);
  return { ...(await sealEvidence(request)), request, publicKey: request.publicKey, folder };
}

/** A GUID of the estate. */
export function guid(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

function cloudGroup(id: string, name: string): Row<'cloud_group'> {
  return {
    id,
    display_name: name,
    description: null,
    group_types: [],
    security_enabled: true,
    mail_enabled: false,
    mail: null,
    mail_nickname: null,
    proxy_addresses: [],
    visibility: null,
    membership_rule: null,
    membership_rule_state: null,
    assignable_to_role: false,
    created: Date.parse('2026-01-01T00:00:00Z'),
    security_identifier: null,
    on_premises_sync_enabled: null,
    on_premises_sid: null,
    on_premises_sam_account_name: null,
    on_premises_domain_name: null,
    on_premises_last_sync: null,
    expiration: null,
    renewed: null,
    extension_attributes: [],
  };
}

/** A written-back group of the estate. */
export function adGroup(id: string, cloud: string): Row<'ad_group'> {
  return {
    guid: id,
    sid: `S-1-5-21-1-2-3-${Number.parseInt(id.slice(-4), 16)}`,
    domain_dn: 'DC=contoso,DC=com',
    dn: `CN=Group_${cloud},OU=GroupWriteback,DC=contoso,DC=com`,
    cn: `Group_${cloud}`,
    sam_account_name: `Group_${cloud}`,
    display_name: null,
    object_class: 'group',
    in_container: true,
    group_type: -2147483640,
    description: null,
    admin_description: null,
    external_id: `Group_${cloud}`,
    mail: null,
    mail_nickname: null,
    proxy_addresses: [],
    show_in_address_book: [],
    hidden_from_address_lists: null,
    admin_count: null,
    critical: null,
    object_soa: null,
    sid_history: [],
    managed_by: null,
    hide_dl_membership: null,
    require_auth_to_send: null,
    extension_attributes: [],
    created: null,
    changed: null,
    usn_changed: null,
  };
}

function cloudUser(id: string, name: string): Row<'cloud_user'> {
  return {
    id,
    display_name: name,
    upn: `${id}@contoso.com`,
    mail: null,
    enabled: true,
    user_type: 'Member',
    on_premises_sync_enabled: true,
    immutable_id: null,
    immutable_guid: null,
    on_premises_sid: `S-1-5-21-1-2-3-9${id.slice(-2)}`,
    on_premises_sam_account_name: null,
    on_premises_domain_name: null,
    on_premises_dn: null,
    on_premises_last_sync: null,
  };
}

function adUser(id: string, cloud: string): Row<'ad_user'> {
  return {
    guid: id,
    sid: `S-1-5-21-1-2-3-9${cloud.slice(-2)}`,
    dn: `CN=${id},DC=contoso,DC=com`,
    cn: id,
    sam_account_name: null,
    display_name: null,
    object_class: 'user',
    upn: null,
    mail: null,
    enabled: true,
    consistency_guid: null,
    admin_description: null,
    external_id: null,
    admin_count: null,
  };
}
