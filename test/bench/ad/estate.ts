import { guidToBytes, sidToBytes } from '../../../src/base/index.ts';
import type { FakeEntry } from '../../lab/ldap-fake/index.ts';

/** How big a directory is to be. Every group has `members` members, which are users, by arithmetic. */
export type Size = { readonly groups: number; readonly users: number; readonly members: number };

const PEOPLE = 'OU=People';
/** Where the groups are. */
export const WRITEBACK = 'OU=Writeback';

// Far above what a server hands out by itself.
const FIRST_USER_RID = 100_000;
const FIRST_GROUP_RID = 10_000_000;

const idOf = (kind: number, n: number) =>
  `be${kind.toString(16).padStart(2, '0')}0000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/** The numbers of the users in a group, all different as long as there are more than 7,919 × 20 / 7,919 of them. */
function membersOf(group: number, { users, members }: Size): readonly number[] {
  const step = Math.max(1, Math.floor(users / Math.max(1, members)));
  return Array.from({ length: Math.min(members, users) }, (_, at) => (group * 7919 + at * step) % users);
}

type Facts = Readonly<Record<string, string | readonly string[]>>;

function userFacts(n: number): Facts {
  return {
    objectClass: 'user',
    sAMAccountName: `user${n}`,
    userPrincipalName: `user${n}@lab.test`,
    displayName: `User number ${n}`,
    mail: `user${n}@lab.test`,
    userAccountControl: '514',
  };
}

function groupFacts(n: number, base: string, size: Size): Facts {
  return {
    objectClass: 'group',
    sAMAccountName: `group${n}`,
    groupType: '-2147483640',
    displayName: `Group number ${n}`,
    description: `Written back from the cloud, number ${n}`,
    adminDescription: `Group_${idOf(2, n)}`,
    mail: `group${n}@lab.test`,
    member: membersOf(n, size).map(user => `CN=user${user},${PEOPLE},${base}`),
  };
}

/** The directory as LDIF texts in the order of their references, for a domain that stands. */
export function* ldifTexts(size: Size, base: string, domainSid: string): Generator<string> {
  yield [PEOPLE, WRITEBACK].map(ou => `dn: ${ou},${base}\nobjectClass: organizationalUnit\n`).join('\n');
  const record = (dn: string, id: string, rid: number, facts: Facts) =>
    `dn: ${dn}\nobjectGUID: ${id}\nobjectSid: ${domainSid}-${rid}\n${Object.entries(facts)
      .flatMap(([name, values]) => [values].flat().map(value => `${name}: ${value}\n`))
      .join('')}`;
  const users = Array.from({ length: size.users }, (_, n) =>
    record(`CN=user${n},${PEOPLE},${base}`, idOf(1, n), FIRST_USER_RID + n, userFacts(n)),
  );
  yield users.join('\n');
  const groups = Array.from({ length: size.groups }, (_, n) =>
    record(`CN=group${n},${WRITEBACK},${base}`, idOf(2, n), FIRST_GROUP_RID + n, groupFacts(n, base, size)),
  );
  yield groups.join('\n');
}

/** The same directory for the fake server, behind what every directory has. */
export function fakeEntries(size: Size, base: string, domainSid: string, descriptor: Buffer): readonly FakeEntry[] {
  const entry = (dn: string, id: string, sid: string, facts: Facts): FakeEntry => ({
    dn,
    attributes: {
      ...Object.fromEntries(Object.entries(facts).map(([name, values]) => [name, [values].flat()])),
      objectClass: ['top', ...[facts.objectClass ?? []].flat()],
      ...{ objectGUID: [guidToBytes(id)], fakeGuid: [id], objectSid: [sidToBytes(sid)], fakeSid: [sid] },
      ...{ cn: [dn.slice(3, dn.indexOf(','))], nTSecurityDescriptor: [descriptor] },
      ...{ objectCategory: ['CN=Person,CN=Schema'], whenChanged: ['20260822090000.0Z'], uSNChanged: ['4711'] },
    },
  });
  const users = Array.from({ length: size.users }, (_, n) =>
    entry(`CN=user${n},${PEOPLE},${base}`, idOf(1, n), `${domainSid}-${FIRST_USER_RID + n}`, userFacts(n)),
  );
  const groups = Array.from({ length: size.groups }, (_, n) =>
    entry(
      `CN=group${n},${WRITEBACK},${base}`,
      idOf(2, n),
      `${domainSid}-${FIRST_GROUP_RID + n}`,
      groupFacts(n, base, size),
    ),
  );
  return [...users, ...groups];
}
