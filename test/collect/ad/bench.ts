import { collectActiveDirectory } from '../../../src/collect/ad/index.ts';
import type { AdSource } from '../../../src/config/index.ts';
import { createAuthority, issue } from '../../lab/certificates.ts';
import { type FakeScript, startFakeLdap } from '../../lab/ldap-fake/index.ts';
import { type MemoryRecorder, memoryRecorder } from '../memory-recorder.ts';
import { OU } from './forest.ts';

/** Collects from fake domain controllers with one certificate. */
export type Bench = {
  readonly collect: (
    script: Pick<FakeScript, 'entries'> & Partial<FakeScript>,
    more?: Partial<AdSource>,
  ) => Promise<MemoryRecorder>;
};

/** Prepares a bench; every collection has a server of its own. */
export async function bench(): Promise<Bench> {
  const authority = await createAuthority();
  const tls = await issue(authority, { dns: [], ip: ['127.0.0.1'] });
  return {
    collect: async (script, more = {}) => {
      const server = await startFakeLdap({ tls, ...script });
      const recorder = memoryRecorder();
      const source: AdSource = {
        urls: [server.ldaps],
        startTls: false,
        ca: authority.ca,
        serverName: undefined,
        bind: { user: 'audit@corp.test', password: { reveal: () => 'secret', from: 'env X' } },
        base: undefined,
        domains: [],
        globalCatalog: [],
        containers: [{ dn: OU, flavour: undefined }],
        replicationMetadata: true,
        syncIdentities: [],
        trustedWriters: [],
        timeoutMs: 5000,
        ...more,
      };
      try {
        await collectActiveDirectory(source, recorder, {
          flavours: [],
          progress: () => undefined,
          now: () => 0,
          signal: new AbortController().signal,
        });
      } finally {
        await server.stop();
      }
      return recorder;
    },
  };
}
