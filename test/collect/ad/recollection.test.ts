import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EqualityFilter, OrFilter } from 'ldapts';
import { extendedDnControl, showDeletedControl } from '../../../src/collect/ad/controls.ts';
import { decodeEntries, type Entry, encodeEntries } from '../../../src/collect/ad/entry.ts';
import { type Ending, recollectionsOf } from '../../../src/collect/ad/recollection.ts';
import type { Search } from '../../../src/collect/ad/search.ts';
import type { Journal } from '../../../src/journal/index.ts';

const replica = {
  dsServiceName: 'CN=NTDS Settings,CN=DC1',
  invocationId: '7e11a11e-0000-4000-8000-000000000001',
  domainDn: null,
};
const search: Search = {
  facet: 'ad.groups',
  base: 'DC=x',
  scope: 'sub',
  filter: '(objectClass=group)',
  attributes: ['cn', 'member'],
};
const ending: Ending = {
  pages: 2,
  retrieved: 3,
  retries: 0,
  begun: '2026-08-22T09:00:00Z',
  ended: '2026-08-22T09:00:01Z',
  referrals: ['ldap://other/'],
};
const page = (...names: string[]): Entry[] =>
  names.map(name => ({ dn: `CN=${name}`, values: new Map([['cn', [Buffer.from(name)]]]) }));

/** A journal in memory; `again` is the next run with what was kept so far. */
function memory(kept = new Map<string, Buffer>()): Journal & { readonly again: () => ReturnType<typeof memory> } {
  const times = new Map<string, number>();
  return {
    resuming: kept.size > 0,
    again: () => memory(kept),
    ask: question => {
      const time = (times.get(question) ?? 0) + 1;
      times.set(question, time);
      return {
        recall: async (part = '') => {
          const content = kept.get(`${time} ${part} ${question}`);
          return content === undefined ? undefined : { at: 0, content };
        },
        keep: async (content, part = '') => void kept.set(`${time} ${part} ${question}`, Buffer.from(content)),
      };
    },
  };
}

async function replayed(journal: Journal, asked: Search, from = replica): Promise<readonly string[] | undefined> {
  const names: string[] = [];
  const found = await recollectionsOf(
    journal,
    from,
  )(asked).replay(async entries => {
    for (const { dn } of entries) names.push(dn);
  });
  return found === undefined ? undefined : names;
}

async function keepSearch(journal: Journal, asked: Search, isEnded = true): Promise<void> {
  const kept = recollectionsOf(journal, replica)(asked);
  await kept.page(0, page('a', 'b'));
  await kept.page(1, page('c'));
  if (isEnded) await kept.end(ending);
}

test('a search that was read to its end comes back whole; one that was cut does not', async () => {
  const journal = memory();
  await keepSearch(journal, search);
  expect(await replayed(journal.again(), search)).toEqual(['CN=a', 'CN=b', 'CN=c']);
  const cut = memory();
  await keepSearch(cut, search, false);
  expect(await replayed(cut.again(), search)).toBeUndefined();
});

const guid = (last: number) => Buffer.alloc(16, last);
const others: readonly [string, Partial<Search>][] = [
  ['base', { base: 'DC=y' }],
  ['scope', { scope: 'one' }],
  ['filter', { filter: '(objectClass=user)' }],
  ['attributes', { attributes: ['cn'] }],
  ['controls', { controls: () => [extendedDnControl()] }],
  ['facet', { facet: 'ad.users' }],
  ['missing base', { absent: 'empty' }],
  ['now', { live: true }],
];

test.each(others)('another %s is another search', async (_, change) => {
  const journal = memory();
  await keepSearch(journal, search);
  expect(await replayed(journal.again(), { ...search, ...change })).toBeUndefined();
});

test('binary values in a filter and controls tell searches apart', async () => {
  const by = (value: Buffer): Search => ({
    ...search,
    filter: new OrFilter({ filters: [new EqualityFilter({ attribute: 'objectGUID', value })] }),
    controls: () => [showDeletedControl()],
  });
  const journal = memory();
  await keepSearch(journal, by(guid(0xa9)));
  expect(await replayed(journal.again(), by(guid(0xa9)))).toHaveLength(3);
  expect(await replayed(journal.again(), by(guid(0xaa)))).toBeUndefined();
  expect(await replayed(journal.again(), { ...by(guid(0xa9)), controls: () => [extendedDnControl()] })).toBeUndefined();
});

test('another domain controller, one that was restored, and one that does not tell: nothing is recalled', async () => {
  const journal = memory();
  await keepSearch(journal, search);
  for (const change of [
    { dsServiceName: 'CN=NTDS Settings,CN=DC2' },
    { invocationId: '7e11a11e-0000-4000-8000-000000000002' },
  ])
    expect(await replayed(journal.again(), search, { ...replica, ...change })).toBeUndefined();
  const unknown = memory();
  const silent = { ...replica, invocationId: null };
  const kept = recollectionsOf(unknown, silent)(search);
  await kept.page(0, page('a'));
  await kept.end({ ...ending, pages: 1 });
  expect(await recollectionsOf(unknown.again(), silent)(search).replay(async () => undefined)).toBeUndefined();
});

test('the second time that a search is asked is an occasion of its own', async () => {
  const journal = memory();
  await keepSearch(journal, search);
  const next = journal.again();
  expect(await replayed(next, search)).toHaveLength(3);
  expect(await replayed(next, search)).toBeUndefined();
});

test('any entries come back as they were; anything cut or altered is refused or other entries, never a crash', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          dn: fc.string({ unit: 'grapheme' }),
          values: fc.dictionary(fc.string(), fc.array(fc.uint8Array({ maxLength: 40 }))),
        }),
      ),
      fc.nat(),
      fc.nat(255),
      (list, at, byte) => {
        const entries = list.map(
          ({ dn, values }): Entry => ({
            dn: dn.toWellFormed(),
            values: new Map(
              Object.entries(values).map(([name, items]) => [name, items.map(item => Buffer.from(item))] as const),
            ),
          }),
        );
        const bytes = encodeEntries(entries);
        expect(decodeEntries(bytes)).toEqual(entries);
        if (bytes.length === 0) return;
        const altered = Buffer.from(bytes);
        altered[at % altered.length] = byte;
        for (const broken of [altered, bytes.subarray(0, at % bytes.length)])
          try {
            decodeEntries(broken);
          } catch (thrown) {
            expect(thrown).toMatchObject({ name: expect.stringMatching('RangeError') });
          }
      },
    ),
  ));
