export { type Completion, complete, type Explanation, explain } from './ask.ts';
export type { Place } from './context.ts';
export type { Name, NameKind } from './names.ts';
export { keysOf, type PolicyKeys } from './schema.ts';
