import { fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const told = fieldsOf('ad.domain', 'dr.seen');

/** The domains of AD that were read, and by whom. */
export const domainReadings: Population = {
  name: 'domainReadings',
  about: 'Each domain of AD that was read, with the domain controllers that answered',
  relation: `(SELECT domain, list(DISTINCT server ORDER BY server) AS servers, bool_and(invocation_id IS NOT NULL) AND count(DISTINCT invocation_id) > 1 AS several,
      min(usn_before) AS usn_before, max(usn_after) AS usn_after, bool_and(usn_before IS NOT NULL AND usn_after IS NOT NULL) AS recorded, true AS seen
    FROM reading_server WHERE source = 'ad' GROUP BY domain
    UNION ALL SELECT NULL, [], NULL, NULL, NULL, NULL, false FROM known WHERE NOT ad_domain)`,
  alias: 'dr',
  keys: ['domain'],
  carried: [],
  stands: 'NOT dr.seen',
  rows: ['ad.domain'],
  attachments: [],
  fields: [
    told('reading.domain', 'string', "coalesce(dr.domain, '(domains that were not read)')", 'DNS name of the domain'),
    told('reading.servers', 'string[]', 'dr.servers', 'domain controllers that answered', { from: 'dnsHostName' }),
    told(
      'reading.oneServer',
      'bool',
      '(len(dr.servers) = 1 AND NOT dr.several)',
      'whether one copy of the domain answered alone',
      { from: 'dnsHostName, invocationId' },
    ),
    told(
      'reading.usnBefore',
      'int',
      'CASE WHEN dr.recorded THEN dr.usn_before END',
      'update sequence number before the domain was read',
      { nullable: true, from: 'highestCommittedUSN' },
    ),
    told(
      'reading.usnAfter',
      'int',
      'CASE WHEN dr.recorded THEN dr.usn_after END',
      'update sequence number after that',
      { nullable: true, from: 'highestCommittedUSN' },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: "coalesce(dr.domain, '')", label: "coalesce(dr.domain, '(domains that were not read)')", ids: {} },
  unknownBy: undefined,
};
