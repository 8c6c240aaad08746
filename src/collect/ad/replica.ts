import { dnOf, type Entry, entryOf, guidOf } from './entry.ts';
import { resultCode, sourceError } from './failure.ts';
import { everyAttributeRaw } from './raw-values.ts';
import type { Session } from './session.ts';

/** Which copy of the directory a server holds: only one that is equal in the first two may go on where another was lost. */
export type Replica = {
  /** DN of the server's NTDS settings (root DSE). */
  readonly dsServiceName: string | null;
  /** Changes when the server's database is restored or made anew; null when it is not readable. */
  readonly invocationId: string | null;
  /** DN of the domain that the server holds in full. */
  readonly domainDn: string | null;
};

/** Asks a server that has just let us in which copy it holds. Rejects with the library's error. */
export async function identify(session: Session): Promise<Replica> {
  const rootDse = await ask(session, '', ['dsServiceName', 'defaultNamingContext']);
  if (rootDse === undefined) throw sourceError('the server has no root DSE');
  const dsServiceName = dnOf(rootDse, 'dsServiceName');
  return {
    dsServiceName,
    invocationId: dsServiceName === null ? null : await readInvocationId(session, dsServiceName),
    domainDn: dnOf(rootDse, 'defaultNamingContext'),
  };
}

/** True when it is certain that both are the same database of the same server. */
export function isSame(one: Replica, other: Replica): boolean {
  return (
    one.dsServiceName !== null && one.dsServiceName === other.dsServiceName && one.invocationId === other.invocationId
  );
}

async function readInvocationId(session: Session, dsServiceName: string): Promise<string | null> {
  try {
    const settings = await ask(session, dsServiceName, ['invocationId']);
    return settings === undefined ? null : guidOf(settings, 'invocationId', true);
  } catch (thrown) {
    // A refusal is an answer; without one the connection is of no use.
    if (resultCode(thrown) === undefined) throw thrown;
    return null;
  }
}

async function ask({ client, usable }: Session, base: string, attributes: string[]): Promise<Entry | undefined> {
  const { searchEntries } = await client.search(base, {
    scope: 'base',
    filter: '(objectClass=*)',
    attributes,
    explicitBufferAttributes: everyAttributeRaw,
    timeLimit: 0,
  });
  if (!usable()) throw sourceError('the server sent something that could not be decoded');
  const [entry] = searchEntries;
  return entry === undefined ? undefined : entryOf(entry);
}
