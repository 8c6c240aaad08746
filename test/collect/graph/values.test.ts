import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { guidToBytes } from '../../../src/base/index.ts';
import { readClaims } from '../../../src/collect/graph/claims.ts';
import { retryAfter } from '../../../src/collect/graph/exchange.ts';
import { scrub } from '../../../src/collect/graph/failure.ts';
import { type CollectContext, collectGraph } from '../../../src/collect/graph/index.ts';
import { fieldsOf, immutableGuid, noDoubts } from '../../../src/collect/graph/item.ts';
import { readPage } from '../../../src/collect/graph/list.ts';
import type { CloudGroup } from '../../lab/tenant.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { NOW, smallTenant, sourceOf, startTenant } from './estate.ts';

test.each([
  ['7', undefined, 7000],
  [' 120 ', undefined, 120_000],
  ['400', undefined, 400_000],
  ['Sat, 22 Aug 2026 09:00:30 GMT', 'Sat, 22 Aug 2026 09:00:00 GMT', 30_000],
  ['Sat, 22 Aug 2026 08:00:00 GMT', 'Sat, 22 Aug 2026 09:00:00 GMT', undefined],
  ['soon', 'Sat, 22 Aug 2026 09:00:00 GMT', undefined],
  ['-5', undefined, undefined],
  ['', undefined, undefined],
  [undefined, undefined, undefined],
])('Retry-After %p at %p is %p ms', (value, date, ms) => {
  expect(retryAfter(value, date)).toBe(ms);
});

test('text from a server is one short line without tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
      const line = scrub(text, 100);
      expect(line.length).toBeLessThanOrEqual(101);
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }),
  );
  expect(scrub('see eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig, client_secret=abc&x=1')).toBe(
    'see [token], client_secret=[secret]&x=1',
  );
});

test('any token can be looked at', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map(json => `h.${Buffer.from(json).toString('base64url')}.s`),
      ),
      token => {
        const claims = readClaims(token);
        expect(claims.permissions === undefined || Array.isArray(claims.permissions)).toBe(true);
      },
    ),
  );
});

test('an immutable id is a GUID in AD byte order when it is the base64 of 16 bytes', () => {
  fc.assert(
    fc.property(fc.uuid(), guid => {
      expect(immutableGuid(guidToBytes(guid).toString('base64'))).toBe(guid);
    }),
  );
  for (const other of ['', 'user@contoso.com', 'AAAA', `${'A'.repeat(22)}==x`, null])
    expect(immutableGuid(other)).toBeNull();
});

test('a page is taken as it is or refused, whatever it holds', () => {
  const url = 'https://graph.microsoft.com/v1.0/groups?$top=999';
  fc.assert(
    fc.property(fc.jsonValue(), json => {
      try {
        const page = readPage(json, url);
        expect(page.items.every(item => typeof item.id === 'string')).toBe(true);
      } catch (thrown) {
        expect(thrown).toMatchObject({ why: 'answer' });
      }
    }),
  );
  const linked = (next: unknown) => () => readPage({ value: [], '@odata.nextLink': next }, url);
  for (const next of [
    url,
    'https://graph.microsoft.com.evil.example/v1.0/groups?$skiptoken=1',
    'https://user@graph.microsoft.com/v1.0/groups?$skiptoken=1',
    'http://graph.microsoft.com/v1.0/groups?$skiptoken=1',
    'https://graph.microsoft.com:444/v1.0/groups?$skiptoken=1',
    'https://graph.microsoft.com/beta/groups?$skiptoken=1',
    '/v1.0/groups?$skiptoken=1',
    '',
    null,
    7,
  ])
    expect(linked(next)).toThrow(/next link/);
  expect(linked('https://graph.microsoft.com/v1.0/groups?$skiptoken=1')().next).toBeDefined();
});

describe('values that are not as documented', () => {
  test('become NULL and a doubt; long text is cut at a whole character', () => {
    const doubts = noDoubts();
    const item = { a: 7, b: 'yes', c: 'yesterday', d: [1], e: `${'x'.repeat(65_535)}😀`, f: 1.5, g: 'text', h: null };
    const fields = fieldsOf(item, doubts, 'the item');
    expect([fields.text('a'), fields.bool('b'), fields.instant('c'), fields.number('f')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(fields.texts('d')).toEqual([]);
    expect(fields.inside('g').text('x')).toBeNull();
    expect(fields.each('g')).toEqual([]);
    expect(fields.text('e')).toBe('x'.repeat(65_535));
    expect(doubts.count).toBe(8);
    expect([fields.text('h'), fields.text('missing'), fields.text('g')]).toEqual([null, null, 'text']);
    expect(doubts.count).toBe(8);
  });

  test('make their facet a gap with the first of them named', async () => {
    const tenant = smallTenant(5, 3);
    const [first, ...rest] = tenant.groups;
    const odd = { ...first, description: 'x'.repeat(70_000), createdDateTime: 'last week' } as CloudGroup;
    const double = await startTenant({ ...tenant, groups: [odd, ...rest] });
    const recorder = memoryRecorder();
    const context: CollectContext = {
      progress: () => {},
      now: () => NOW,
      signal: new AbortController().signal,
      backoffMs: 1,
    };
    try {
      await collectGraph(await sourceOf(double), recorder, context);
    } finally {
      await double.close();
    }
    expect(recorder.covered('cloud.groups')).toMatchObject({
      complete: false,
      reason: expect.stringMatching(/^2 values are not as .*description of a0000002-.* is longer than 64 KiB/),
    });
    // The ids were readable, so the members of the groups are known one by one.
    expect(recorder.covered('cloud.members')?.complete).toBe(false);
    expect(recorder.covered('cloud.members', odd.id)?.complete).toBe(true);
  });
});
