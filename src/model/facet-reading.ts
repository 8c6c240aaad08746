import { fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const told = fieldsOf('', 'true');
const whole = fieldsOf('', 'fr.complete');

/** How each facet was read. */
export const readings: Population = {
  name: 'readings',
  about:
    'Each facet that the snapshot speaks of, with how it was read: the snapshot’s own record, which is always known',
  relation: 'facet_reading',
  alias: 'fr',
  keys: ['facet'],
  carried: [],
  stands: undefined,
  rows: [],
  attachments: [],
  fields: [
    told('reading.facet', 'string', 'fr.facet', 'name of the facet'),
    told('reading.source', 'string', 'fr.source', 'where its facts come from', { values: ['ad', 'graph', 'import'] }),
    told('reading.wanted', 'bool', 'fr.wanted', 'whether it was asked for; false in a collection that leaves it out'),
    told('reading.declared', 'bool', 'fr.declared', 'whether its facts are declared, not read'),
    whole(
      'reading.short',
      'bool',
      'coalesce(fr.retrieved < fr.expected, false)',
      'whether fewer items came than were announced, although it counts as read; unknown when it was not read in full, of every object',
    ),
    told('reading.reason', 'string', 'fr.reason', 'why it was not', { nullable: true }),
    told('reading.objects', 'int', 'fr.objects::BIGINT', 'objects of which it was not read'),
    told('reading.expected', 'int', 'fr.expected', 'items that the source announced', { nullable: true }),
    told('reading.retrieved', 'int', 'fr.retrieved', 'items that were read', { nullable: true }),
    whole(
      'reading.apiVersions',
      'string[]',
      'fr.api_versions',
      'versions of Microsoft Graph that were asked; unknown when it was not read in full',
      { from: 'requests in the manifest' },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: 'fr.facet', label: 'fr.facet', ids: {} },
  facet: 'fr.facet',
  unknownBy: undefined,
};
