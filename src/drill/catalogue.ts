import type { Fault } from './fault.ts';
import { identityFaults } from './faults/identity.ts';
import { membershipFaults } from './faults/membership.ts';

/** Every known kind of fault of writeback, by theme. */
export const faults: readonly Fault[] = [...identityFaults, ...membershipFaults];
