export type { Facet, PolicyModel, Population } from './catalogue.ts';
export type { CompiledInvariant, CompiledTexts } from './compile.ts';
export * from './expression/index.ts';
export { type Found, type FoundFile, findTests } from './files.ts';
export * from './invariant.ts';
export { type Loaded, type LoadRequest, loadPolicies, type Skipped } from './load.ts';
export { conditionsOfInvariant, type InvariantCondition, type Mutant, mutantsOf } from './mutants.ts';
export { neededFacets } from './needs.ts';
export { type CheckedSelector, compileSelector } from './selector.ts';
