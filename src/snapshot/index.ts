export * from './facets.ts';
export * from './manifest.ts';
export * from './recorder.ts';
export * from './tables.ts';
