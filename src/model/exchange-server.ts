import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const server = fieldsOf('ad.exchangeServers', 'x.seen');
const label = "coalesce(x.name, '(Exchange servers that were not read)')";

// `Version 15.2 (Build 32562.17)` is 15.2.2562.17: the directory counts builds from 30,000.
const FORM = '^Version (\\d{1,4})\\.(\\d{1,4}) \\(Build (3\\d{4})\\.(\\d{1,6})\\)$';
const part = (number: number) => `regexp_extract(x.version, '${FORM}', ${number})`;
const build = `${part(1)} || '.' || ${part(2)} || '.' || (${part(3)}::INTEGER - 30000) || '.' || ${part(4)}`;

/** Exchange servers of the forest. */
export const exchangeServers: Population = {
  name: 'exchangeServers',
  about: 'Each Exchange server of the forest',
  relation: `(SELECT guid, name, version, true AS seen FROM ad_exchange_server
    UNION ALL SELECT NULL, NULL, NULL, false FROM known WHERE NOT ad_exchange_servers)`,
  alias: 'x',
  keys: ['guid'],
  carried: [],
  stands: 'NOT x.seen',
  rows: ['ad.exchangeServers'],
  attachments: [attachNames],
  fields: [
    server('server.label', 'string', label, 'name of the server', { from: 'cn', names: 'ad' }),
    fieldsOf('ad.exchangeServers', `(x.seen AND regexp_matches(coalesce(x.version, ''), '${FORM}'))`)(
      'server.build',
      'string',
      `CASE WHEN regexp_matches(x.version, '${FORM}') THEN ${build} END`,
      'its build, such as 15.2.2562.17; unknown when serialNumber does not tell one',
      { from: 'serialNumber' },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: "coalesce(x.guid::VARCHAR, '')", label, ids: {} },
  unknownBy: undefined,
};
