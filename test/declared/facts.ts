/** Id of the tenant of the declared facts. */
export const TENANT = '11111111-2222-4333-8444-555555555555';

/** Id of a cloud group. */
export const GROUP = 'aaaaaaaa-0000-4000-8000-000000000001';

/** A file that declares something of every kind. */
export const FACTS = `declared: { by: jane.doe@contoso.com, on: 2026-08-01, until: 2026-11-01 }
connectScope:
  - OU=Staff,DC=contoso,DC=com
  - { dn: "OU=Leavers,OU=Staff,DC=contoso,DC=com", included: false }
cloudSyncScope:
  - OU=Apps,DC=contoso,DC=com
approvedChanges:
  - { group: ${GROUP}, to: cloud, approved: 2026-07-01T10:00:00Z, ticket: CHG0012 }
recipients:
  - { group: ${GROUP.toUpperCase()}, requireSenderAuthentication: true }
domainControllerBuilds:
  - { server: DC1.contoso.com, build: 10.0.20348.5257 }
statements: { auditLogExported: true }
onPremisesSynchronization:
  id: ${TENANT}
  features: { "@odata.type": "#microsoft.graph.x", groupWriteBackEnabled: false, blockSoftMatchEnabled: null }
  configuration:
    accidentalDeletionPrevention: { synchronizationPreventionType: enabledForCount, alertThreshold: 500 }
    synchronizationClientVersion: 2.5.79.0
    synchronizationInterval: PT30M
    currentExportData: { pendingObjectsAddition: 1, pendingObjectsUpdate: 2, pendingObjectsDeletion: 0 }
    writebackConfiguration: { unifiedGroupContainer: "OU=Groups,DC=contoso,DC=com", userContainer: null }
agents:
  - { machineName: agent1.contoso.com, status: active, version: 1.1.2334.0 }
  - { id: a2, machineName: agent2.contoso.com, status: inactive }
`;
