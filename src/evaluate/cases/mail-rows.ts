import type { Flavour } from '../../base/index.ts';
import type { Row, TableRows } from '../../snapshot/index.ts';
import type { AdGroupDraft } from './ad-draft.ts';
import { guidOf } from './naming.ts';
import type { PlacedGroup } from './placed-group.ts';
import { bare, type CloudThing, spelled, type World } from './world.ts';

type MailAttributes = Pick<
  Row<'ad_group'>,
  | 'mail'
  | 'mail_nickname'
  | 'proxy_addresses'
  | 'show_in_address_book'
  | 'hidden_from_address_lists'
  | 'hide_dl_membership'
  | 'require_auth_to_send'
>;

const ALL_GROUPS = 'CN=All Groups,CN=All Address Lists';

/** The mail attributes of an AD group: those that Connect and Exchange give to a cloud group with an address, unless the case says otherwise. */
export function mailAttributes(
  draft: AdGroupDraft,
  origin: CloudThing | undefined,
  engine: Flavour | undefined,
): MailAttributes {
  const written = engine === undefined || engine === 'cloud-sync' ? undefined : origin?.group;
  const address = written?.mail ?? null;
  const mail = draft.mail === undefined ? address : draft.mail;
  const nickname = written?.mailNickname === undefined ? (origin?.name ?? null) : written.mailNickname;
  return {
    mail,
    mail_nickname: draft.mailNickname === undefined ? (address === null ? null : nickname) : draft.mailNickname,
    proxy_addresses: draft.proxyAddresses ?? (address === null || mail === null ? [] : [`SMTP:${mail}`]),
    show_in_address_book: draft.addressLists ?? (address === null ? [] : [ALL_GROUPS]),
    hidden_from_address_lists: draft.hidden ?? null,
    hide_dl_membership: draft.hidesMembership ?? null,
    require_auth_to_send:
      draft.requiresAuthToSend === undefined ? (address === null ? null : true) : draft.requiresAuthToSend,
  };
}

/** The addresses of a cloud group: as stated, else its mail address and one below the tenant's own domain. */
export function cloudAddresses({ group, name }: CloudThing): readonly string[] {
  const stated = group?.proxyAddresses;
  if (stated !== undefined) return stated;
  const mail = group?.mail ?? null;
  return mail === null ? [] : [`SMTP:${mail}`, `smtp:${name.replaceAll(' ', '.')}@contoso.mail.onmicrosoft.com`];
}

/** What Exchange keeps besides: its address lists, the domains that it accepts, and the settings of Exchange Online. */
export function exchangeRows(world: World, groups: readonly PlacedGroup[]): TableRows {
  const named = groups.flatMap(({ row }) => row.show_in_address_book);
  const lists = [...new Set(world.forest.addressLists ?? named)];
  const domains = world.forest.acceptedDomains ?? ['contoso.com'];
  const recipients = [...world.cloudThings.entries()].filter(([, { group }]) => (group?.mail ?? null) !== null);
  return {
    ad_address_list: lists.map(dn => ({ guid: guidOf('address-list', dn), dn, name: null })),
    ad_accepted_domain: domains.map(domain => {
      const { id, kind } = spelled(domain, bare);
      return { name: id, kind: kind ?? 'internal-relay', flags: null };
    }),
    cloud_mail_setting: recipients.map(([, { id, group }]) => ({
      group_id: id,
      hidden_from_address_lists: group?.hidden === undefined ? false : group.hidden,
      allow_external_senders: group?.externalSenders === undefined ? false : group.externalSenders,
    })),
  };
}
