import { groupEdited, groupTables, lately, picked } from '../changes.ts';
import { faultsOf } from '../fault.ts';

const fault = faultsOf('mail');

/** Groups that Connect writes back with an address. */
const mailed = `SELECT p.ad_guid, p.cloud_id, g.mail FROM pair p JOIN ad_group g ON g.guid = p.ad_guid
WHERE p.comparable AND p.flavour = 'connect-v1' AND g.mail IS NOT NULL AND g.hidden_from_address_lists IS NOT TRUE`;
const group = picked('ad_guid');
const cloud = picked('cloud_id');
const mail = '(SELECT mail FROM picked)';

/** What goes wrong with addresses, aliases and address books. */
export const mailFaults = [
  fault('address-taken', 'an account in AD is given the address of a written-back group', {
    tables: ['ad_address'],
    candidates: `${mailed} AND EXISTS (FROM ad_user)`,
    changes: [
      `INSERT INTO ad_address BY NAME SELECT lower(${mail}) AS address, guid AS object_guid, 'proxyAddresses' AS attribute, object_class, dn FROM ad_user ORDER BY guid LIMIT 1`,
    ],
  }),
  fault('not-in-address-book', 'nobody ran Update-Recipient: a written-back group is in no address list', {
    tables: groupTables,
    candidates: mailed,
    changes: groupEdited(group, 'show_in_address_book = []', ['showInAddressBook']),
  }),
  fault('mail-edited', 'the mail address of a written-back group is changed in AD', {
    tables: groupTables,
    candidates: mailed,
    changes: groupEdited(group, "mail = 'old-' || mail", ['mail']),
  }),
  fault('second-primary-address', 'a written-back group gets a second primary address in AD', {
    tables: groupTables,
    candidates: mailed,
    changes: groupEdited(group, "proxy_addresses = list_append(proxy_addresses, 'SMTP:second-' || mail)", [
      'proxyAddresses',
    ]),
  }),
  fault(
    'address-added-in-cloud',
    'a team gets a second address of its own domain in the cloud, which is not written back',
    {
      tables: ['cloud_group'],
      candidates: mailed,
      changes: [
        `UPDATE cloud_group SET proxy_addresses = list_append(proxy_addresses, 'smtp:also-' || ${mail}) WHERE id = ${cloud}`,
      ],
    },
  ),
  fault(
    'alias-edited',
    'the alias of a written-back group gets a blank in AD, so that Exchange no longer processes it',
    {
      tables: groupTables,
      candidates: mailed,
      changes: groupEdited(group, "mail_nickname = 'not valid'", ['mailNickname']),
    },
  ),
  fault(
    'address-list-removed',
    'an address list goes with the last Exchange server of a site, and groups still name it',
    {
      tables: ['ad_address_list'],
      candidates:
        'SELECT l.guid FROM ad_address_list l WHERE EXISTS (FROM ad_group g JOIN pair p ON p.ad_guid = g.guid WHERE p.comparable AND list_contains(g.show_in_address_book, l.dn))',
      changes: [`DELETE FROM ad_address_list WHERE guid = ${picked('guid')}`],
    },
  ),
  fault('hidden-in-cloud-alone', 'a team is hidden from address lists in the cloud, and stays visible on premises', {
    tables: ['cloud_mail_setting'],
    candidates: `${mailed} AND EXISTS (FROM cloud_mail_setting s WHERE s.group_id = p.cloud_id)`,
    changes: [`UPDATE cloud_mail_setting SET hidden_from_address_lists = true WHERE group_id = ${cloud}`],
  }),
  fault('membership-hidden-in-cloud-alone', 'a team hides its members in the cloud, and AD shows them to everybody', {
    tables: ['cloud_group'],
    candidates: mailed,
    changes: [`UPDATE cloud_group SET visibility = 'HiddenMembership' WHERE id = ${cloud}`],
  }),
  fault('domain-made-authoritative', 'Exchange on premises is told that it alone holds the mail domain of the groups', {
    tables: ['ad_accepted_domain'],
    candidates: `SELECT d.name FROM ad_accepted_domain d WHERE d.kind = 'internal-relay' AND EXISTS (FROM (${mailed}) m WHERE ends_with(lower(m.mail), '@' || d.name))`,
    changes: ["UPDATE ad_accepted_domain SET kind = 'authoritative' WHERE name = (SELECT name FROM picked)"],
  }),
  fault('routing-address-removed', 'the address of a team below onmicrosoft.com, by which mail is routed, is removed', {
    tables: ['cloud_group'],
    candidates: mailed,
    changes: [
      `UPDATE cloud_group SET proxy_addresses = list_filter(proxy_addresses, a -> NOT ends_with(lower(a), '.onmicrosoft.com')) WHERE id = ${cloud}`,
    ],
  }),
  fault('opened-to-senders-outside', 'a written-back group takes mail from anybody on premises', {
    tables: groupTables,
    candidates: mailed,
    changes: groupEdited(group, 'require_auth_to_send = NULL', ['msExchRequireAuthToSendTo']),
  }),
  fault('address-conflict', 'the cloud quarantines an address of a written-back group that another object has', {
    tables: ['cloud_error'],
    candidates: 'SELECT cloud_id FROM pair WHERE comparable AND in_scope',
    changes: [
      `INSERT INTO cloud_error BY NAME SELECT ${cloud} AS object_id, 'group' AS object_kind, 'on-premises' AS source, 90 AS ordinal, 'PropertyConflict' AS category, 'ProxyAddresses' AS property, ${lately} AS occurred`,
    ],
  }),
];
