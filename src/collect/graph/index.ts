export { type CollectContext, collectGraph } from './collect.ts';
export type { DeltaContinuing } from './delta-base.ts';
export { examineGraph, type GraphExam, type HostExam } from './examination.ts';
export type { Progress } from './reading.ts';
export { type Failures, type GraphSubjects, rereadGraph } from './reread.ts';
export type { MissingRight, TokenReport } from './rights.ts';
