/** Injects the known faults of writeback into a snapshot and tells which invariants notice. */
export { faults } from './catalogue.ts';
export { type Drilled, type DrilledPair, type DrillRequest, type DrillResult, drill } from './drill.ts';
export type { Fault, Theme } from './fault.ts';
export { type DrillFormat, renderDrill, unnoticed } from './render.ts';
