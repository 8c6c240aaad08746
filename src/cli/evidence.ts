import { rm, writeFile } from 'node:fs/promises';
import { AuditError, exitCodes } from '../base/index.ts';
import { keyIdOf, newKeyPair, sealEvidence, verifyEvidence } from '../evidence/index.ts';
import { auditAt, type HistoryOptions, settingsOf } from './audit.ts';
import { readText, whyUnwritable } from './files.ts';
import { type Command, type CommonOptions, configOf, failOnOf, maxUnknownOf } from './options.ts';
import type { PolicyOptions } from './policies.ts';
import { deliver, say } from './terminal.ts';

/** Options of `evidence seal`. */
export type SealOptions = CommonOptions &
  PolicyOptions &
  HistoryOptions & {
    readonly snapshot: string;
    readonly key: string;
    readonly out: string;
    readonly force?: boolean;
  };

/** `evidence seal`: audits the snapshot once more and seals what it was judged by together with what came of it. */
export const seal: Command<SealOptions> = async options => {
  const key = await readText(options.key);
  const config = configOf(options);
  const gate = { failOn: failOnOf(undefined, config.failOn), maxUnknown: maxUnknownOf(undefined, config.maxUnknown) };
  const settings = await settingsOf(options, config, gate);
  const { result, evaluation, loaded, waivers } = await auditAt(options.snapshot, config, options, settings);
  const sealed = await sealEvidence({
    snapshot: options.snapshot,
    result,
    policies: loaded.policies,
    outcomes: evaluation.outcomes,
    ...(waivers === undefined
      ? {}
      : { waivers: { path: waivers.waivers.path, sha256: waivers.waivers.sha256, source: waivers.source } }),
    profile: loaded.controls?.source,
    populations: loaded.populations,
    key,
    output: options.out,
    replace: options.force === true,
  });
  say(options.quiet, `Sealed ${sealed.path}\nSHA-256 ${sealed.sha256}\nKey     ${sealed.keyId}\n${result.run.reason}`);
  return exitCodes.clean;
};

/** `evidence verify`: exit 0 when every byte of the pack is accounted for, 5 otherwise. */
export const verify: Command<{ readonly key?: string; readonly quiet?: boolean; readonly json?: boolean }> = async (
  options,
  [pack = ''],
) => {
  const verified = await verifyEvidence(
    pack,
    options.key === undefined ? {} : { publicKey: await readText(options.key) },
  );
  const { path, sha256, keyId, trusted, signature, result } = verified;
  if (options.json === true)
    await deliver(`${JSON.stringify({ path, sha256, keyId, trusted, run: result.run }, undefined, 2)}\n`);
  else say(options.quiet, `Verified ${path}\nSHA-256 ${sha256}\n${signature}\n${result.run.reason}`);
  return exitCodes.clean;
};

/** `evidence keygen`: a new key pair in two files; refuses to overwrite. */
export const keygen: Command<{ readonly out: string; readonly quiet?: boolean }> = async options => {
  const pair = newKeyPair();
  const [secret, open] = [options.out, `${options.out}.pub`];
  await writeNew(open, pair.publicKey, 0o644);
  try {
    await writeNew(secret, pair.privateKey, 0o600);
  } catch (thrown) {
    await rm(open, { force: true });
    throw thrown;
  }
  say(
    options.quiet,
    `Private key ${secret} (keep it secret)\nPublic key  ${open} (give it to the auditor)\nKey id      ${keyIdOf(pair.publicKey)}`,
  );
  return exitCodes.clean;
};

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { mode, flag: 'wx' });
  } catch (thrown) {
    throw new AuditError('input', `${path} cannot be written: ${whyUnwritable(thrown)}`, { cause: thrown });
  }
}
