export { idleWaivers } from './idle.ts';
export { type LoadedWaivers, loadWaivers, type WaiverSetting, type WaiversFile } from './load.ts';
