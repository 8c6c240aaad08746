export * from './compare.ts';
export * from './render.ts';
