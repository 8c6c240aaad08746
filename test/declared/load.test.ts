import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadFacts } from '../../src/declared/index.ts';
import { facets, facetsFrom } from '../../src/snapshot/index.ts';
import { formatProblem } from '../../src/yaml/index.ts';
import { memoryRecorder } from '../collect/memory-recorder.ts';
import { FACTS, GROUP, TENANT } from './facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'facts-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string | Uint8Array, { tenant }: { readonly tenant: string | undefined } = { tenant: TENANT }) {
  writeFileSync(join(folder, 'facts.yaml'), text);
  return loadFacts('facts.yaml', folder, tenant);
}

const shown = (text: string): string =>
  load(text)
    .problems.map(problem => formatProblem(problem))
    .join('\n');

const HEAD = 'declared: { by: jane, on: 2026-08-01, until: 2026-11-01 }\n';

test('every kind of fact is read, and nothing that the file does not mention', async () => {
  const { facts, problems } = load(FACTS);
  expect(problems).toEqual([]);
  expect(facts).toMatchObject({
    ...{ file: 'facts.yaml', by: 'jane.doe@contoso.com', on: '2026-08-01T00:00:00.000Z' },
    ...{ until: '2026-11-01T00:00:00.000Z', untilMs: Date.parse('2026-11-01T00:00:00Z') },
  });
  expect(facts?.sha256).toMatch(/^[0-9a-f]{64}$/);
  const recorder = memoryRecorder();
  for (const { add } of facts?.declarations ?? []) await add(recorder);
  expect(Object.fromEntries(recorder.tables)).toMatchInlineSnapshot(`
{
  "cloud_agent": [
    {
      "id": "agent1.contoso.com",
      "machine_name": "agent1.contoso.com",
      "status": "active",
      "version": "1.1.2334.0",
    },
    {
      "id": "a2",
      "machine_name": "agent2.contoso.com",
      "status": "inactive",
      "version": null,
    },
  ],
  "cloud_sync_configuration": [
    {
      "alert_threshold": 500,
      "client_version": "2.5.79.0",
      "id": "11111111-2222-4333-8444-555555555555",
      "interval_seconds": 1800,
      "pending_adds": 1,
      "pending_deletes": 0,
      "pending_link_adds": null,
      "pending_link_deletes": null,
      "pending_updates": 2,
      "prevention_type": "enabledForCount",
      "requested_interval_seconds": null,
      "user_container": null,
      "writeback_container": "OU=Groups,DC=contoso,DC=com",
    },
  ],
  "cloud_sync_feature": [
    {
      "enabled": false,
      "name": "groupWriteBackEnabled",
    },
    {
      "enabled": null,
      "name": "blockSoftMatchEnabled",
    },
  ],
  "declared_change": [
    {
      "approved": 1782900000000,
      "group_id": "aaaaaaaa-0000-4000-8000-000000000001",
      "kind": "to-cloud",
      "ticket": "CHG0012",
    },
  ],
  "declared_cloud_sync_scope": [
    {
      "dn": "OU=Apps,DC=contoso,DC=com",
      "included": true,
    },
  ],
  "declared_connect_scope": [
    {
      "dn": "OU=Staff,DC=contoso,DC=com",
      "included": true,
    },
    {
      "dn": "OU=Leavers,OU=Staff,DC=contoso,DC=com",
      "included": false,
    },
  ],
  "declared_dc_build": [
    {
      "build": "10.0.20348.5257",
      "dns_name": "dc1.contoso.com",
    },
  ],
  "declared_recipient": [
    {
      "group_id": "aaaaaaaa-0000-4000-8000-000000000001",
      "hidden_from_address_lists": null,
      "require_sender_authentication": true,
    },
  ],
  "declared_statement": [
    {
      "name": "auditLogExported",
      "value": "true",
    },
  ],
}
`);
  const named = facts?.declarations.map(({ facet }) => facet) ?? [];
  expect(named).toEqual(expect.arrayContaining([...facetsFrom('import')]));
  for (const facet of named) expect(Object.keys(facets)).toContain(facet);
  expect(load(HEAD).facts?.declarations).toEqual([]);
});

