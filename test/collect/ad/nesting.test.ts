import { beforeAll, expect, test } from '@jest/globals';
import type { FakeEntry } from '../../lab/ldap-fake/index.ts';
import { type Bench, bench } from './bench.ts';
import { backbone, DOMAIN, descriptor, group, guid, OU, object } from './forest.ts';

const TOP = `CN=Top,${OU}`;
const INNER = `CN=Inner,CN=Users,${DOMAIN}`;
const DEEP = `CN=Deep,CN=Users,${DOMAIN}`;
const EMPTY = `CN=Empty,CN=Users,${DOMAIN}`;
const SID = 'S-1-5-21-7-8-9-1234';
const FOREIGN = `CN=${SID},CN=ForeignSecurityPrincipals,${DOMAIN}`;
const MACHINE = `CN=PC1,CN=Computers,${DOMAIN}`;

let bed: Bench;
beforeAll(async () => {
  bed = await bench();
});

/** Top contains Inner contains Deep, which contains Inner and Top again. */
const circles = (): FakeEntry[] => [
  ...backbone(),
  group(30, TOP, { adminDescription: [`Group_${guid(1)}`], member: [INNER, FOREIGN], memberOf: [DEEP] }),
  group(31, INNER, { member: [DEEP, EMPTY], memberOf: [TOP, DEEP] }),
  group(32, DEEP, { member: [INNER, TOP, MACHINE, `<GUID=${guid(999)}>;CN=Far,DC=else,DC=test`], memberOf: [INNER] }),
  group(33, EMPTY, {
    memberOf: [INNER],
    nTSecurityDescriptor: [descriptor([{ type: 1, mask: 0x10, sid: 'S-1-1-0' }])],
  }),
  object(40, FOREIGN, ['foreignSecurityPrincipal'], {}, SID),
  object(41, MACHINE, ['person', 'user', 'computer'], {
    userAccountControl: ['4096'],
    objectCategory: ['CN=Computer'],
  }),
];

test('what is nested below a written-back group is read to the bottom, circles or not', async () => {
  const recorder = await bed.collect({ entries: circles });
  const edges = recorder.rows('ad_member').map(row => `${row.group_guid.slice(-2)} ${row.member_guid.slice(-3)}`);
  expect(edges.sort()).toEqual(['1e 01f', '1e 028', '1f 020', '1f 021', '20 01e', '20 01f', '20 029', '20 3e7']);
  const parents = recorder.rows('ad_parent').map(row => `${row.child_guid.slice(-2)} ${row.parent_guid.slice(-2)}`);
  expect(parents.sort()).toEqual(['1e 20', '1f 1e', '1f 20', '20 1f']);
  expect(recorder.rows('ad_user')).toEqual([
    expect.objectContaining({ guid: guid(40), sid: SID, cn: SID, object_class: 'foreignSecurityPrincipal' }),
    expect.objectContaining({ guid: guid(41), object_class: 'computer' }),
  ]);
  expect(recorder.covered('ad.members', guid(31))).toBeUndefined();
  expect(recorder.covered('ad.members', guid(32))?.reason).toMatch(/1 member is outside the domain/);
  expect(recorder.covered('ad.members', guid(33))?.reason).toMatch(/denies/);
  // Somebody of whom only a nested group knows costs no verdict on what is written back.
  expect(recorder.covered('ad.users')?.complete).toBe(true);
  expect(recorder.covered('ad.members')?.complete).toBe(true);
});

test('a refusal on the way down is a gap of the groups it was about', async () => {
  const recorder = await bed.collect({
    entries: circles,
    fault: search =>
      search.attributes.includes('member') &&
      search.attributes.includes('nTSecurityDescriptor') &&
      search.attributes.length < 8
        ? { code: 50, message: 'no' }
        : undefined,
  });
  expect(recorder.covered('ad.members', guid(31))?.reason).toMatch(/no right to read it/);
  expect(recorder.covered('ad.members', guid(30))).toBeUndefined();
  expect(recorder.rows('ad_member').map(row => row.group_guid)).toEqual([guid(30), guid(30)]);
  expect(recorder.coverage.filter(line => line.object === '' && !line.complete)).toEqual([]);
});
