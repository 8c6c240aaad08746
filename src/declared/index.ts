export { type Facts, type LoadedFacts, loadFacts } from './load.ts';
export { type StandIn, standIn } from './stand-in.ts';
