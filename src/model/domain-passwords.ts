import { attach, fieldsOf } from './build.ts';
import type { PopulationField } from './population.ts';

/** What the sync identities may do with passwords, under the alias `pr`. */
export const attachPasswordRights = attach('pr', 'password_right', 'pr.guid = d.guid');

/** A right that was seen is certain; that nobody has it takes the whole list and the identities. */
const right = (column: string) => fieldsOf('ad.acl', `(d.seen AND pr.read AND (pr.${column} OR pr.identified))`);
const also = {
  also: ['ad.trustees', 'ad.domain', 'ad.containers'],
  from: 'nTSecurityDescriptor of the domain',
} as const;

/** Rights on passwords that the sync identities have by the access list of the domain. */
export const passwordFields: readonly PopulationField[] = [
  right('resets')(
    'domain.passwordsReset',
    'bool',
    'coalesce(pr.resets, false)',
    'whether a sync identity may reset passwords of users, by the access list of the domain',
    also,
  ),
  right('writes_back')(
    'domain.passwordsWrittenBack',
    'bool',
    'coalesce(pr.writes_back, false)',
    'whether one has all that password writeback takes: Reset Password, and write of lockoutTime and pwdLastSet',
    also,
  ),
];
