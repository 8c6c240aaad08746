export * from './digest.ts';
export * from './flavour.ts';
export * from './identifiers.ts';
export * from './names.ts';
export * from './nearest.ts';
export * from './problem.ts';
export * from './severity.ts';
export * from './time.ts';
