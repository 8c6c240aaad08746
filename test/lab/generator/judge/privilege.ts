import type { CloudGroup } from '../../tenant.ts';
import { administrators, guids } from '../acl.ts';
import { domainObject, type Label } from '../estate.ts';
import { type Facts, failure, firstOf, isSynced, kindOf, type Twin } from './facts.ts';

const PRIVILEGED = /^S-1-5-21-[0-9-]+-(500|502|512|516|518|519|520|521|526|527)$|^S-1-5-32-(544|548|549|550|551)$/;
const MIGHTY = ['GA', 'GW', 'WD', 'WO', 'SD', 'WP', 'CC'];
const GROUP_WRITERS = ['62a82d76-70ea-41e2-9197-370581804d09', '19dbc75e-c2e2-444c-a770-ec69d8559fc7'];

/** The invariants on privileged objects, people, owners and applications, and on what the engines may do. */
export function judgePrivilege(facts: Facts): Label[] {
  return [
    ...facts.twins.flatMap(twin => [
      ...judgeObject(facts, twin),
      ...(twin.cloud === undefined || isSynced(twin.cloud) ? [] : judgePeople(facts, twin, twin.cloud)),
    ]),
    ...judgeApps(facts),
    ...judgeOwners(facts),
    ...judgeIdentities(facts),
    ...judgeAudits(facts),
  ];
}

function judgeObject({ estate }: Facts, { entry, anchor, flavour }: Twin): Label[] {
  const ids = { cloudGroup: anchor, adGroup: entry.guid };
  const past = (entry.attributes.sIDHistory ?? []).some(sid => PRIVILEGED.test(sid));
  const rules = estate.directory.entries.some(
    ({ kind, acl }) =>
      kind === 'groupPolicyContainer' &&
      acl?.aces.some(
        ({ allow, trustee, rights }) => allow && trustee === entry.sid && rights.some(code => MIGHTY.includes(code)),
      ) === true,
  );
  return [
    ...(firstOf(entry, 'adminCount') === '1' ? [failure('admincount-not-set', ids)] : []),
    ...(firstOf(entry, 'isCriticalSystemObject') === 'TRUE'
      ? [failure('isCriticalSystemObject-never-anchored', ids)]
      : []),
    ...(flavour === 'cloud-sync' && past ? [failure('no-sidhistory-privileged', ids)] : []),
    ...(flavour !== 'connect-v1' && rules ? [failure('grants-tier0-rights', ids)] : []),
  ];
}

function judgePeople({ estate, byGuid }: Facts, { entry, anchor, flavour }: Twin, cloud: CloudGroup): Label[] {
  if (flavour === 'connect-v1') return [];
  const ids = { cloudGroup: anchor, adGroup: entry.guid };
  const users = new Map(estate.tenant.users.map(user => [user.id, user]));
  const privileged = new Set(
    estate.tenant.roleDefinitions?.filter(({ isPrivileged }) => isPrivileged).map(({ id }) => id),
  );
  const governs = new Set(
    estate.tenant.roleAssignments
      ?.filter(({ roleDefinitionId }) => privileged.has(roleDefinitionId))
      .map(({ principalId }) => principalId),
  );
  const risky = cloud.members.some(({ id }) => governs.has(id) && users.get(id)?.onPremisesSyncEnabled === true);
  const accounts = entry.members.flatMap(guid => {
    const account = byGuid.get(guid);
    return account?.kind === 'user' ? [firstOf(account, 'adminCount') === '1'] : [];
  });
  const weak = (cloud.owners ?? []).some(({ id }) => {
    const owner = users.get(id);
    return owner === undefined || owner.accountEnabled !== true || owner.userType === 'Guest';
  });
  return [
    ...(risky ? [failure('privileged-synced-member', ids)] : []),
    ...(flavour === 'cloud-sync' && accounts.includes(true) && accounts.includes(false)
      ? [failure('privileged-ad-user-governed-by-cloud-group', ids)]
      : []),
    ...(kindOf(cloud) === 'security' && weak ? [failure('group-owner-is-weak-or-guest', ids)] : []),
  ];
}

function judgeApps({ estate }: Facts): Label[] {
  const known = (estate.config.params['privilege.knownApps'] ?? '').split(',');
  return (estate.tenant.appGrants ?? [])
    .filter(({ appRoleId, principalId }) => GROUP_WRITERS.includes(appRoleId) && !known.includes(principalId))
    .map(({ principalId }) => failure('apps-with-group-write-known', { cloudPrincipal: principalId }));
}

function trustedOwners({ estate }: Facts): Set<string> {
  const { directory, config } = estate;
  const engines = directory.entries.flatMap(({ sid, attributes }) =>
    sid !== null && [...config.syncIdentities, ...config.trustedWriters].includes(attributes.sAMAccountName?.[0] ?? '')
      ? [sid]
      : [],
  );
  return new Set([...administrators(directory.domainSid), ...engines]);
}

function judgeOwners(facts: Facts): Label[] {
  const trusted = trustedOwners(facts);
  return facts.twins.flatMap(({ entry, anchor }) => {
    const owner = entry.acl?.owner;
    if (owner === undefined || trusted.has(owner)) return [];
    const ids = { cloudGroup: anchor, adGroup: entry.guid };
    return [failure('owner-of-group-trusted', ids), failure('no-extra-writer-on-group', { trustee: owner, ...ids })];
  });
}

function judgeIdentities({ estate }: Facts): Label[] {
  const { directory, config } = estate;
  const found: Label[] = [];
  let resets = false;
  for (const { kind, sid, guid, attributes } of directory.entries) {
    if (sid === null || !config.syncIdentities.includes(attributes.sAMAccountName?.[0] ?? '')) continue;
    const managed = kind === 'msDS-GroupManagedServiceAccount';
    const governs = directory.builtins.some(builtin => PRIVILEGED.test(builtin.sid) && builtin.members.includes(guid));
    const invariant = managed ? 'gmsa-least-privilege' : 'connector-account-not-privileged';
    if (governs || (!managed && attributes.adminCount?.[0] === '1')) found.push(failure(invariant, { trustee: sid }));
    const own = directory.domainAces.filter(({ trustee, allow }) => allow && trustee === sid);
    const writes = own.some(
      ({ rights, objectType }) => rights.includes('WP') && (objectType === undefined || objectType === guids.member),
    );
    if (writes && !managed)
      found.push(failure('connector-rights-scoped-to-ou', { trustee: sid, container: domainObject }));
    resets ||= own.some(({ rights, objectType }) => rights.includes('CR') && objectType === guids.resetPassword);
  }
  if (resets && config.params['prerequisites.passwordWriteback'] === 'off')
    found.push(failure('password-writeback-acl-only', {}, domainObject));
  return found;
}

function judgeAudits({ estate }: Facts): Label[] {
  return estate.config.containers.flatMap(({ dn }) => {
    const unit = estate.directory.entries.find(entry => entry.dn === dn);
    return unit === undefined || (unit.acl?.audits ?? []).length > 0
      ? []
      : [failure('audit-5136-enabled', { container: unit.guid })];
  });
}
