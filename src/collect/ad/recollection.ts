import { BerWriter, type Control, type Filter } from 'ldapts';
import { AuditError } from '../../base/index.ts';
import { type Journal, noJournal } from '../../journal/index.ts';
import type { QueryRecord } from '../../snapshot/index.ts';
import { decodeEntries, type Entry, encodeEntries } from './entry.ts';
import type { Replica } from './replica.ts';
import type { Search } from './search.ts';

/** How a search ended that was answered in full. `referrals` are the continuation references that came with it. */
export type Ending = Pick<QueryRecord, 'pages' | 'retrieved' | 'retries' | 'begun' | 'ended'> & {
  readonly referrals: readonly string[];
};

/** One search, as the journal knows it. Only what was read to its end is recalled: the cookies of a paged search die with their connection. */
export type Recollection = {
  /** Hands over the pages of an earlier run; undefined when none has read this search to its end. */
  readonly replay: (take: (entries: readonly Entry[]) => Promise<void>) => Promise<Ending | undefined>;
  /** Keeps a page, counted from 0; a search that starts again overwrites them. */
  readonly page: (number: number, entries: readonly Entry[]) => Promise<void>;
  readonly end: (ending: Ending) => Promise<void>;
};

const nothing: Recollection = {
  replay: async () => undefined,
  page: async () => undefined,
  end: async () => undefined,
};

/** What earlier runs read from one copy of the directory; nothing of it holds for any other copy. */
export function recollectionsOf(journal: Journal, replica: Replica): (search: Search) => Recollection {
  const { dsServiceName, invocationId } = replica;
  if (journal === noJournal || dsServiceName === null || invocationId === null) return () => nothing;
  return search => {
    if (search.live === true) return nothing;
    const occasion = journal.ask(`ad ${dsServiceName} ${invocationId} ${question(search)}`);
    return {
      replay: async take => {
        const end = await occasion.recall('end');
        if (end === undefined) return undefined;
        const ending = endingIn(end.content);
        for (let number = 0; number < ending.pages; number++) {
          const page = await occasion.recall(`page ${number}`);
          if (page === undefined) throw damaged(`a page of a search is missing`);
          await take(entriesIn(page.content));
        }
        return ending;
      },
      page: (number, entries) => occasion.keep(encodeEntries(entries), `page ${number}`),
      end: ending => occasion.keep(Buffer.from(JSON.stringify(ending)), 'end'),
    };
  };
}

/** Everything that an answer depends on, as one text. */
function question({ facet, base, scope, filter, attributes, controls, absent }: Search): string {
  const asked = typeof filter === 'string' ? filter : bytesOf(filter);
  return JSON.stringify([facet, base, scope, asked, attributes, (controls?.() ?? []).map(bytesOf), absent ?? 'error']);
}

function bytesOf(part: Filter | Control): string {
  const writer = new BerWriter();
  part.write(writer);
  return writer.buffer.toString('base64');
}

function entriesIn(content: Buffer): readonly Entry[] {
  try {
    return decodeEntries(content);
  } catch (thrown) {
    throw thrown instanceof RangeError ? damaged('a page of a search is malformed') : thrown;
  }
}

function endingIn(content: Buffer): Ending {
  const value: unknown = JSON.parse(content.toString('utf8'));
  if (!isEnding(value)) throw damaged('the end of a search is malformed');
  return value;
}

function isEnding(value: unknown): value is Ending {
  if (typeof value !== 'object' || value === null) return false;
  const { pages, retrieved, retries, begun, ended, referrals }: Readonly<Record<string, unknown>> = { ...value };
  return (
    [pages, retrieved, retries].every(count => Number.isSafeInteger(count) && Number(count) >= 0) &&
    [begun, ended].every(time => typeof time === 'string' && !Number.isNaN(Date.parse(time))) &&
    Array.isArray(referrals) &&
    referrals.every(uri => typeof uri === 'string')
  );
}

function damaged(what: string): AuditError {
  return new AuditError('integrity', `the state of the interrupted collection does not verify: ${what}`);
}