test('every mistake is told at once, at its place and with a hint', () => {
  expect(
    shown(`declared: { by: "", on: 2026-08-01 }
connectScop: []
recipients: [{ group: sales, hiddenFromAddressLists: yes }, { group: ${GROUP} }]
domainControllerBuilds: [{ server: dc1.contoso.com, build: latest }]
statements: { auditLogExportd: true }
onPremisesSynchronization: { id: ${TENANT}, features: { groupWriteBackEnabled: "yes" }, configuration: { synchronisationInterval: PT30M } }
`),
  ).toMatchInlineSnapshot(`
"facts.yaml:1:1 error \`until\` is missing [missing-key]
  1 | declared: { by: "", on: 2026-08-01 }
    | ^^^^^^^^
  hint: add \`until:\` the first day or instant at which they are unknown again
facts.yaml:1:17 error must not be empty [too-short]
  1 | declared: { by: "", on: 2026-08-01 }
    |                 ^^
  hint: who looked them up
facts.yaml:2:1 error unknown key \`connectScop\` [unknown-key]
  2 | connectScop: []
    | ^^^^^^^^^^^
  hint: did you mean \`connectScope\`?
facts.yaml:3:23 error \`sales\` does not have the right form [bad-value]
  3 | recipients: [{ group: sales, hiddenFromAddressLists: yes }, { group: aaaaaaaa-0000-4000-8000-0000000…
    |                       ^^^^^
  hint: id of the cloud group (ExternalDirectoryObjectId), a GUID
facts.yaml:3:54 error must be true or false, not text [wrong-type]
  3 | recipients: [{ group: sales, hiddenFromAddressLists: yes }, { group: aaaaaaaa-0000-4000-8000-0000000…
    |                                                      ^^^
  hint: HiddenFromAddressListsEnabled
facts.yaml:3:61 error must not be empty [too-few]
  3 | recipients: [{ group: sales, hiddenFromAddressLists: yes }, { group: aaaaaaaa-0000-4000-8000-000000000001 }…
    |                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: { group: …, requireSenderAuthentication: true, hiddenFromAddressLists: false }
facts.yaml:4:60 error \`latest\` does not have the right form [bad-value]
  4 | domainControllerBuilds: [{ server: dc1.contoso.com, build: latest }]
    |                                                            ^^^^^^
  hint: file version of ntdsai.dll, such as 10.0.20348.5257
facts.yaml:5:15 error unknown key \`auditLogExportd\` [unknown-key]
  5 | statements: { auditLogExportd: true }
    |               ^^^^^^^^^^^^^^^
  hint: did you mean \`auditLogExported\`?
facts.yaml:6:107 error must be true or false or empty, not text [wrong-type]
  6 | …555, features: { groupWriteBackEnabled: "yes" }, configuration: { synchronisationInterval: PT30M } }
    |                                          ^^^^^
  hint: true, false or null
facts.yaml:6:116 error \`accidentalDeletionPrevention\` is missing [missing-key]
  6 | …ures: { groupWriteBackEnabled: "yes" }, configuration: { synchronisationInterval: PT30M } }
    |                                          ^^^^^^^^^^^^^
  hint: add \`accidentalDeletionPrevention:\` { synchronizationPreventionType: enabledForCount, alertThreshold: 500 }, or null
facts.yaml:6:116 error \`synchronizationClientVersion\` is missing [missing-key]
  6 | …ures: { groupWriteBackEnabled: "yes" }, configuration: { synchronisationInterval: PT30M } }
    |                                          ^^^^^^^^^^^^^
  hint: add \`synchronizationClientVersion:\` version of Entra Connect, such as 2.5.79.0
facts.yaml:6:116 error \`writebackConfiguration\` is missing [missing-key]
  6 | …ures: { groupWriteBackEnabled: "yes" }, configuration: { synchronisationInterval: PT30M } }
    |                                          ^^^^^^^^^^^^^
  hint: add \`writebackConfiguration:\` where groups and users are written back to, or null; only the beta answer has it
facts.yaml:6:133 error unknown key \`synchronisationInterval\` [unknown-key]
  6 | …eBackEnabled: "yes" }, configuration: { synchronisationInterval: PT30M } }
    |                                          ^^^^^^^^^^^^^^^^^^^^^^^
  hint: did you mean \`synchronizationInterval\`?"
`);
  expect(
    shown(`declared: { by: jane, on: 2026-11-01, until: 2026-08-01 }
connectScope: [Staff, "OU=Staff,DC=contoso,DC=com", { dn: "ou=staff,dc=contoso,dc=com", included: false }]
approvedChanges: [{ group: ${GROUP}, to: cloud, approved: 2026-02-31 }]
recipients: [{ group: ${GROUP}, hiddenFromAddressLists: true }, { group: ${GROUP.toUpperCase()}, requireSenderAuthentication: true }]
domainControllerBuilds: [{ server: dc1.contoso.com, build: 10.0.1 }, { server: DC1.contoso.com, build: 10.0.2 }]
onPremisesSynchronization: { id: ${GROUP}, features: { groupWriteBackEnabled: true }, configuration: { synchronizationInterval: soon } }
`),
  ).toMatchInlineSnapshot(`
"facts.yaml:6:115 error \`accidentalDeletionPrevention\` is missing [missing-key]
  6 | …tures: { groupWriteBackEnabled: true }, configuration: { synchronizationInterval: soon } }
    |                                          ^^^^^^^^^^^^^
  hint: add \`accidentalDeletionPrevention:\` { synchronizationPreventionType: enabledForCount, alertThreshold: 500 }, or null
facts.yaml:6:115 error \`synchronizationClientVersion\` is missing [missing-key]
  6 | …tures: { groupWriteBackEnabled: true }, configuration: { synchronizationInterval: soon } }
    |                                          ^^^^^^^^^^^^^
  hint: add \`synchronizationClientVersion:\` version of Entra Connect, such as 2.5.79.0
facts.yaml:6:115 error \`writebackConfiguration\` is missing [missing-key]
  6 | …tures: { groupWriteBackEnabled: true }, configuration: { synchronizationInterval: soon } }
    |                                          ^^^^^^^^^^^^^
  hint: add \`writebackConfiguration:\` where groups and users are written back to, or null; only the beta answer has it"
`);
});

