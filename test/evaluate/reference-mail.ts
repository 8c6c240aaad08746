import type { SeenPair, View } from './reference-membership.ts';
import { AS_OF, type World } from './world.ts';

type Verdict = 'pass' | 'fail' | 'unknown';
type Book = Map<string, Verdict>;

const HOUR = 3_600_000;
const verdict = (good: boolean): Verdict => (good ? 'pass' : 'fail');
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const isBelow = (address: string, domain: string): boolean =>
  address.toLowerCase().endsWith(`@${domain}`) || address.toLowerCase().endsWith(`.${domain}`);

/** A group with its object, both there. */
type Written = SeenPair & {
  readonly group: NonNullable<SeenPair['group']>;
  readonly object: NonNullable<SeenPair['object']>;
};

const isWritten = (pair: SeenPair): pair is Written =>
  pair.group !== undefined && pair.object !== undefined && pair.anchored;

/** The verdicts on written-back groups as recipients. */
export function judgeMail(world: World, view: View): [string, Book][] {
  const written = view.pairs.filter(isWritten);
  const connect = written.filter(({ flavour }) => flavour === 'connect-v1' || flavour === 'connect-v2');
  const first = written.filter(({ flavour }) => flavour === 'connect-v1');
  const book = (pairs: readonly Written[], judge: (pair: Written) => boolean | 'unknown' | undefined): Book =>
    new Map(
      pairs.flatMap((pair): [string, Verdict][] => {
        const said = judge(pair);
        return said === undefined ? [] : [[pair.key, said === 'unknown' ? said : verdict(said)]];
      }),
    );
  return [
    ['mail-equals-cloud', book(connect, pair => mailAgrees(world, pair))],
    ['primary-proxy-matches-mail', book(connect, primaryFits)],
    ['secondary-proxy-expected-missing', book(first, secondariesAreThere)],
    ['mailnickname-valid', book(connect, pair => nicknameFits(world, pair))],
    ['gal-lists-exist', book(connect, pair => listsExist(world, pair))],
    ['hidden-flag-agrees', book(connect, pair => hiddenAlike(world, pair))],
    ['hidden-membership-not-exposed', book(first, pair => hidesMembers(world, pair))],
    ['accepted-domain-known', book(connect, pair => isRelayed(world, pair))],
    ['onmicrosoft-route-present', book(first, hasRoute)],
    ['sender-restriction-agrees', book(connect, pair => isRestricted(world, pair))],
    ['proxy-conflict-cloud-errors', judgeConflicts(world, view)],
  ];
}

function mailAgrees(world: World, { group, object, flavour }: Written): boolean | undefined {
  const type = world.cloud_writeback.find(row => row.group_id === group.id)?.on_premises_group_type;
  if (flavour === 'connect-v2' && type === 'universalSecurityGroup') return undefined;
  if (group.mail === null && object.mail === null) return undefined;
  return group.mail !== null && object.mail !== null && same(group.mail, object.mail);
}

function primaryFits({ object: { mail, proxy_addresses: proxies } }: Written): boolean | undefined {
  const primary = proxies.filter(each => each.startsWith('SMTP:'));
  if (mail === null && primary.length === 0) return undefined;
  return mail !== null && primary.length === 1 && same(primary[0] ?? '', `SMTP:${mail}`);
}

function secondariesAreThere({ group, object }: Written): boolean | undefined {
  const secondary = group.proxy_addresses.filter(each => each.startsWith('smtp:'));
  if (secondary.length === 0) return undefined;
  const wanted = secondary.filter(each => !isBelow(each, 'onmicrosoft.com'));
  return wanted.every(each => object.proxy_addresses.some(other => same(other, each)));
}

function nicknameFits(world: World, { group, object }: Written): boolean | undefined {
  if (object.mail === null && object.mail_nickname === null) return undefined;
  if (object.mail_nickname === null || group.mail_nickname === null) return false;
  const nickname = object.mail_nickname;
  const valid = !nickname.startsWith('.') && ![...nickname].some(each => ' \t\n@"\\[]:;<>,()'.includes(each));
  const holders = world.ad_group.filter(row => row.mail_nickname !== null && same(row.mail_nickname, nickname));
  return valid && same(nickname, group.mail_nickname) && holders.length === 1;
}

