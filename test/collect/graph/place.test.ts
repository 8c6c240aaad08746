import { describe, expect, test } from '@jest/globals';
import { tokenFetcher } from '../../../src/collect/graph/credential.ts';
import { collectGraph } from '../../../src/collect/graph/index.ts';
import { placeOf } from '../../../src/collect/graph/place.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { NOW, objectGuid, smallTenant, sourceOf, startTenant } from './estate.ts';

const clouds = [
  ['global', 'https://graph.microsoft.com', 'https://login.microsoftonline.com'],
  ['usgov', 'https://graph.microsoft.us', 'https://login.microsoftonline.us'],
  ['usgov-dod', 'https://dod-graph.microsoft.us', 'https://login.microsoftonline.us'],
  ['china', 'https://microsoftgraph.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
] as const;

const secret = { reveal: () => 'tr0ub4dor-and-3', from: 'the test' };
const auth = { kind: 'client-secret', clientId: objectGuid(8, 1), secret } as const;

describe.each(clouds)('the cloud %s', (cloud, graph, authority) => {
  test('has its own hosts, and a token is asked for its own Graph', async () => {
    const double = await startTenant(smallTenant(1, 1));
    try {
      const source = await sourceOf(double, { cloud, auth });
      expect(placeOf({ ...source, endpoint: undefined, authority: undefined })).toEqual({ graph, authority });
      const asked: string[] = [];
      double.faults.add({
        kind: 'status-500',
        match: call => {
          if (call.path.endsWith('/token')) asked.push(new URLSearchParams(call.body).get('scope') ?? '');
          return false;
        },
      });
      const fetchToken = tokenFetcher(source, { graph, authority: double.authority }, {});
      const { token } = await fetchToken(new AbortController().signal);
      expect(token).toMatch(/^eyJ/);
      // The library adds scopes of its own, which mean nothing for an application.
      expect(asked.map(scope => scope.split(' ')[0])).toEqual([`${graph}/.default`]);
    } finally {
      await double.close();
    }
  });
});

test('a private cloud has the hosts that are given, for its token as for its data', async () => {
  const double = await startTenant(smallTenant(3, 3));
  try {
    const recorder = memoryRecorder();
    const signal = new AbortController().signal;
    const scopes = new Set<string>();
    const hosts = new Set<string>();
    double.faults.add({
      kind: 'status-500',
      match: call => {
        hosts.add(call.headers.get('host') ?? hosts.values().next().value ?? '');
        if (call.path.endsWith('/token')) scopes.add(new URLSearchParams(call.body).get('scope')?.split(' ')[0] ?? '');
        return false;
      },
    });
    const source = await sourceOf(double, { cloud: 'china', auth });
    await collectGraph(source, recorder, { progress: () => {}, now: () => NOW, signal, backoffMs: 1 });
    expect([...scopes]).toEqual([`${double.endpoint}/.default`]);
    expect([...hosts]).toEqual([new URL(double.endpoint).host]);
    expect(recorder.sources[0]).toMatchObject({ endpoint: double.endpoint, server: { cloud: 'china' } });
  } finally {
    await double.close();
  }
});
