import { type Answer, answerJson, type Call, parseQuery, refuse, type Surroundings, seededRandom } from './call.ts';

type Step = { readonly id: string; readonly call: Call };
type Steps = { readonly steps: readonly Step[] } | { readonly refusal: Answer };

const MOST_STEPS = 20;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Makes a call from a path with query, relative to the version segment; `undefined` when it is no such thing. */
function innerCall(outer: Call, step: Readonly<Record<string, unknown>>): Call | undefined {
  const { method, url, headers } = step;
  if (typeof method !== 'string' || typeof url !== 'string' || /^[a-z]+:/i.test(url)) return undefined;
  const [path = '', ...rest] = url.split('?');
  const search = rest.join('?');
  const query = parseQuery(search);
  if (query === undefined) return undefined;
  const given = isRecord(headers) ? Object.entries(headers) : [];
  try {
    return {
      method: method.toUpperCase(),
      version: outer.version,
      segments: path
        .split('/')
        .filter(part => part !== '')
        .map(decodeURIComponent),
      path: `/${outer.version}/${path.replace(/^\/+/, '')}`,
      search,
      query,
      headers: new Map(given.map(([name, value]) => [name.toLowerCase(), String(value)])),
      body: '',
      inner: true,
    };
  } catch {
    return undefined;
  }
}

function readSteps(outer: Call, around: Surroundings): Steps {
  const refusal = (message: string): Steps => ({ refusal: refuse(around, 400, 'BadRequest', message) });
  let parsed: unknown;
  try {
    parsed = JSON.parse(outer.body);
  } catch {
    return refusal('Invalid batch payload format.');
  }
  const requests = isRecord(parsed) ? parsed.requests : undefined;
  if (!Array.isArray(requests) || requests.length === 0) return refusal('Invalid batch payload format.');
  if (requests.length > MOST_STEPS)
    return refusal(`Number of batch request steps exceeds the maximum value of ${MOST_STEPS}.`);
  const steps: Step[] = [];
  const seen = new Set<string>();
  for (const request of requests) {
    const id = isRecord(request) ? request.id : undefined;
    if (typeof id !== 'string' || id === '') return refusal('Every batch request needs an id.');
    if (seen.has(id.toLowerCase())) return refusal(`The request id '${id}' is not unique.`);
    seen.add(id.toLowerCase());
    const call = isRecord(request) ? innerCall(outer, request) : undefined;
    if (call === undefined) return refusal(`Batch request '${id}' needs a method and a relative url.`);
    steps.push({ id, call });
  }
  return { steps };
}

function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map(item => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function renderStep(id: string, answer: Answer): string {
  const { 'content-type': type = '', 'retry-after': retryAfter, ...others } = answer.headers;
  const headers = {
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
    'Cache-Control': 'no-cache',
    'Content-Type': type,
    ...others,
  };
  const text = answer.body.toString();
  // OData: text is a string, JSON is JSON. A body that a fault broke travels as null.
  const body = type.startsWith('application/json') ? (text === '' ? 'null' : text) : JSON.stringify(text);
  return `{"id":${JSON.stringify(id)},"status":${answer.status},"headers":${JSON.stringify(headers)},"body":${body}}`;
}

/** Answers a batch: each step on its own through `serve`, in an order of the double's choosing. Limits refuse the whole batch. */
export function answerBatch(outer: Call, serve: (call: Call) => Answer, around: Surroundings): Answer {
  if (outer.method !== 'POST') return refuse(around, 405, 'Request_BadRequest', 'A batch is sent with POST.');
  const read = readSteps(outer, around);
  if ('refusal' in read) return read.refusal;
  const { steps } = read;
  const random = seededRandom(around.seed ^ outer.body.length ^ (steps.length << 8));
  const answered = steps
    .map(({ id, call }) => ({ id, answer: serve(call) }))
    .filter(({ answer }) => answer.missing !== true);
  const responses = shuffle(answered, random).map(({ id, answer }) => renderStep(id, answer));
  return { ...answerJson(`{"responses":[${responses.join(',')}]}`), ru: 0 };
}
