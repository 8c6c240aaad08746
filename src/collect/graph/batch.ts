import type { ChainReader } from './chain.ts';
import { billedBy, errorOf, retryAfter } from './exchange.ts';
import { badAnswer, GraphFailure } from './failure.ts';
import type { Governor } from './governor.ts';
import { type Item, isItem } from './item.ts';
import { LOW_PRIORITY } from './port.ts';

/** One answer of a batch. */
export type Inner = { readonly status: number; readonly headers: Item; readonly body: unknown };

/** Posts one batch of requests for these urls; answers come by the place of their url. A failure of the whole batch is a failure of each of its parts, except a stop, which is rethrown. */
export async function postBatch(
  { port, root, tally, cost }: ChainReader,
  urls: readonly string[],
): Promise<{ answers: ReadonlyMap<number, Inner>; failure?: GraphFailure }> {
  const requests = urls.map((url, index) => ({
    id: String(index),
    method: 'GET',
    url: url.slice(root.length),
    headers: LOW_PRIORITY,
  }));
  const check = (json: unknown) => {
    if (!isItem(json) || !Array.isArray(json.responses)) throw badAnswer('a batch without responses');
  };
  try {
    const json = await port.post(`${root}/$batch`, { requests }, { tally, check, paid: urls.length * cost });
    tally.pages++;
    return { answers: sortAnswers(isItem(json) ? json.responses : []) };
  } catch (thrown) {
    if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
    return { answers: new Map(), failure: thrown };
  }
}

/** Answers by the id of their request. An id that comes twice is dropped altogether: nobody can tell which is right. */
function sortAnswers(responses: unknown): Map<number, Inner> {
  const answers = new Map<number, Inner>();
  const twice = new Set<number>();
  for (const response of Array.isArray(responses) ? responses : []) {
    if (!isItem(response) || typeof response.id !== 'string' || !/^\d{1,2}$/.test(response.id)) continue;
    const index = Number(response.id);
    if (answers.has(index)) twice.add(index);
    const { status, headers, body } = response;
    answers.set(index, {
      status: typeof status === 'number' ? status : 0,
      headers: isItem(headers) ? headers : {},
      body,
    });
  }
  for (const index of twice) answers.delete(index);
  return answers;
}

/** The body of an answer; throws a GraphFailure when it is none. */
export function bodyOf(answer: Inner | undefined): unknown {
  if (answer === undefined) throw badAnswer('no answer for its part of a batch');
  if (answer.status === 200) return answer.body;
  const { status, headers, body } = answer;
  if (status < 400 || status > 599) throw badAnswer(`status ${status} for a part of a batch`);
  const error = errorOf(body);
  const words = error === undefined ? '' : ` ${error.code}${error.message === '' ? '' : `: ${error.message}`}`;
  const wait = headerOf(headers)('retry-after');
  throw new GraphFailure('status', `status ${status}${words}`, {
    status,
    code: error?.code,
    retryAfterMs:
      typeof wait === 'string' || typeof wait === 'number' ? retryAfter(String(wait), undefined) : undefined,
  });
}

function headerOf(headers: Item): (name: string) => unknown {
  return name => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** What the parts of a batch cost in all, as far as they say so; a part that does not is taken to cost what was expected. */
export function billOf(answers: ReadonlyMap<number, Inner>, governor: Governor, cost: number): number {
  let sum = 0;
  let highest = 0;
  for (const { headers } of answers.values()) {
    const { units, share } = billedBy(headerOf(headers));
    sum += units ?? cost;
    highest = Math.max(highest, share ?? 0);
  }
  governor.heed(highest);
  return sum;
}
