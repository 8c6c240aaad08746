import { errorOf, retryAfter } from './exchange.ts';
import { badAnswer, GraphFailure, isExpiredPage, isThrottle, isTransient } from './failure.ts';
import { type Item, isItem, objectId } from './item.ts';
import { noCountWhenRefused, readPage } from './list.ts';
import type { Pace } from './pace.ts';
import type { GraphPort, Tally } from './port.ts';

/** What a member is, from its @odata.type. */
export type MemberKind = 'user' | 'group' | 'device' | 'orgContact' | 'servicePrincipal' | 'other';

/** The direct members of one group: id to kind. */
export type Members = ReadonlyMap<string, MemberKind>;

/** A group whose members are to be read. */
export type GroupToRead = {
  readonly id: string;
  /** Microsoft 365 groups are hardly ever empty: an empty answer is held against a count. */
  readonly unified: boolean;
};

/** Who gets the results; every group ends in one of the two, or is taken back by `failed` after it was `done`. */
export type MemberSink = {
  readonly done: (group: string, members: Members) => Promise<void>;
  readonly failed: (group: string, failure: GraphFailure) => void;
};

type Task = {
  readonly group: GroupToRead;
  readonly startUrl: string;
  url: string;
  members: Map<string, MemberKind>;
  readonly links: Set<string>;
  pages: number;
  lastPage: number;
  faults: number;
  throttles: number;
  round: number;
  previous: Members | undefined;
  expected: number | undefined;
};

const BATCH = 20;
const PAGE = 999;
const FAULTS = 6;
const ROUNDS = 3;
const MAX_MEMBERS = 5_000_000;
const kinds: Readonly<Record<string, MemberKind>> = {
  '#microsoft.graph.user': 'user',
  '#microsoft.graph.group': 'group',
  '#microsoft.graph.device': 'device',
  '#microsoft.graph.orgcontact': 'orgContact',
  '#microsoft.graph.serviceprincipal': 'servicePrincipal',
};

/**
 * Reads the direct members of many groups through $batch, twenty page requests at a time. Every inner answer is accounted for by its id and judged on
 * its own: a transient one is asked again, a refused one fails its group only. A group whose end is doubtful (several pages, a full last page, an
 * empty Microsoft 365 group) is held against its $count; fewer members than counted are never accepted. v1.0 does not list service principals.
 */
export async function membersByBatch(
  port: GraphPort,
  pace: Pace,
  root: string,
  groups: readonly GroupToRead[],
  workers: number,
  sink: MemberSink,
  tally: Tally,
): Promise<void> {
  const queue = groups.values();
  // Smallest full page seen: a last page this long may have lost its link.
  const pageSize = { full: PAGE };
  const unproven = new Map<string, number>();
  const work = async () => {
    let tasks: Task[] = [];
    for (;;) {
      while (tasks.length < BATCH) {
        const { value: group } = queue.next();
        if (group === undefined) break;
        tasks.push(newTask(root, group));
      }
      if (tasks.length === 0) return;
      tasks = await advance(tasks);
    }
  };

  const advance = async (tasks: readonly Task[]): Promise<Task[]> => {
    const { answers, failure } = await postBatch(port, root, tasks, tally);
    if (failure !== undefined) {
      // The port has tried again already, as often as is sensible.
      for (const task of tasks) sink.failed(task.group.id, failure);
      return [];
    }
    const left: Task[] = [];
    let pauseMs = 0;
    let restMs = 0;
    for (const [index, task] of tasks.entries()) {
      try {
        const finished = takePage(task, answers.get(index) ?? badAnswer('no answer for its part of a batch'));
        if (!finished) {
          pageSize.full = Math.max(1, Math.min(pageSize.full, task.lastPage || pageSize.full));
          left.push(task);
        } else if (await isProven(port, task, pageSize.full, tally)) {
          if (task.pages === 1 && task.expected === undefined) unproven.set(task.group.id, task.members.size);
          await sink.done(task.group.id, task.members);
        } else {
          // Time for the index behind the count to catch up.
          restMs = Math.max(restMs, pace.backoff(task.round + 1));
          left.push(task);
        }
      } catch (thrown) {
        const wait = nextTry(task, thrown, pace);
        if (wait === undefined) sink.failed(task.group.id, thrown as GraphFailure);
        else {
          tally.retries++;
          left.push(task);
          if (wait.shared) pauseMs = Math.max(pauseMs, wait.ms);
          else restMs = Math.max(restMs, wait.ms);
        }
      }
    }
    try {
      if (pauseMs > 0) await pace.pause(pauseMs, 'Microsoft Graph throttles the reading of members');
      if (restMs > 0) await pace.rest(restMs, 'a part of a batch failed');
    } catch (thrown) {
      if (!(thrown instanceof GraphFailure) || thrown.why !== 'late') throw thrown;
      // Those that wait have run out of time; the others may still go on.
      const waits = (task: Task) => task.faults + task.throttles > 0 || task.round > 1;
      for (const task of left.filter(waits)) sink.failed(task.group.id, thrown);
      return left.filter(task => !waits(task));
    }
    return left;
  };

  await Promise.all(Array.from({ length: workers }, work));
  await checkLate(port, root, unproven, pageSize.full, sink, tally);
}

function newTask(root: string, group: GroupToRead): Task {
  const startUrl = `${root}/groups/${group.id}/members?$top=${PAGE}&$select=id`;
  const fresh = {
    members: new Map(),
    links: new Set<string>(),
    pages: 0,
    lastPage: 0,
    faults: 0,
    throttles: 0,
    round: 1,
  };
  return { group, startUrl, url: startUrl, ...fresh, previous: undefined, expected: undefined };
}

