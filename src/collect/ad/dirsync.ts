import type { Control } from 'ldapts';
import { dirSyncAnswerTo, dirSyncControl } from './controls.ts';
import { guidOf } from './entry.ts';
import { sourceError } from './failure.ts';
import type { Run } from './run.ts';

/** What has changed in a domain since a cookie, and the cookie of now. */
export type Delta = {
  /** objectGUIDs of changed objects, deleted ones too. */
  readonly changed: ReadonlySet<string>;
  readonly cookie: Buffer;
};

/** More changes are not worth telling apart from a new reading. */
const MOST_CHANGES = 200_000;
const MOST_ROUNDS = 100_000;
const NOTHING = '(!(objectClass=*))';
const EVERYTHING = '(objectClass=*)';

/** Asks the server of a domain what changed since the cookie. Without one nothing is told but where it stands now. Rejects when DirSync is refused. */
export async function changesSince(run: Run, since: Buffer | undefined): Promise<Delta> {
  const changed = new Set<string>();
  let cookie = since ?? Buffer.alloc(0);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let control: Control | undefined;
    await run.directory.search(
      {
        facet: 'ad.members',
        base: run.domain.dn,
        scope: 'sub',
        filter: since === undefined ? NOTHING : EVERYTHING,
        attributes: [],
        whole: true,
        live: true,
        controls: () => {
          control = dirSyncControl(cookie);
          return [control];
        },
      },
      entries => {
        for (const entry of entries) {
          const guid = guidOf(entry, 'objectGUID');
          if (guid === null) throw sourceError('DirSync named an object without an objectGUID');
          changed.add(guid);
        }
      },
    );
    const answer = control && dirSyncAnswerTo(control);
    if (answer === undefined) throw sourceError('the server ignored the DirSync control');
    if (changed.size > MOST_CHANGES) throw sourceError(`more than ${MOST_CHANGES} objects changed`);
    cookie = answer.cookie;
    if (!answer.more) return { changed, cookie };
  }
  throw sourceError('DirSync does not come to an end');
}
