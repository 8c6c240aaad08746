import { fieldsOf } from './build.ts';
import type { Population } from './population.ts';

const seen = fieldsOf('ad.domainControllers', 'dc.seen');
/** A fact that a domain controller may lack: surely absent only when they were read in full. */
const fact = (sql: string) => fieldsOf('ad.domainControllers', `(dc.seen AND (dc.complete OR ${sql} IS NOT NULL))`);
const label =
  "CASE WHEN dc.seen THEN coalesce(dc.dns_name, dc.guid::VARCHAR) ELSE '(domain controllers that were not read)' END";

/** Domain controllers. */
export const domainControllers: Population = {
  name: 'domainControllers',
  about: 'Each domain controller of the domains that were read',
  relation: 'controller',
  alias: 'dc',
  keys: ['guid'],
  carried: [],
  stands: 'NOT dc.seen',
  rows: ['ad.domainControllers'],
  attachments: [],
  fields: [
    seen('controller.label', 'string', label, 'DNS name', { from: 'dNSHostName' }),
    seen('controller.readOnly', 'bool', 'coalesce(dc.read_only, false)', 'whether it is read-only', {
      from: 'userAccountControl',
    }),
    fact('dc.operating_system')('controller.operatingSystem', 'string', 'dc.operating_system', 'operating system', {
      nullable: true,
      from: 'operatingSystem',
    }),
    fact('dc.operating_system_version')(
      'controller.build',
      'int',
      'dc.build',
      'build of Windows Server: 20348 for 2022, 26100 for 2025',
      { nullable: true, from: 'operatingSystemVersion' },
    ),
    fieldsOf('import.domainControllerBuilds', '(dc.seen AND dc.revision IS NOT NULL)')(
      'controller.revision',
      'int',
      'dc.revision',
      'number of the update within the build, from ntdsai.dll; unknown where it is not declared',
      { from: 'domainControllerBuilds', also: ['ad.domainControllers'] },
    ),
    fieldsOf('ad.soaPolicy', '(dc.seen AND dc.enforced_known)')(
      'controller.enforcementPolicy',
      'bool',
      'dc.enforced',
      'whether its domain has a policy of AD object enforcement',
      { from: 'CN=SOA-Policies,CN=System' },
    ),
  ],
  objects: [],
  flavour: undefined,
  subject: { key: "coalesce(dc.guid::VARCHAR, '')", label, ids: {} },
  unknownBy: undefined,
};
