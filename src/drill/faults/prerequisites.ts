import { accessGranted, accessTables, picked, schemaGuid } from '../changes.ts';
import { faultsOf } from '../fault.ts';

const fault = faultsOf('prerequisites');

const feature = (name: string, value: boolean) => [
  `DELETE FROM cloud_sync_feature WHERE name = '${name}'`,
  `INSERT INTO cloud_sync_feature VALUES ('${name}', ${value})`,
];
const switches =
  "SELECT facet FROM coverage WHERE facet = 'cloud.onPremisesSynchronization' AND object = '' AND complete";

/** What goes wrong with the forest, the servers, the licences and the switches that writeback stands on. */
export const prerequisiteFaults = [
  fault('exchange-schema-missing', 'the forest has never seen an Exchange setup', {
    tables: ['ad_domain'],
    candidates: 'SELECT dn FROM ad_domain WHERE exchange_schema_version IS NOT NULL',
    changes: [
      'UPDATE ad_domain SET exchange_schema_version = NULL, exchange_org_version = NULL, exchange_domain_version = NULL',
    ],
  }),
  fault('exchange-organisation-old', 'the Exchange organisation is one of 2010', {
    tables: ['ad_domain'],
    candidates: 'SELECT dn FROM ad_domain WHERE exchange_org_version IS NOT NULL',
    changes: ['UPDATE ad_domain SET exchange_org_version = 14322'],
  }),
  fault('exchange-server-old', 'an Exchange 2016 server, out of support, is brought back', {
    tables: ['ad_exchange_server'],
    candidates: 'SELECT guid FROM ad_exchange_server',
    changes: [`UPDATE ad_exchange_server SET version = 'Version 15.1 (Build 32507.6)' WHERE guid = ${picked('guid')}`],
  }),
  fault('ad-schema-old', 'the schema is that of Windows Server 2012 R2', {
    tables: ['ad_domain'],
    candidates: 'SELECT dn FROM ad_domain WHERE external_id_in_schema',
    changes: ['UPDATE ad_domain SET schema_version = 69, external_id_in_schema = false, object_soa_in_schema = false'],
  }),
  fault('connect-server-old', 'Entra Connect comes back from an old image', {
    tables: ['cloud_sync_configuration'],
    candidates: 'SELECT id FROM cloud_sync_configuration WHERE client_version IS NOT NULL',
    changes: ["UPDATE cloud_sync_configuration SET client_version = '1.6.4.0'"],
  }),
  fault('agent-old', 'a provisioning agent no longer updates itself', {
    tables: ['cloud_agent'],
    candidates: 'SELECT id FROM cloud_agent',
    changes: ["UPDATE cloud_agent SET version = '1.1.587.0' WHERE id = (SELECT id FROM picked)"],
  }),
  fault('agent-down', 'all provisioning agents but one are down', {
    tables: ['cloud_agent'],
    candidates: "SELECT id FROM cloud_agent WHERE lower(status) = 'active'",
    changes: ["UPDATE cloud_agent SET status = 'inactive' WHERE id <> (SELECT id FROM picked)"],
  }),
  fault('licence-expired', 'the licences of the tenant run out', {
    tables: ['cloud_licence'],
    candidates: 'SELECT count(*) AS licences FROM cloud_licence WHERE enabled_units > 0 HAVING count(*) > 0',
    changes: ['UPDATE cloud_licence SET enabled_units = 0'],
  }),
  fault('container-out-of-scope', 'the writeback container is taken out of the scope of Entra Connect', {
    tables: ['declared_connect_scope'],
    candidates: `SELECT c.dn FROM ad_container c WHERE c.kind = 'writeback' AND c.found AND c.flavour IS DISTINCT FROM 'cloud-sync' AND EXISTS (FROM declared_connect_scope)`,
    changes: ['INSERT INTO declared_connect_scope BY NAME SELECT dn, false AS included FROM picked'],
  }),
  fault(
    'container-synced-by-job',
    'a Cloud Sync job from AD takes the writeback container, and sends back what was written',
    {
      tables: ['declared_cloud_sync_scope'],
      candidates: `SELECT c.dn FROM ad_container c WHERE c.kind = 'writeback' AND c.found AND c.flavour IS DISTINCT FROM 'cloud-sync' AND EXISTS (FROM declared_cloud_sync_scope)`,
      changes: ['INSERT INTO declared_cloud_sync_scope BY NAME SELECT dn, true AS included FROM picked'],
    },
  ),
  fault('soft-match-opened', 'soft match is unlocked for a migration, and not locked again', {
    tables: ['cloud_sync_feature'],
    candidates: switches,
    changes: feature('blockSoftMatchEnabled', false),
  }),
  fault('user-writeback-relic', 'the switch of user writeback is on', {
    tables: ['cloud_sync_feature'],
    candidates: switches,
    changes: feature('userWritebackEnabled', true),
  }),
  fault('device-container-deleted', 'the container of written-back devices is deleted while their writeback is on', {
    tables: ['ad_domain', 'cloud_sync_feature'],
    candidates: switches,
    changes: [...feature('deviceWritebackEnabled', true), 'UPDATE ad_domain SET registered_devices = false'],
  }),
  fault('password-reset-granted', 'the sync account is granted the reset of passwords, which nobody declared', {
    tables: accessTables,
    candidates: `SELECT c.guid, min(i.sid) AS sid FROM ad_container c JOIN ad_security s ON s.object_guid = c.guid CROSS JOIN ad_identity i
WHERE c.kind = 'domain' AND s.acl IS NOT NULL AND i.role = 'sync' AND i.sid IS NOT NULL GROUP BY c.guid`,
    changes: accessGranted(picked('guid'), {
      to: '(SELECT sid FROM picked)',
      mask: 0x100,
      type: "'00299570-246d-11d0-a768-00aa006e0529'",
      below: schemaGuid('user'),
    }),
  }),
];
