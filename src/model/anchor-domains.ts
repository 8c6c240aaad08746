import { attach, fieldsOf } from './build.ts';
import type { Attachment, PopulationField } from './population.ts';

// Jobs that take all groups write each of them; others those that they are assigned.
const everywhere = `(SELECT
    coalesce(list(DISTINCT domain) FILTER (domain IS NOT NULL AND takes_all), []) AS domains,
    coalesce(list(DISTINCT domain) FILTER (domain IS NOT NULL AND takes_all AND unfiltered), []) AS surely,
    coalesce(bool_and(domain IS NOT NULL AND schema_read AND extent_read), true) AS read
  FROM job_place)`;
const assigned = `(SELECT a.principal_id,
    list(DISTINCT p.domain) AS domains, coalesce(list(DISTINCT p.domain) FILTER (p.unfiltered), []) AS surely
  FROM cloud_job_assignment a JOIN job_place p ON p.id = a.job_id AND NOT p.takes_all AND p.domain IS NOT NULL
  GROUP BY a.principal_id)`;

/** Which domains jobs write a group to, and which were read. */
export const domainAttachments: readonly Attachment[] = [
  attach('na', everywhere, 'true'),
  attach('nb', assigned, 'nb.principal_id = n.cloud_id'),
  attach('nd', '(SELECT coalesce(list(lower(dn)), []) AS dns FROM ad_domain)', 'true'),
];

const jobs = '(nk.cloud_jobs AND na.read)';
// Security groups of the cloud are what a job takes.
const takes = "(n.kind = 'security' AND NOT n.synced)";
const targets = `CASE WHEN ${takes} THEN list_distinct(list_concat(na.domains, coalesce(nb.domains, []))) ELSE [] END`;
const surely = `CASE WHEN ${takes} THEN list_distinct(list_concat(na.surely, coalesce(nb.surely, []))) ELSE [] END`;
const written =
  'CASE WHEN n.guid IS NULL THEN n.sync_domains WHEN n.cloud_sync_objects > 0 THEN [lower(no.domain_dn)] ELSE [] END';
const held = 'CASE WHEN n.guid IS NULL THEN n.domains ELSE [lower(no.domain_dn)] END';
const absent = `list_filter(${targets}, domain -> NOT list_contains(${held}, domain))`;
// Whether a filter takes the group, and what lies in a domain that was not read, nobody knows.
const missing = `list_filter(${absent}, domain -> list_contains(${surely}, domain) AND list_contains(nd.dns, domain))`;
const decided = `(n.seen AND n.kind_known AND nk.cloud_groups AND ${jobs})`;

/** Facts about the domains in which a cloud group has objects. */
export const domainFields: readonly PopulationField[] = [
  fieldsOf('ad.groups', 'n.seen')(
    'anchor.domains',
    'string[]',
    written,
    'domains in which an object with the marker of Cloud Sync lies, as far as they were read',
    { from: 'distinguishedName' },
  ),
  fieldsOf('cloud.jobs', `(n.seen AND (n.cloud_sync_objects < 2 OR len(${written}) < 2 OR ${decided}))`)(
    'anchor.allowedObjects',
    'int',
    `greatest(1, len(list_filter(${written}, domain -> list_contains(${targets}, domain))))::BIGINT`,
    'objects that it may have: one, or one for each domain that jobs of Cloud Sync write it to',
    {
      from: 'parentDistinguishedName mapping, Domain',
      also: ['ad.groups', 'cloud.groups', 'cloud.jobSchema', 'cloud.jobSettings', 'cloud.jobAssignments'],
    },
  ),
  fieldsOf(
    'cloud.jobs',
    `(${decided} AND (n.complete OR len(list_filter(${written}, domain -> NOT list_contains(${targets}, domain))) > 0))`,
  )(
    'anchor.strayDomains',
    'string[]',
    `list_filter(${written}, domain -> NOT list_contains(${targets}, domain))`,
    'domains in which Cloud Sync made an object, although no job writes it there',
    {
      from: 'parentDistinguishedName mapping, Domain',
      also: ['ad.groups', 'cloud.groups', 'cloud.jobSchema', 'cloud.jobSettings', 'cloud.jobAssignments'],
    },
  ),
  fieldsOf('cloud.jobs', `(${decided} AND n.complete AND (len(${missing}) > 0 OR len(${absent}) = 0))`)(
    'anchor.missingDomains',
    'string[]',
    missing,
    'domains that a job writes it to and in which it has no object; unknown where the job has a filter, or the domain was not read',
    {
      from: 'parentDistinguishedName mapping, Domain',
      also: [
        ...(['ad.groups', 'ad.domain', 'cloud.groups', 'cloud.jobSchema', 'cloud.jobSettings'] as const),
        ...(['cloud.jobAssignments', 'cloud.names'] as const),
      ],
    },
  ),
  fieldsOf('cloud.groups', '(n.seen AND n.cloud_seen)')(
    'anchor.active',
    'bool',
    '(n.cloud_id IS NOT NULL)',
    'whether the cloud group exists and is not deleted',
  ),
  fieldsOf('cloud.groups', '(n.seen AND n.cloud_seen AND (nk.cloud_groups OR nc.created IS NOT NULL))')(
    'anchor.created',
    'timestamp',
    'nc.created',
    'when the cloud group was created',
    { nullable: true, from: 'createdDateTime' },
  ),
];
