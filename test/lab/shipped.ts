import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../policies/', import.meta.url);

/** The ids of all shipped invariants, in alphabetical order. */
export function shippedInvariants(): string[] {
  const files = readdirSync(folder).filter(name => /^[a-z-]+\.yaml$/.test(name));
  return files
    .flatMap(name =>
      [...readFileSync(new URL(name, folder), 'utf8').matchAll(/^ {2}- id: (\S+)$/gm)].map(([, id]) => id ?? ''),
    )
    .sort();
}
