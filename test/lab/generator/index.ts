export * from './estate.ts';
export { type GenerateOptions, generate } from './generate.ts';
export { judge } from './judge/index.ts';
export { type Ldif, ldifOf } from './ldif.ts';
