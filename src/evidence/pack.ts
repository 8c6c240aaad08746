import type { FileHandle } from 'node:fs/promises';
import { type ReadContainer, type ReadMember, readMember } from './container-reading.ts';
import { refusal } from './refusal.ts';

/** The files of a pack whose container is intact, by name. */
export type Pack = {
  readonly members: ReadonlyMap<string, ReadMember>;
  /** Throws AuditError('integrity') when there is none. */
  member(name: string): ReadMember;
  /** The text of a file of at most `limit` bytes. Throws AuditError('integrity') when it is missing, larger or not UTF-8. */
  text(name: string, limit: number): Promise<string>;
};

/** Access to the files of an open pack. */
export function packOf(file: FileHandle, { members }: ReadContainer): Pack {
  const member = (name: string) => {
    const found = members.get(name);
    if (found === undefined) throw refusal(`it lacks ${name}`);
    return found;
  };
  return {
    members,
    member,
    text: async (name, limit) => decode(await readMember(file, member(name), limit), name),
  };
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refusal(`${name} is not UTF-8`, cause);
  }
}
