import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { shippedInvariants } from '../shipped.ts';
import { type Estate, generate, judge, labelText } from './index.ts';

const SMALL = { groups: 150, users: 160, memberships: 1200 } as const;
const SEEDS = 40;
const FEATURES = ['both versions', 'version 1', 'neither'] as const;

function texts(labels: Estate['labels']): string[] {
  return labels.map(labelText).sort();
}

test('what was planted is what an independent judge finds', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const estate = generate({ ...SMALL, seed, drift: 'every invariant', features: FEATURES[seed % 3] ?? 'neither' });
    const labels = texts(estate.labels);
    expect({ seed, labels: new Set(labels).size }).toEqual({ seed, labels: labels.length });
    expect({ seed, found: texts(judge(estate)) }).toEqual({ seed, found: labels });
  }
});

test('nothing is wrong where nothing was planted', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const estate = generate({ ...SMALL, seed, drift: 'none' });
    expect(estate.labels).toEqual([]);
    expect({ seed, found: texts(judge(estate)) }).toEqual({ seed, found: [] });
  }
});

/** The profile by which what is planted is judged. */
function planted(): string[] {
  const text = readFileSync(new URL('../planted.yaml', import.meta.url), 'utf8');
  return [...text.matchAll(/^ {2}- (\S+)$/gm)].map(([, id]) => id ?? '').sort();
}

// Samba makes no managed service account with a SID of our choice and no foreign security principal, shows no metadata of single values, its schema is always that of today, and nothing takes its update sequence numbers back.
const hiddenBySamba: readonly string[] = [
  'ad-schema-2016',
  'gmsa-least-privilege',
  'member-changed-by-engine-only',
  'no-foreign-security-principal',
  'same-dc-for-ad-reads',
  'stale-empty-group',
];

test('every invariant of the profile of what is planted is broken, and only shipped ones are', () => {
  // No tenant has a version of writeback on and off at once.
  const estates = FEATURES.map(features => generate({ seed: 1, drift: 'every invariant', features }));
  const labels = estates.flatMap(estate => estate.labels);
  const broken = [...new Set(labels.map(label => label.invariant))].sort();
  expect(broken).toEqual([...planted(), ...hiddenBySamba].sort());
  expect(shippedInvariants()).toEqual(expect.arrayContaining(broken));
  expect(labels.filter(label => label.invariant.startsWith('member-')).length).toBeGreaterThanOrEqual(20);
});

test('the same seed makes the same estate, another seed another one', () => {
  const made = (seed: number) => JSON.stringify(generate({ ...SMALL, seed, drift: 'every invariant' }));
  expect(made(7)).toBe(made(7));
  expect(made(7)).not.toBe(made(8));
});

test('ids, names and members are sound', () => {
  const { directory, tenant } = generate({ seed: 3, drift: 'every invariant' });
  const distinct = (values: readonly string[]) => expect(new Set(values).size).toBe(values.length);
  distinct(directory.entries.map(entry => entry.guid));
  distinct(directory.entries.map(entry => entry.dn.toLowerCase()));
  distinct(directory.entries.flatMap(entry => entry.sid ?? []));
  distinct(directory.entries.flatMap(entry => entry.attributes.sAMAccountName ?? []).map(name => name.toLowerCase()));
  distinct([...tenant.users, ...tenant.groups].map(({ id }) => id));
  const guids = new Set(directory.entries.map(entry => entry.guid));
  for (const entry of directory.entries) expect(entry.members.filter(member => !guids.has(member))).toEqual([]);
  for (const group of tenant.groups) distinct(group.members.map(({ id }) => id));
});
