// The double of the Graph benchmark in a process of its own. Started with an IPC channel by graph.ts:
//   fork('graph-double.ts', [groups, users, latency in ms, pause per part of a batch in ms])
// Sends its endpoint and what has to be read; asked for 'figures', it sends what it served.
import { argv, exit } from 'node:process';
import { createAuthority, issue } from '../lab/certificates.ts';
import { startGraphDouble } from '../lab/graph/server.ts';
import { makeTenant } from './graph-tenant.ts';

/** What the double says once it listens. */
export type Ready = { readonly endpoint: string; readonly token: string; readonly ca: string; readonly tenant: string };

/** What the double served: requests of their own, parts of batches, refusals for lack of quota, and resource units. */
export type Served = {
  readonly requests: number;
  readonly parts: number;
  readonly throttled: number;
  readonly units: number;
  readonly cpuSeconds: number;
};

const [groups = 0, users = 0, latencyMs = 0, partMs = 0] = argv.slice(2).map(Number);
const certificates = await issue(await createAuthority(), { dns: ['localhost'], ip: ['127.0.0.1'] });
const double = await startGraphDouble({
  tenant: makeTenant({ groups, users }),
  certificates,
  now: Date.now,
  seed: 1,
  quota: 'L',
  // Nobody promises that the parts of a batch are served all at once.
  latencyMs: call => latencyMs + partMs * (call.body.split('"method"').length - 1),
});

process.on('message', () => {
  const inner = double.requests.filter(request => request.inner).length;
  const { user, system } = process.cpuUsage();
  const served: Served = {
    requests: double.requests.length - inner,
    parts: inner,
    throttled: double.requests.filter(({ status }) => status === 429).length,
    units: double.requests.reduce((sum, { ru }) => sum + ru, 0),
    cpuSeconds: Math.round((user + system) / 1e6),
  };
  process.send?.(served);
});
process.on('disconnect', () => exit());
const ready: Ready = {
  endpoint: double.endpoint,
  token: double.token({ lifetimeSeconds: 4 * 3600 }),
  ca: certificates.ca,
  tenant: double.tenantId,
};
process.send?.(ready);
