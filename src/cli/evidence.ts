import { readFile, writeFile } from 'node:fs/promises';
import { AuditError, exitCodes, reasonOf } from '../base/index.ts';
import { keyIdOf, newKeyPair, sealEvidence, verifyEvidence } from '../evidence/index.ts';
import { auditAt, readResultsAt } from './audit.ts';
import { type Command, type CommonOptions, configOf, failOnOf, maxUnknownOf } from './options.ts';
import type { PolicyOptions } from './policies.ts';
import { say } from './progress.ts';
import { tell } from './terminal.ts';

/** Options of `evidence seal`. */
export type SealOptions = CommonOptions &
  PolicyOptions & {
    readonly snapshot: string;
    readonly key: string;
    readonly out: string;
    readonly force?: boolean;
    readonly baseline?: string;
    readonly asOf?: string;
    readonly memory?: string;
  };

/** `evidence seal`: audits the snapshot once more and seals what it was judged by together with what came of it. */
export const seal: Command<SealOptions> = async options => {
  const key = await text(options.key);
  const config = configOf(options);
  const settings = {
    failOn: failOnOf(undefined, config.failOn),
    maxUnknown: maxUnknownOf(undefined, config.maxUnknown),
    acceptUnknown: config.acceptUnknown,
    ...(options.baseline === undefined ? {} : { baseline: await readResultsAt(options.baseline) }),
  };
  const { result, evaluation, loaded } = await auditAt(options.snapshot, config, options, settings);
  const sealed = await sealEvidence({
    snapshot: options.snapshot,
    result,
    policies: loaded.policies,
    outcomes: evaluation.outcomes,
    key,
    output: options.out,
    replace: options.force === true,
  });
  say(options.quiet, `Sealed ${sealed.path}\nSHA-256 ${sealed.sha256}\nkey     ${sealed.keyId}\n${result.run.reason}`);
  return exitCodes.clean;
};

/** `evidence verify`: exit 0 when every byte of the pack is accounted for, 5 otherwise. */
export const verify: Command<{ readonly key?: string; readonly quiet?: boolean }> = async (options, [pack = '']) => {
  const verified = await verifyEvidence(pack, options.key === undefined ? {} : { publicKey: await text(options.key) });
  say(
    options.quiet,
    `Verified ${verified.path}\nSHA-256 ${verified.sha256}\n${verified.signature}\n${verified.result.run.reason}`,
  );
  return exitCodes.clean;
};

/** `evidence keygen`: a new key pair in two files; refuses to overwrite. */
export const keygen: Command<{ readonly out: string }> = async options => {
  const pair = newKeyPair();
  try {
    await writeFile(options.out, pair.privateKey, { mode: 0o600, flag: 'wx' });
    await writeFile(`${options.out}.pub`, pair.publicKey, { flag: 'wx' });
  } catch (thrown) {
    throw new AuditError('input', `the keys cannot be written: ${reasonOf(thrown)}`, { cause: thrown });
  }
  tell(
    `Private key ${options.out} (keep it secret)\nPublic key  ${options.out}.pub (give it to the auditor)\nkey id      ${keyIdOf(pair.publicKey)}`,
  );
  return exitCodes.clean;
};

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new AuditError('input', `${path} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
