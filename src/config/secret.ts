import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AuditError } from '../base/index.ts';
import { whyUnreadable } from '../yaml/index.ts';
import type { Secret } from './config.ts';
import type { SecretReference } from './file.ts';

const LARGEST = 64 * 1024;

/**
 * A secret that is looked up when it is used. `what` names it in errors (`ad.bind.password`); `folder` is what paths are relative to.
 * `reveal` throws AuditError('input') when the variable or file is not there or is empty; no error holds any of its text.
 */
export function secretOf(
  reference: SecretReference,
  what: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Secret {
  if ('env' in reference) {
    const { env: name } = reference;
    return {
      from: `env ${name}`,
      reveal: () => demand(env[name], what, `the environment variable ${name} is not set`),
    };
  }
  const path = resolve(folder, reference.file);
  return {
    from: `file ${reference.file}`,
    reveal: () => demand(readSecret(path, what, reference.file), what, `the file ${reference.file} is empty`),
  };
}

function demand(value: string | undefined, what: string, otherwise: string): string {
  if (value === undefined || value === '') throw new AuditError('input', `${what}: ${otherwise}`);
  return value;
}

/** The file's text without the line break that editors add at its end. */
function readSecret(path: string, what: string, shown: string): string {
  try {
    const stat = statSync(path);
    if (stat.isFile() && stat.size <= LARGEST) return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (thrown) {
    throw new AuditError('input', `${what}: the file ${shown} cannot be read: ${whyUnreadable(thrown)}`);
  }
  throw new AuditError('input', `${what}: ${shown} is not a file of at most ${LARGEST / 1024} KiB`);
}
