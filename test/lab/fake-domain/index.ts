import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, issue } from '../certificates.ts';
import { adminSdHolder, domainController, domainObject, type Estate, type Label } from '../generator/index.ts';
import type { GraphDouble } from '../graph/server.ts';
import { startDouble, writeConfig } from '../lab-config.ts';
import { type FakeSearch, startFakeLdap } from '../ldap-fake/index.ts';
import { fakeEntries, groundGuid } from './entries.ts';

/** An estate behind the LDAP fake and the Graph double: everything that a domain controller of Windows shows, also what Samba does not. */
export type FakeLab = {
  readonly folder: string;
  readonly configPath: string;
  readonly env: Readonly<Record<'AD_PASSWORD' | 'GRAPH_TOKEN', string>>;
  readonly graph: GraphDouble;
  readonly labels: readonly Label[];
  readonly stop: () => Promise<void>;
};

const PASSWORD = 'Fake.Lab1';

/** Starts both halves of an estate. */
export async function startFakeLab(estate: Estate): Promise<FakeLab> {
  const { directory } = estate;
  const authority = await createAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-fake-lab-'));
  const tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
  const entries = fakeEntries(directory, Date.now());
  const earlier = directory.restored ? fakeEntries({ ...directory, restored: false }, Date.now()) : entries;
  // The first number that is asked for alone is the one before the reading.
  let [begun, atBegin] = [false, false];
  const ldap = await startFakeLdap({
    tls,
    password: PASSWORD,
    fault: search => {
      atBegin = asksForUsn(search);
      begun ||= atBegin;
      return undefined;
    },
    entries: () => (begun && !atBegin ? earlier : entries),
  });
  const graph = await startDouble(authority, estate);
  const user = `auditor@${directory.base.replaceAll('DC=', '').replaceAll(',', '.')}`;
  const { configPath } = await writeConfig(folder, estate, authority.ca, { ldaps: ldap.ldaps, user, graph });
  return {
    folder,
    configPath,
    graph,
    env: { AD_PASSWORD: PASSWORD, GRAPH_TOKEN: graph.token() },
    labels: estate.labels.map(label => placed(label, directory.base)),
    stop: async () => {
      await Promise.all([ldap.stop(), graph.close()]);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function asksForUsn({ base, attributes }: FakeSearch): boolean {
  return base === '' && attributes.length === 1 && attributes[0] === 'highestCommittedUSN';
}

/** A label with the ids that the directory chose. */
function placed(label: Label, base: string): Label {
  const { ids, key } = label;
  const holder = groundGuid(`CN=AdminSDHolder,CN=System,${base}`);
  return {
    ...label,
    ...(ids.container === adminSdHolder ? { ids: { ...ids, container: holder } } : {}),
    ...(ids.container === domainObject ? { ids: { ...ids, container: groundGuid(base) } } : {}),
    ...(key === undefined
      ? {}
      : {
          key: key
            .replace(domainObject, groundGuid(base))
            .replace(domainController, groundGuid(`CN=DC1,OU=Domain Controllers,${base}`)),
        }),
  };
}
