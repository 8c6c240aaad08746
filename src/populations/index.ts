export { loadPopulations, type OwnPopulation, type OwnPopulations } from './load.ts';
