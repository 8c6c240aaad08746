import { attachNames, fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const agent = fieldsOf('cloud.agents', 'a.seen');
const label = "coalesce(a.machine_name, a.id, '(agents that were not read)')";

/** Provisioning agents of Cloud Sync. */
export const agents: Population = {
  name: 'agents',
  about: 'Each provisioning agent of Cloud Sync',
  relation: `(SELECT id, machine_name, status, version, true AS seen FROM cloud_agent
    UNION ALL SELECT NULL, NULL, NULL, NULL, false FROM known WHERE NOT cloud_agents)`,
  alias: 'a',
  keys: ['id'],
  carried: [],
  stands: 'NOT a.seen',
  rows: ['cloud.agents'],
  attachments: [attachNames],
  fields: [
    agent('agent.label', 'string', label, 'name of its server', { from: 'machineName', names: 'cloud' }),
    agent('agent.status', 'string', 'a.status', 'active or inactive', { nullable: true, from: 'status' }),
    fieldsOf('cloud.agents', '(a.seen AND a.version IS NOT NULL)')(
      'agent.version',
      'string',
      'a.version',
      'its version',
      {
        from: 'version',
      },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: "coalesce(a.id, '')", label, ids: {} },
  unknownBy: undefined,
};