function startAgain(task: Task): void {
  task.url = task.startUrl;
  task.members = new Map();
  task.links.clear();
  task.pages = 0;
  task.lastPage = 0;
}

type Inner = { readonly status: number; readonly headers: Item; readonly body: unknown };

/** Posts one batch. A failure of the whole batch is a failure of each of its parts, except a stop, which is rethrown. */
async function postBatch(
  port: GraphPort,
  root: string,
  tasks: readonly Task[],
  tally: Tally,
): Promise<{ answers: ReadonlyMap<number, Inner>; failure?: GraphFailure }> {
  const requests = tasks.map((task, index) => ({ id: String(index), method: 'GET', url: task.url.slice(root.length) }));
  const check = (json: unknown) => {
    if (!isItem(json) || !Array.isArray(json.responses)) throw badAnswer('a batch without responses');
  };
  try {
    const json = await port.post(`${root}/$batch`, { requests }, { tally, check });
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

/** Adds a page to its task; true when it was the last. Throws a GraphFailure when the answer is none. */
function takePage(task: Task, answer: Inner | GraphFailure): boolean {
  if (answer instanceof GraphFailure) throw answer;
  if (answer.status !== 200) throw innerFailure(answer);
  const page = readPage(answer.body, task.url, memberId);
  if (page.next !== undefined && (task.links.has(page.next) || task.members.size > MAX_MEMBERS))
    throw new GraphFailure('status', 'its page links run in a circle');
  task.links.add(task.url);
  for (const item of page.items) task.members.set(memberId(item) ?? '', kindOf(item) ?? 'other');
  task.pages++;
  task.lastPage = page.items.length;
  task.faults = 0;
  task.throttles = 0;
  if (page.next === undefined) return true;
  task.url = page.next;
  return false;
}

function kindOf(item: Item): MemberKind | undefined {
  const type = item['@odata.type'];
  return typeof type === 'string' ? (kinds[type.toLowerCase()] ?? 'other') : undefined;
}

/** A member without a type is as malformed as one without an id. */
function memberId(item: Item): string | undefined {
  return kindOf(item) === undefined ? undefined : objectId(item);
}

function innerFailure({ status, headers, body }: Inner): GraphFailure {
  const error = errorOf(body);
  const words = error === undefined ? '' : ` ${error.code}${error.message === '' ? '' : `: ${error.message}`}`;
  const named = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  const wait = typeof named === 'number' ? String(named) : named;
  if (status < 400 || status > 599) return badAnswer(`status ${status} for a part of a batch`);
  return new GraphFailure('status', `status ${status}${words}`, {
    status,
    code: error?.code,
    retryAfterMs: typeof wait === 'string' ? retryAfter(wait, undefined) : undefined,
  });
}

/** How long a failed task waits before it is asked again; undefined when that is pointless. */
function nextTry(task: Task, thrown: unknown, pace: Pace): { ms: number; shared: boolean } | undefined {
  if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
  if (isThrottle(thrown)) {
    task.throttles++;
    return { ms: Math.max(thrown.retryAfterMs ?? 0, pace.backoff(task.throttles)), shared: true };
  }
  task.faults++;
  if (task.faults >= FAULTS) return undefined;
  if (isExpiredPage(thrown)) startAgain(task);
  // A token that ended while the batch was under way is renewed with the next one.
  else if (!isTransient(thrown) && thrown.status !== 401) return undefined;
  return { ms: Math.max(thrown.retryAfterMs ?? 0, pace.backoff(task.faults)), shared: false };
}

/** True when the group's members are complete beyond doubt; otherwise the task is set back to its first page. Throws when it never will be. */
async function isProven(port: GraphPort, task: Task, fullPage: number, tally: Tally): Promise<boolean> {
  const { members } = task;
  const doubtful = task.pages > 1 || task.lastPage >= fullPage || (task.group.unified && members.size === 0);
  if (!doubtful && task.round === 1) return true;
  task.expected = await countMembers(port, task, tally);
  const repeated = task.previous !== undefined && sameKeys(task.previous, members);
  if (task.expected === undefined ? repeated : members.size === task.expected) return true;
  // The count lags behind: more members than counted are believed once two reads agree, fewer never.
  if (repeated && members.size > (task.expected ?? 0)) return true;
  if (task.round >= ROUNDS) {
    const counted = task.expected === undefined ? 'which differs each time' : `where ${task.expected} are counted`;
    throw new GraphFailure('status', `the list of members ended at ${members.size}, ${counted}, after ${ROUNDS} reads`);
  }
  task.round++;
  task.previous = members;
  startAgain(task);
  return false;
}

async function countMembers(port: GraphPort, task: Task, tally: Tally): Promise<number | undefined> {
  const url = task.startUrl.replace(/\?.*$/, '/$count');
  return await port.count(url, tally).catch(noCountWhenRefused);
}

function sameKeys(one: Members, other: Members): boolean {
  return one.size === other.size && [...one.keys()].every(key => other.has(key));
}

/** Groups accepted on one page before it was known how short a full page can be. Their rows are out already, so a mismatch can only be a gap. */
async function checkLate(
  port: GraphPort,
  root: string,
  unproven: ReadonlyMap<string, number>,
  fullPage: number,
  sink: MemberSink,
  tally: Tally,
): Promise<void> {
  for (const [id, size] of unproven) {
    if (size < fullPage) continue;
    try {
      const counted = await port.count(`${root}/groups/${id}/members/$count`, tally).catch(noCountWhenRefused);
      if (counted !== undefined && counted > size)
        throw new GraphFailure('answer', `the list of members ended at ${size} where ${counted} are counted`);
    } catch (thrown) {
      if (!(thrown instanceof GraphFailure) || thrown.why === 'stopped') throw thrown;
      sink.failed(id, thrown);
    }
  }
}
