export type { FakeEntry, FakeScript, FakeSearch, FakeServer, Fault } from './script.ts';
export { startFakeLdap } from './server.ts';
