/** The library's face: load policies, open a snapshot, audit it, render the result. */
export { type Audited, type AuditRequest, audit } from './audit.ts';
export { AuditError, exitCodes, type Problem, type Severity } from './base/index.ts';
export { fillersOf } from './evaluate/index.ts';
export { type AuditResult, type Finding, readResults } from './findings/index.ts';
export { compareResults, type Impact, renderImpact } from './impact/index.ts';
export { model, modelWith } from './model/index.ts';
export { type Loaded, type LoadRequest, loadPolicies } from './policy/index.ts';
export { loadPopulations, type OwnPopulation, type OwnPopulations } from './populations/index.ts';
export { type FormatName, formats } from './report/index.ts';
export { createSnapshot, memorySnapshot, openSnapshot, type Recorder, type Snapshot } from './snapshot/index.ts';
export { type LoadedWaivers, loadWaivers } from './waivers/index.ts';
