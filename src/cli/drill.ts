import { AuditError, exitCodes } from '../base/index.ts';
import { interruptible } from './interruption.ts';
import { asOfOf, type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { deliver, tell } from './terminal.ts';

/** Options of `drill`. */
export type DrillOptions = CommonOptions &
  PolicyOptions & {
    readonly snapshot: string;
    readonly seed: string;
    readonly pairs: string;
    readonly fault?: readonly string[];
    readonly format: 'text' | 'json' | 'markdown';
    readonly asOf?: string;
    readonly memory?: string;
  };

/** `drill`: injects every known fault into a snapshot, alone and in pairs, and prints which invariants noticed; exit 1 when nothing notices one, 3 when none has a place. */
export const drill: Command<DrillOptions> = async options => {
  const config = configOf(options);
  const seed = wholeNumber(options.seed, '--seed');
  const pairs = wholeNumber(options.pairs, '--pairs');
  const { drill: run, faults, renderDrill, unnoticed } = await import('../drill/index.ts');
  const chosen = options.fault === undefined ? faults : options.fault.map(id => faultNamed(faults, id));
  const { openVariants } = await import('../snapshot/index.ts');
  const result = await interruptible(async ({ signal }) => {
    const variants = await openVariants(
      options.snapshot,
      options.memory === undefined ? {} : { memory: options.memory },
    );
    try {
      const { manifest } = await variants.open([], []);
      const asOf = asOfOf(options.asOf, manifest.end);
      const { compiled, model } = await policiesFor(options, config, Date.parse(asOf));
      // The faults are known; what a population of a user makes of them is not.
      const invariants = [...compiled.values()].filter(({ invariant }) => !model.populations.get(invariant.over)?.own);
      if (invariants.length === 0)
        throw new AuditError('unjudged', 'there is no policy, so nothing can notice a fault');
      const progress = (done: number, of: number) => {
        signal.throwIfAborted();
        if (options.quiet !== true && process.stderr.isTTY)
          process.stderr.write(`\r${done} of ${of}\u001b[K${done === of ? '\r\u001b[K' : ''}`);
      };
      return await run({ variants, invariants, faults: chosen, seed, pairs, progress });
    } finally {
      await variants.close();
    }
  });
  await deliver(renderDrill(result, options.format));
  if (result.faults.every(({ place }) => place === undefined)) {
    tell('No fault has a place in this snapshot: nothing was shown.');
    return exitCodes.unjudged;
  }
  return unnoticed(result).length > 0 ? exitCodes.findings : exitCodes.clean;
};

function faultNamed<F extends { readonly id: string }>(faults: readonly F[], id: string): F {
  const found = faults.find(fault => fault.id === id);
  if (found) return found;
  throw new AuditError('input', `there is no fault ${JSON.stringify(id)}; docs/drill.md lists them`);
}

function wholeNumber(text: string, option: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new AuditError('input', `${option} takes a whole number, not ${JSON.stringify(text)}`);
}
