import { attach, clearSql, fieldsOf } from './build.ts';
import { whole } from './group-known.ts';
import type { Attachment, PopulationField } from './population.ts';

const mailDomain = "lower(trim(split_part(ga.mail, '@', -1)))";

/** What is known of a pair `g` as a recipient. */
export const mailAttachments: readonly Attachment[] = [
  attach('gms', 'cloud_mail_setting', 'gms.group_id = g.cloud_id'),
  attach('gus', 'unread', "gus.facet = 'cloud.mailSettings' AND gus.id = g.cloud_id"),
  attach('gdr', 'declared_recipient', 'gdr.group_id = g.cloud_id'),
  attach('gdl', 'dangling_list', 'gdl.guid = g.ad_guid'),
  attach('gmd', 'mail_domain', `gmd.domain = ${mailDomain}`),
  attach(
    'gnn',
    '(SELECT lower(mail_nickname) AS nickname, count(*) AS holders FROM ad_group WHERE mail_nickname IS NOT NULL GROUP BY lower(mail_nickname))',
    'gnn.nickname = lower(ga.mail_nickname)',
  ),
  attach('gmr', 'member_reader', 'gmr.acl = gx.acl'),
  attach('gua', 'unread', "gua.facet = 'ad.acl' AND gua.id = g.ad_guid"),
];

/** A setting that only Exchange Online keeps: as Graph tells it, else as somebody declares it; absent where neither says anything. */
const setting = (read: string, declared: string) => {
  const value = `coalesce(${read}, ${declared})`;
  const told = '(nk.cloud_mail_settings AND gus.object IS NULL AND gms.group_id IS NOT NULL AND nk.import_recipients)';
  return {
    value,
    known: fieldsOf(
      'cloud.mailSettings',
      `(g.cloud_known AND (g.cloud_id IS NULL OR ${value} IS NOT NULL OR ${told}))`,
    ),
  };
};
const hidden = setting('gms.hidden_from_address_lists', 'gdr.hidden_from_address_lists');
const external = setting('gms.allow_external_senders', 'NOT gdr.require_sender_authentication');
const settings = { nullable: true, also: ['import.recipients', 'cloud.groups'] } as const;

const listed = fieldsOf(
  'ad.addressLists',
  '(g.ad_known AND (g.ad_guid IS NULL OR (g.ad_all AND nk.ad_address_lists)))',
);

/** What Exchange and mail see of a pair. */
export const mailFields: readonly PopulationField[] = [
  hidden.known('group.cloud.hiddenFromAddressLists', 'bool', hidden.value, 'whether Exchange Online hides it', {
    from: 'hideFromAddressLists',
    ...settings,
  }),
  external.known(
    'group.cloud.allowsExternalSenders',
    'bool',
    external.value,
    'whether Exchange Online takes mail for it from senders who did not sign in',
    { from: 'allowExternalSenders', ...settings },
  ),
  whole(
    'group.ad.requiresAuthToSend',
    'bool',
    'ga.require_auth_to_send',
    'whether only senders who signed in may write to it',
    {
      nullable: true,
      from: 'msExchRequireAuthToSendTo',
    },
  ),
  whole('group.ad.hidesMembership', 'bool', 'ga.hide_dl_membership', 'whether Exchange hides who its members are', {
    nullable: true,
    from: 'hideDLMembership',
  }),
  fieldsOf(
    'ad.groups',
    '(g.ad_known AND g.ad_whole AND (ga.mail_nickname IS NULL OR g.ad_all OR coalesce(gnn.holders, 0) > 1))',
  )(
    'group.ad.mailNicknameHolders',
    'int',
    'CASE WHEN g.ad_guid IS NOT NULL THEN coalesce(gnn.holders, 0) END',
    'groups of AD in the snapshot that have its alias, itself included; 0 without one',
    { from: 'mailNickname' },
  ),
  listed(
    'group.ad.danglingAddressLists',
    'string[]',
    'coalesce(gdl.dns, [])',
    'address lists that it names and that do not exist',
    { from: 'showInAddressBook', names: 'ad', also: ['ad.groups'] },
  ),
  fieldsOf(
    'ad.acceptedDomains',
    `(g.ad_known AND g.ad_whole AND (ga.mail IS NULL OR (nk.ad_accepted_domains AND ${clearSql('ad')})))`,
  )(
    'group.ad.mailDomainKind',
    'string',
    'gmd.kind',
    'how Exchange on premises accepts mail for the domain of its mail address; absent when it does not, or when there is no address',
    {
      nullable: true,
      values: ['authoritative', 'internal-relay', 'external-relay', 'unknown'],
      from: 'msExchAcceptedDomainFlags',
      also: ['ad.groups', 'ad.names'],
    },
  ),
  fieldsOf(
    'ad.acl',
    '(g.ad_known AND (g.ad_guid IS NULL OR (gx.object_guid IS NOT NULL AND nk.ad_acl AND gua.object IS NULL)))',
  )(
    'group.ad.memberReaders',
    'string[]',
    "CASE WHEN gx.acl IS NULL THEN ['S-1-1-0'] ELSE coalesce(gmr.sids, []) END",
    'SIDs of those to whom its access list lets read its members',
    { from: 'nTSecurityDescriptor', also: ['ad.groups'] },
  ),
];
