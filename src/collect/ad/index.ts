export * from './collect.ts';
export type { Progress } from './run.ts';
