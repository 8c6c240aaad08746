import { expect, test } from '@jest/globals';
import type { FacetName, QueryRecord, SourceRecord } from '../../src/snapshot/index.ts';
import { readingRows, serverRows } from '../../src/snapshot/readings.ts';

const query = (facet: FacetName, request: string, second: number, more: Partial<QueryRecord> = {}): QueryRecord => ({
  ...{ source: 'graph', facet, request, pages: 1, expected: null, retrieved: 1, retries: 0 },
  begun: `2026-08-22T09:00:0${second}.000Z`,
  ended: `2026-08-22T09:00:0${second + 1}.000Z`,
  ...{ durationMs: 1000, complete: true, reason: null, objects: [] },
  ...more,
});

const at = (second: number) => Date.parse(`2026-08-22T09:00:0${second}Z`);

test('how a facet was read is told per source, with the versions that were asked', () => {
  const rows = readingRows([
    query('cloud.groups', 'GET /v1.0/groups?$top=999', 3),
    query('cloud.groups', '12 more like: GET /beta/groups', 1, { complete: false, reason: 'broke off' }),
    query('cloud.members', 'POST /v1.0/$batch of GET /groups/{id}/members', 2),
    query('cloud.members', 'the words /beta/ in a name', 2),
    query('cloud.agents', 'GET /beta/onPremisesPublishingProfiles/provisioning/agents', 4, { complete: false }),
    query('cloud.agents', 'facts.yaml /agents', 6, { source: 'import' }),
    query('ad.groups', 'sub "OU=GET /beta/x,DC=ex" (objectClass=group) [cn]', 5, { source: 'ad' }),
  ]);
  const facts = { queries: 1, incomplete: 0 };
  expect(rows).toEqual([
    {
      ...{ facet: 'cloud.groups', source: 'graph', queries: 2, incomplete: 1, api_versions: ['beta', 'v1.0'] },
      ...{ first: at(1), last: at(4) },
    },
    {
      ...{ facet: 'cloud.members', source: 'graph', queries: 2, incomplete: 0, api_versions: ['v1.0'] },
      ...{ first: at(2), last: at(3) },
    },
    {
      ...{ facet: 'cloud.agents', source: 'graph', queries: 1, incomplete: 1, api_versions: ['beta'] },
      ...{ first: at(4), last: at(5) },
    },
    { ...facts, facet: 'cloud.agents', source: 'import', api_versions: [], first: at(6), last: at(7) },
    { ...facts, facet: 'ad.groups', source: 'ad', api_versions: [], first: at(5), last: at(6) },
  ]);
});

const domain = (name: string, server: string | null, more: object = {}) => ({
  ...{ domain: name, endpoint: 'ldaps://10.0.0.1', dnsHostName: server, invocationId: null, clockSkewMs: -12.4 },
  ...{ highestCommittedUsnBefore: '100', highestCommittedUsnAfter: null },
  ...more,
});

test('who answered is told per domain; what a server did not tell, or not as documented, is absent', () => {
  const ad: SourceRecord = {
    ...{ source: 'ad', endpoint: 'ldaps://dc1', identity: 'audit', clockSkewMs: null },
    server: {
      domains: [
        domain('contoso.com', 'dc1.contoso.com', { invocationId: '72D7DAE3-3bac-4d0f-8c07-8170b0873b93' }),
        domain('emea.contoso.com', null, { highestCommittedUsnBefore: '99999999999999999', invocationId: 'x' }),
        'not a domain',
      ],
    },
  };
  const graph: SourceRecord = {
    ...{ source: 'graph', endpoint: 'https://graph.microsoft.com', identity: 'app', clockSkewMs: 1500 },
    server: { tenant: 'a087eaf3-00b3-49c9-8706-c4ebfb2627fd' },
  };
  const declared: SourceRecord = { ...graph, source: 'import', endpoint: 'facts.yaml' };
  expect(serverRows([ad, graph, declared, ad])).toEqual([
    {
      ...{ source: 'ad', domain: 'contoso.com', server: 'dc1.contoso.com', usn_before: 100, usn_after: null },
      ...{ invocation_id: '72d7dae3-3bac-4d0f-8c07-8170b0873b93', clock_skew_ms: -12 },
    },
    {
      ...{ source: 'ad', domain: 'emea.contoso.com', server: 'ldaps://10.0.0.1', usn_before: null, usn_after: null },
      ...{ invocation_id: null, clock_skew_ms: -12 },
    },
    {
      ...{ source: 'graph', domain: 'a087eaf3-00b3-49c9-8706-c4ebfb2627fd', server: 'https://graph.microsoft.com' },
      ...{ invocation_id: null, usn_before: null, usn_after: null, clock_skew_ms: 1500 },
    },
  ]);
});
