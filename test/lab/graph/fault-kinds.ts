import { pageFaults } from './page-faults.ts';
import { statusFaults, stepFaults } from './status-faults.ts';
import { wireFaults } from './wire-faults.ts';

/** Every way the double can fail, by name. */
export const faultKinds = { ...statusFaults, ...wireFaults, ...pageFaults, ...stepFaults } as const;

/** Name of a kind. */
export type FaultKind = keyof typeof faultKinds;

/** Whether a text names a kind. */
export function isFaultKind(text: string): text is FaultKind {
  return text in faultKinds;
}
