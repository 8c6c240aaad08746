import type { Fault } from './fault.ts';
import { accessFaults } from './faults/access.ts';
import { evidenceFaults } from './faults/evidence.ts';
import { healthFaults } from './faults/health.ts';
import { identityFaults } from './faults/identity.ts';
import { lifecycleFaults } from './faults/lifecycle.ts';
import { mailFaults } from './faults/mail.ts';
import { membershipFaults } from './faults/membership.ts';
import { prerequisiteFaults } from './faults/prerequisites.ts';
import { privilegeFaults } from './faults/privilege.ts';
import { scopeFaults } from './faults/scope.ts';
import { authorityFaults } from './faults/source-of-authority.ts';

/** Every known kind of fault of writeback, by theme. */
export const faults: readonly Fault[] = [
  ...[identityFaults, scopeFaults, membershipFaults, mailFaults, accessFaults, privilegeFaults],
  ...[authorityFaults, lifecycleFaults, prerequisiteFaults, healthFaults, evidenceFaults],
].flat();
