import { attachNames, fieldsOf, objectAt } from './build.ts';
import type { Population } from './population.ts';

const domain = fieldsOf('ad.domain', 'e.seen');
const policy = fieldsOf('ad.soaPolicy', '(e.seen AND (e.complete OR e.policy_guid IS NOT NULL))');
// A policy of which something could not be read may have more, and a mode.
const whole = fieldsOf('ad.soaPolicy', '(e.seen AND e.complete)');
const mode = fieldsOf('ad.soaPolicy', '(e.seen AND (e.complete OR e.mode IS NOT NULL))');
const settings = 'msDS-Settings';
const label = "CASE WHEN e.seen THEN e.dns_name ELSE '(domains that were not read)' END";

/** Policies of AD object enforcement. */
export const enforcements: Population = {
  name: 'enforcements',
  about: 'Each policy of AD object enforcement with its domain, and each domain that has none',
  relation: 'enforcement',
  alias: 'e',
  keys: ['domain_guid', 'policy_guid'],
  carried: [],
  stands: 'NOT e.seen',
  rows: ['ad.domain'],
  attachments: [attachNames],
  fields: [
    domain('domain.label', 'string', label, 'DNS name of the domain', { from: 'dnsRoot' }),
    policy('policy.dn', 'string', 'e.dn', 'distinguished name', { from: 'distinguishedName', names: 'ad' }),
    policy('policy.name', 'string', 'e.name', 'name of the object', {
      from: 'cn',
      values: ['Cloud', 'CloudSyncSOAPolicy'],
    }),
    mode(
      'policy.mode',
      'string',
      'e.mode',
      'what happens to changes by others: Enforced blocks them, Audit logs them',
      {
        nullable: true,
        from: 'keywords',
      },
    ),
    whole('policy.entries', 'int', 'e.entries', 'entries on its list', { from: settings }),
    fieldsOf('ad.soaPolicy', '(e.seen AND (e.complete OR len(e.malformed) > 0))')(
      'policy.malformed',
      'string[]',
      'e.malformed',
      'entries on its list that are no SIDs, as far as they were read',
      { from: settings, names: 'ad' },
    ),
    fieldsOf('ad.trustees', '(e.seen AND ((e.complete AND e.resolved) OR (e.ad_trustees AND len(e.stale) > 0)))')(
      'policy.stale',
      'string[]',
      'e.stale',
      'SIDs on its list that nobody has, as far as they were looked up',
      { from: settings, also: ['ad.soaPolicy'] },
    ),
    whole('policy.sids', 'string[]', 'e.sids', 'SIDs on its list', { from: settings }),
    fieldsOf('ad.trustees', '(e.seen AND e.complete AND e.ad_trustees AND e.agents_known)')(
      'policy.unlistedAgents',
      'string[]',
      'e.unlisted_agents',
      'SIDs of the sync identities called provAgentgMSA… that are not on its list; unknown where there is no such identity',
      { from: settings, also: ['ad.soaPolicy'] },
    ),
    fieldsOf('import.statements', '(e.seen AND e.claimed)')(
      'enforcement.claims',
      'string[]',
      'e.claims',
      'what enforcement is said to prevent; unknown where nobody declared it',
      { from: 'statements.enforcementPrevents' },
    ),
  ],
  objects: [
    objectAt(
      'policy',
      '(e.policy_guid IS NOT NULL)',
      '(e.seen AND (e.complete OR e.policy_guid IS NOT NULL))',
      'ad.soaPolicy',
      'the policy',
    ),
  ],
  flavour: undefined,
  subject: {
    key: "coalesce(e.domain_guid::VARCHAR, '') || '/' || coalesce(e.policy_guid::VARCHAR, '')",
    label,
    ids: {},
  },
  unknownBy: undefined,
};
