export { type LoadedWaivers, loadWaivers } from './load.ts';
