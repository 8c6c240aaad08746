export * from './cases/index.ts';
export { evaluate } from './evaluate.ts';
export * from './judgement.ts';
export * from './rights.ts';
export { scriptOf } from './script.ts';
export * from './subject.ts';
export { vacuousProblems } from './vacuous.ts';
