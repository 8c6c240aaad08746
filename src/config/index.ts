export * from './config.ts';
export { loadConfig } from './load.ts';
