import type { Answer } from './call.ts';
import {
  elsewhere,
  type FaultKindEntry,
  hasNext,
  isDelta,
  isPage,
  items,
  kind,
  link,
  readPage,
  rewrite,
  type Subject,
  withoutNext,
} from './fault-effect.ts';

function isCounted(subject: Subject): boolean {
  if (subject.answer.status !== 200) return false;
  return subject.call.segments.at(-1) === '$count' || readPage(subject.answer)?.['@odata.count'] !== undefined;
}

function miscount(subject: Subject): Answer {
  if (subject.call.segments.at(-1) === '$count')
    return { ...subject.answer, body: String(Number(subject.answer.body) + 1) };
  return rewrite(page => ({ ...page, '@odata.count': Number(page['@odata.count']) + 1 }))(subject);
}

/** Kinds that leave the answer well-formed and make it say something else. */
export const pageFaults = {
  'no-value': kind(
    'a page without value',
    rewrite(({ value: _, ...page }) => page),
    isPage,
  ),
  'null-value': kind(
    'a page whose value is null',
    rewrite(page => ({ ...page, value: null })),
    isPage,
  ),
  'empty-object': kind(
    '{} instead of a page',
    rewrite(() => ({})),
    isPage,
  ),
  'missing-nextlink': kind('the list ends too early', rewrite(withoutNext), hasNext),
  'self-nextlink': kind(
    'the next link leads to the same page',
    link(({ call, around }) => `${around.endpoint}${call.path}?${call.search}`),
    isPage,
  ),
  'foreign-nextlink': kind(
    'the next link leads to another host',
    link((_, next) => elsewhere(next)),
    isPage,
  ),
  'http-nextlink': kind(
    'the next link drops TLS',
    link((_, next) => next.replace('https:', 'http:')),
    isPage,
  ),
  'other-version-nextlink': kind(
    'the next link leads to another version',
    link(({ call }, next) => next.replace(`/${call.version}/`, call.version === 'beta' ? '/v1.0/' : '/beta/')),
    isPage,
  ),
  'null-nextlink': kind(
    'the next link is null',
    rewrite(page => ({ ...page, '@odata.nextLink': null })),
    hasNext,
  ),
  'empty-middle-page': kind(
    'an empty page whose next link leads to the real one: legal',
    rewrite(({ '@odata.deltaLink': _, ...page }, { call, around }) => ({
      ...page,
      '@odata.nextLink': `${around.endpoint}${call.path}?${call.search}${call.search === '' ? '' : '&'}empty=1`,
      value: [],
    })),
    subject => isPage(subject) && !subject.call.query.has('empty'),
  ),
  'duplicate-item': kind(
    'the last item twice',
    items(value => [...value, ...value.slice(-1)]),
    isPage,
  ),
  'lost-item': kind(
    'one item less',
    items(value => value.slice(0, -1)),
    isPage,
  ),
  'item-without-id': kind(
    'an item that has no id',
    items(value => value.map((item, index) => (index === 0 ? { displayName: 'nobody' } : item))),
    isPage,
  ),
  'delta-no-link': kind(
    'a delta page with neither link',
    rewrite(({ '@odata.nextLink': _, '@odata.deltaLink': __, ...page }) => page),
    subject => isDelta(subject) && isPage(subject),
  ),
  'wrong-count': kind('a count that is one too high', miscount, isCounted),
} as const satisfies Readonly<Record<string, FaultKindEntry>>;
