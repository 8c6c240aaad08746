import { type Answer, answerJson, type Call, refuse, type Surroundings } from './call.ts';
import { fingerprint, seal, unseal } from './seal.ts';

/** A list to be cut into pages. `render` gives the JSON of one item. */
export type List<T> = {
  readonly items: readonly T[];
  readonly context: string;
  readonly render: (item: T) => string;
  /** Whether `$count=true` is honoured (with the consistency header). */
  readonly countable: boolean;
};

const USUAL_PAGE = 100;
const LARGEST_PAGE = 999;

/** Whether the request asked for the eventually consistent index. */
export function isEventual(call: Call): boolean {
  return call.headers.get('consistencylevel')?.toLowerCase() === 'eventual';
}

/** Answers one page of a list: `$top`, `$skiptoken`, `@odata.count` on the first page, and an absolute next link. */
export function answerPage<T>(call: Call, list: List<T>, around: Surroundings): Answer {
  const top = call.query.get('$top');
  if (top !== undefined && !(/^\d+$/.test(top) && Number(top) >= 1 && Number(top) <= LARGEST_PAGE))
    return refuse(
      around,
      400,
      'Request_BadRequest',
      `Invalid page size specified: '${top.slice(0, 20)}'. Must be between 1 and ${LARGEST_PAGE} inclusive.`,
    );
  const query = [...call.query].filter(([key]) => key !== '$skiptoken');
  // Bound to the query, whatever the order of its parameters: a client may not alter a next link.
  const bound = fingerprint(JSON.stringify([call.path, [...query].sort()]));
  let offset = 0;
  const token = call.query.get('$skiptoken');
  if (token !== undefined) {
    const [mark, place] = (unseal(around.seed, token) ?? '').split(' ');
    if (mark !== bound || place === undefined) return refuseToken(around);
    offset = Number(place);
  }
  const size = Math.min(Number(top ?? USUAL_PAGE), around.pageCap);
  const next = offset + size;
  const head = [`"@odata.context":${JSON.stringify(`${around.endpoint}/${call.version}/$metadata#${list.context}`)}`];
  if (list.countable && token === undefined && call.query.get('$count') === 'true' && isEventual(call))
    head.push(`"@odata.count":${list.items.length}`);
  if (next < list.items.length) {
    const kept = query.map(([key, value]) => `${key}=${encodeURIComponent(value)}&`).join('');
    const link = `${around.endpoint}${call.path}?${kept}$skiptoken=${encodeURIComponent(seal(around.seed, `${bound} ${next}`))}`;
    head.push(`"@odata.nextLink":${JSON.stringify(link)}`);
  }
  const value = list.items.slice(offset, next).map(list.render).join(',');
  return answerJson(`{${head.join(',')},"value":[${value}]}`);
}

/** The refusal of a page token that expired, was altered, or belongs to another query. */
export function refuseToken(around: Surroundings): Answer {
  return refuse(
    around,
    400,
    'Directory_ExpiredPageToken',
    'The specified page token value has expired and can no longer be included in your request.',
  );
}
