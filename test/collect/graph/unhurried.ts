import type { Governor } from '../../../src/collect/graph/governor.ts';

/** Lets everything pass at once, for tests of what is read rather than how fast. */
export const unhurried: Governor = {
  spend: async () => {},
  admit: async () => () => {},
  correct: () => {},
  heed: () => {},
  slowDown: () => {},
  classify: () => {},
  rate: () => Number.POSITIVE_INFINITY,
};
