export { idleWaivers } from './idle.ts';
export { type LoadedWaivers, loadWaivers } from './load.ts';
