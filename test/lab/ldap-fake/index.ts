export { attributeStamp, type FakeStamp, valueStamp } from './replication.ts';
export type {
  FakeEntry,
  FakePolicies,
  FakePort,
  FakeScript,
  FakeSearch,
  FakeServer,
  Fault,
  FaultName,
} from './script.ts';
export { startFakeLdap } from './server.ts';
