import type { CloudGroup } from '../../tenant.ts';
import type { Label } from '../estate.ts';
import { type Facts, failure, firstOf, kindOf, type Twin } from './facts.ts';
import { scopeOf } from './scope-rows.ts';

const ROUTED = /[@.][a-z0-9-]*\.?onmicrosoft\.com$/i;
const ALIAS = /^[^.\s@"\\[\]:;<>,()][^\s@"\\[\]:;<>,()]*$/;

/** The invariants of policies/mail.yaml on addresses, the address book, hiding, senders and errors. */
export function judgeMail(facts: Facts): Label[] {
  return [
    ...facts.twins.flatMap(twin =>
      twin.cloud === undefined || twin.flavour === 'cloud-sync' ? [] : judgePair(facts, twin, twin.cloud),
    ),
    ...judgeErrors(facts),
  ];
}

function judgePair(facts: Facts, twin: Twin, cloud: CloudGroup): Label[] {
  const { entry, anchor, flavour } = twin;
  const found: string[] = [];
  const check = (holds: boolean, invariant: string): void => void (holds || found.push(invariant));
  const values = (name: string): readonly string[] => entry.attributes[name] ?? [];
  const mail = firstOf(entry, 'mail');
  const same = (one: string | null | undefined, other: string | null | undefined): boolean =>
    typeof one === 'string' && typeof other === 'string' && one.toLowerCase() === other.toLowerCase();
  const told = cloud.writebackConfiguration?.onPremisesGroupType;
  const mailed = mail !== undefined || cloud.mail !== null;
  if (mailed && (flavour === 'connect-v1' || told !== 'universalSecurityGroup'))
    check(same(mail, cloud.mail), 'mail-equals-cloud');
  const primary = values('proxyAddresses').filter(address => address.startsWith('SMTP:'));
  if (mail !== undefined || primary.length > 0)
    check(primary.length === 1 && same(primary[0], `smtp:${mail}`), 'primary-proxy-matches-mail');
  const nickname = firstOf(entry, 'mailNickname');
  if (nickname !== undefined || mail !== undefined) {
    const holders = facts.estate.directory.entries.filter(other => same(firstOf(other, 'mailNickname'), nickname));
    const good = nickname !== undefined && ALIAS.test(nickname) && holders.length === 1;
    check(good && same(nickname, cloud.mailNickname), 'mailnickname-valid');
  }
  check(
    values('showInAddressBook').every(dn => isList(facts, dn)),
    'gal-lists-exist',
  );
  if (mail !== undefined) {
    const hidden = firstOf(entry, 'msExchHideFromAddressLists') === 'TRUE';
    check(hidden === (cloud.hideFromAddressLists === true), 'hidden-flag-agrees');
    check(isRelayed(facts, mail), 'accepted-domain-known');
    const guarded = firstOf(entry, 'msExchRequireAuthToSendTo') === 'TRUE';
    check(guarded || cloud.allowExternalSenders === true, 'sender-restriction-agrees');
  }
  if (kindOf(cloud) === 'microsoft365') check(cloud.visibility !== 'Public', 'public-m365-group-written-back');
  if (flavour === 'connect-v1') found.push(...judgeFirstVersion(facts, twin, cloud));
  return found.map(invariant => failure(invariant, { cloudGroup: anchor, adGroup: entry.guid }));
}

function judgeFirstVersion(facts: Facts, { entry }: Twin, cloud: CloudGroup): string[] {
  const held = new Set((entry.attributes.proxyAddresses ?? []).map(address => address.toLowerCase()));
  const missing = cloud.proxyAddresses.filter(
    address => address.startsWith('smtp:') && !ROUTED.test(address) && !held.has(address.toLowerCase()),
  );
  const routed = cloud.proxyAddresses.some(address => /^smtp:/i.test(address) && ROUTED.test(address));
  const accepted = (facts.estate.config.params['mail.acceptedHiddenGroups'] ?? '').split(',');
  const open = cloud.visibility === 'HiddenMembership' && !accepted.includes(cloud.id);
  return [
    ...(missing.length > 0 ? ['secondary-proxy-expected-missing'] : []),
    ...(cloud.mail !== null && !routed ? ['onmicrosoft-route-present'] : []),
    // Every list of the estate lets everybody read.
    ...(open ? ['hidden-membership-not-exposed'] : []),
  ];
}

function isList({ estate }: Facts, dn: string): boolean {
  return estate.directory.entries.some(
    entry => entry.kind === 'addressBookContainer' && entry.dn.toLowerCase() === dn.toLowerCase(),
  );
}

function isRelayed({ estate }: Facts, mail: string): boolean {
  return estate.directory.entries.some(
    ({ kind, attributes }) =>
      kind === 'msExchAcceptedDomain' &&
      mail.toLowerCase().endsWith(`@${attributes.msExchAcceptedDomainName?.[0]?.toLowerCase()}`) &&
      (Number(attributes.msExchAcceptedDomainFlags?.[0]) & 2) !== 0,
  );
}

function judgeErrors(facts: Facts): Label[] {
  const rows = scopeOf(facts).filter(row => row.inScope);
  const groups = new Map(rows.map(({ cloud }) => [cloud.id, cloud]));
  const members = new Set([...groups.values()].flatMap(group => group.members.map(({ id }) => id)));
  const late = (time: string): boolean => facts.asOf - Date.parse(time) > 3_600_000;
  const inConflict = (one: Pick<CloudGroup, 'onPremisesProvisioningErrors'>): boolean =>
    one.onPremisesProvisioningErrors.some(
      error => error.category === 'PropertyConflict' && late(error.occurredDateTime),
    );
  const refused = rows.filter(
    ({ cloud }) => cloud.serviceProvisioningErrors?.some(error => !error.isResolved) === true,
  );
  return [
    ...[...groups.values()]
      .filter(inConflict)
      .map(({ id }) => failure('proxy-conflict-cloud-errors', { cloudGroup: id })),
    ...facts.estate.tenant.users
      .filter(
        ({ id, onPremisesProvisioningErrors = [] }) => members.has(id) && inConflict({ onPremisesProvisioningErrors }),
      )
      .map(({ id }) => failure('proxy-conflict-cloud-errors', { cloudPrincipal: id })),
    ...refused.map(({ ids }) => failure('service-provisioning-errors-none', ids)),
  ];
}
