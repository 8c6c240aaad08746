import { adChecks } from './ad-checks.ts';
import { configChecks } from './config-checks.ts';
import { graphChecks } from './graph-checks.ts';
import type { Check } from './outcome.ts';

/** Everything that `doctor` checks, in the order in which one thing needs another. Adding a check is one entry in one of these tables. */
export const checks: readonly Check[] = [...configChecks, ...adChecks, ...graphChecks];
