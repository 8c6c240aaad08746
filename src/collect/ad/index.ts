export * from './collect.ts';
export { type AdExam, type DomainExam, examineActiveDirectory, type ServerExam } from './examination.ts';
export type { IncrementalContext } from './held.ts';
export type { Continuing, Mark } from './incremental.ts';
export { type AdSubjects, rereadActiveDirectory } from './reread.ts';
export type { Progress } from './run.ts';