function listsExist(world: World, { object }: Written): boolean | undefined {
  const lists = object.show_in_address_book;
  return lists.length === 0 ? undefined : lists.every(dn => world.ad_address_list.some(each => same(each.dn, dn)));
}

function settingsOf(world: World, id: string) {
  const live = world.cloud_mail_setting.find(row => row.group_id === id);
  const declared = world.declared_recipient.find(row => row.group_id === id);
  const strict = declared?.require_sender_authentication ?? null;
  return {
    hidden: live?.hidden_from_address_lists ?? declared?.hidden_from_address_lists ?? null,
    external: live?.allow_external_senders ?? (strict === null ? null : !strict),
    known: live !== undefined,
  };
}

function hiddenAlike(world: World, { group, object }: Written): boolean | 'unknown' | undefined {
  if (object.mail === null) return undefined;
  const { hidden, known } = settingsOf(world, group.id);
  if (hidden === null && !known) return 'unknown';
  return (object.hidden_from_address_lists === true) === (hidden === true);
}

function isRestricted(world: World, { group, object }: Written): boolean | 'unknown' | undefined {
  if (object.mail === null) return undefined;
  if (object.require_auth_to_send === true) return true;
  const { external, known } = settingsOf(world, group.id);
  return external === null && !known ? 'unknown' : external === true;
}

const MEMBER = ['bf9679c0-0de6-11d0-a285-00aa003049e2', 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'];
const EVERYBODY = ['S-1-1-0', 'S-1-5-11', 'S-1-5-32-545', 'S-1-5-32-554'];
const bit = (mask: number, at: number): boolean => Math.floor(mask / 2 ** at) % 2 === 1;

function hidesMembers(world: World, { group, object }: Written): boolean | undefined {
  if (group.visibility !== 'HiddenMembership') return undefined;
  const security = world.ad_security.find(row => row.object_guid === object.guid);
  if (object.hide_dl_membership !== true) return false;
  if (security === undefined || security.acl === null) return false;
  const entries = world.ad_ace.filter(
    ({ acl, inherit_only: below, mask, object_type: type }) =>
      acl === security.acl &&
      !below &&
      (bit(mask, 4) || bit(mask, 28) || bit(mask, 31)) &&
      (type === null || MEMBER.includes(type)),
  );
  const denied = new Set(entries.flatMap(each => (each.allow ? [] : [each.trustee_sid])));
  if (denied.has('S-1-1-0') || denied.has('S-1-5-11')) return true;
  return !entries.some(each => each.allow && !denied.has(each.trustee_sid) && EVERYBODY.includes(each.trustee_sid));
}

function isRelayed(world: World, { object }: Written): boolean | undefined {
  if (object.mail === null) return undefined;
  const domain = (object.mail.split('@').at(-1) ?? '').trim().toLowerCase();
  const covers = ({ name }: World['ad_accepted_domain'][number]) =>
    name === domain || name === '*' || (name.startsWith('*.') && domain.endsWith(name.slice(1)));
  const rank = ({ name }: World['ad_accepted_domain'][number]) => (name === domain ? 1000 : name.length);
  const [best] = world.ad_accepted_domain.filter(covers).sort((a, b) => rank(b) - rank(a));
  return best?.kind === 'internal-relay';
}

function hasRoute({ group }: Written): boolean | undefined {
  if (group.mail === null) return undefined;
  return group.proxy_addresses.some(each => /^smtp:/i.test(each) && isBelow(each, 'onmicrosoft.com'));
}

function judgeConflicts(world: World, { pairs }: View): Book {
  const scope = new Set(pairs.flatMap(pair => (pair.inScope ? (pair.group?.id ?? []) : [])));
  const members = world.cloud_member.filter(row => scope.has(row.group_id)).map(row => row.member_id);
  const concerned = new Set([...scope, ...members]);
  return new Map(
    world.cloud_error
      .filter(each => each.source === 'on-premises' && each.category === 'PropertyConflict')
      .filter(each => each.resolved !== true && concerned.has(each.object_id))
      .map(each => [
        `${each.object_id}/${each.source}/${each.ordinal}`,
        verdict(each.occurred !== null && AS_OF - each.occurred <= HOUR),
      ]),
  );
}
