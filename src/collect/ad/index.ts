export * from './collect.ts';
export { type AdExam, type DomainExam, examineActiveDirectory, type ServerExam } from './examination.ts';
export { type AdSubjects, rereadActiveDirectory } from './reread.ts';
export type { Progress } from './run.ts';
