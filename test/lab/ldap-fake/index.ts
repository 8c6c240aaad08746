export { attributeStamp, type FakeStamp, valueStamp } from './replication.ts';
export type { FakeEntry, FakePolicies, FakePort, FakeScript, FakeSearch, FakeServer, Fault } from './script.ts';
export { startFakeLdap } from './server.ts';
