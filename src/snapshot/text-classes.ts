import type { TableName, tables } from './tables.ts';

/**
 * What a text may tell of people and groups: `name` names one or is written by one; `cn` is a name in AD that may hold a writeback marker; `address` is a
 * UPN, a mail or a proxy address; `dn` a distinguished name; `plain` tells nothing: identifiers, types, states, DNS names.
 */
export type TextClass = 'plain' | 'name' | 'cn' | 'address' | 'dn';

type TextColumns<N extends TableName> = {
  readonly [C in keyof (typeof tables)[N]['columns'] as (typeof tables)[N]['columns'][C] extends {
    readonly type: 'text' | 'text[]';
  }
    ? C
    : never]: TextClass;
};

const adNames = { dn: 'dn', cn: 'cn', sam_account_name: 'name', display_name: 'name' } as const;
const markers = { admin_description: 'name', external_id: 'name' } as const;

/** The class of every text column: what `collect --redact` puts a pseudonym in place of. A new column without a class does not compile. */
export const textClasses: { readonly [N in TableName]: TextColumns<N> } = {
  ad_domain: { dn: 'dn', dns_name: 'plain', sid: 'plain', forest_dns_name: 'plain' },
  ad_container: { kind: 'plain', dn: 'dn', flavour: 'plain', object_class: 'plain' },
  ad_group: {
    ...adNames,
    ...markers,
    sid: 'plain',
    domain_dn: 'dn',
    object_class: 'plain',
    description: 'name',
    mail: 'address',
    mail_nickname: 'name',
    proxy_addresses: 'address',
    show_in_address_book: 'dn',
    object_soa: 'plain',
  },
  ad_member: {},
  ad_parent: {},
  ad_user: { ...adNames, ...markers, sid: 'plain', object_class: 'plain', upn: 'address', mail: 'address' },
  ad_address: { address: 'address', attribute: 'plain', object_class: 'plain', dn: 'dn' },
  ad_attribute_change: { attribute: 'plain', server: 'plain' },
  ad_member_change: { member_dn: 'dn', server: 'plain' },
  ad_security: { owner_sid: 'plain', group_sid: 'plain' },
  ad_ace: { trustee_sid: 'plain' },
  ad_schema: { name: 'plain', kind: 'plain' },
  ad_trustee: { sid: 'plain', name: 'name', object_class: 'plain', dn: 'dn' },
  ad_identity: { role: 'plain', name: 'name', sid: 'plain' },
  ad_forest_group: { ...markers, sid: 'plain', dn: 'dn', mail: 'address', extension_attributes: 'plain' },
  ad_deleted: { ...markers, sid: 'plain', dn: 'dn', last_known_parent: 'dn' },
  cloud_group: {
    display_name: 'name',
    description: 'name',
    group_types: 'plain',
    mail: 'address',
    mail_nickname: 'name',
    proxy_addresses: 'address',
    visibility: 'plain',
    membership_rule: 'name',
    membership_rule_state: 'plain',
    security_identifier: 'plain',
    on_premises_sid: 'plain',
    on_premises_sam_account_name: 'name',
    on_premises_domain_name: 'plain',
  },
  cloud_writeback: { on_premises_group_type: 'plain' },
  cloud_managed_group: {},
  cloud_member: { kind: 'plain' },
  cloud_user: {
    display_name: 'name',
    upn: 'address',
    mail: 'address',
    user_type: 'plain',
    immutable_id: 'name',
    on_premises_sid: 'plain',
    on_premises_sam_account_name: 'name',
    on_premises_domain_name: 'plain',
    on_premises_dn: 'dn',
  },
  cloud_deleted_group: { display_name: 'name', group_types: 'plain' },
  cloud_tenant: { display_name: 'name', verified_domains: 'plain' },
  cloud_sync_feature: { name: 'plain' },
  cloud_setting: { template: 'plain', name: 'plain', value: 'name' },
  cloud_job: {
    id: 'plain',
    service_principal_name: 'name',
    template_id: 'plain',
    schedule_state: 'plain',
    status_code: 'plain',
    quarantine_reason: 'plain',
    quarantine_error: 'name',
    last_state: 'plain',
    target_container: 'dn',
    cn_expression: 'name',
  },
  scope_flavour: { flavour: 'plain' },
  coverage: { facet: 'plain', object: 'plain', reason: 'plain' },
};
