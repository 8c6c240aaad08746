import { may, must, type Table } from './column.ts';

/** What was declared because no collector can read it. */
export const declaredTables = {
  declared_connect_scope: {
    about: 'Declared: organisational units that Entra Connect synchronises, and those below them that it leaves out',
    sortedBy: ['dn'],
    columns: {
      dn: must('text', 'DN of the organisational unit or domain'),
      included: must('bool', 'whether it is in scope; the nearest one above an object decides'),
    },
  },
  declared_cloud_sync_scope: {
    about: 'Declared: what Cloud Sync jobs from AD to the cloud take of AD, and what below it they leave out',
    sortedBy: ['dn'],
    columns: {
      dn: must('text', 'DN of the organisational unit or domain'),
      included: must('bool', 'whether it is in scope; the nearest one above an object decides'),
    },
  },
  declared_change: {
    about: 'Declared: approved changes of the source of authority of groups',
    sortedBy: ['group_id', 'kind', 'approved'],
    columns: {
      group_id: must('uuid', 'id of the group'),
      kind: must('text', 'to-cloud or to-ad'),
      approved: must('instant', 'when it was approved'),
      ticket: may('text', 'the change request'),
    },
  },
  declared_recipient: {
    about: 'Declared: what Exchange Online holds about groups and no application can read',
    sortedBy: ['group_id'],
    columns: {
      group_id: must('uuid', 'id of the group'),
      require_sender_authentication: may('bool', 'RequireSenderAuthenticationEnabled; absent when not declared'),
      hidden_from_address_lists: may('bool', 'HiddenFromAddressListsEnabled; absent when not declared'),
    },
  },
  declared_dc_build: {
    about: 'Declared: builds of domain controllers (the file version of ntdsai.dll)',
    sortedBy: ['dns_name'],
    columns: {
      dns_name: must('text', 'DNS name of the domain controller, lower case'),
      build: must('text', 'build, e.g. 10.0.20348.5257'),
    },
  },
  declared_statement: {
    about: 'Declared: statements about the tenant that nobody can read',
    sortedBy: ['name'],
    columns: {
      name: must('text', 'name of the statement, e.g. auditLogExported'),
      value: must('text', 'its value, e.g. true'),
    },
  },
} as const satisfies Record<string, Table>;