test('facts of another tenant than the configured one are a mistake', () => {
  const text = `${HEAD}onPremisesSynchronization: { id: ${GROUP}, features: { a: true } }\n`;
  for (const tenant of [undefined, GROUP]) expect(load(text, { tenant }).problems).toEqual([]);
  expect(load(text).problems.map(({ code }) => code)).toEqual(['other-tenant']);
});

test('a file that is not there, no file, or too large is a mistake with the reason', () => {
  expect(loadFacts('nowhere.yaml', folder, undefined).problems[0]?.message).toContain('no such file');
  expect(loadFacts('.', folder, undefined).problems[0]?.message).toContain('not a file');
  expect(load(`${HEAD}#${'x'.repeat(1024 * 1024)}`).problems[0]?.code).toBe('too-large');
});

test('the schema’s statements and keys have descriptions, which editors show', () => {
  const path = join(import.meta.dirname, '../../schemas/facts.schema.json');
  const { properties } = JSON.parse(readFileSync(path, 'utf8'));
  for (const [name, { description }] of [
    ...Object.entries<{ description?: string }>(properties),
    ...Object.entries<{ description?: string }>(properties.statements.properties),
  ])
    expect([name, typeof description]).toEqual([name, 'string']);
});

test('mutated files give facts or mistakes, never an exception', () => {
  const bytes = Buffer.from(FACTS);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
      changes => {
        const mutated = Buffer.from(bytes);
        for (const [at, value] of changes) mutated[at] = value;
        const { facts, problems } = load(mutated);
        expect(facts === undefined).toBe(problems.length > 0);
      },
    ),
    { numRuns: 200 },
  );
});
