import { collectActiveDirectory } from '../../src/collect/ad/index.ts';
import type { AdSource } from '../../src/config/index.ts';
import { type MemoryRecorder, memoryRecorder } from '../collect/memory-recorder.ts';
import type { DomainController } from '../lab/samba/domain-controller.ts';

/** Collects from a real domain controller as its auditor, with the configuration that an operator would write. */
export async function collectFrom(
  { ldaps, ca, auditor }: DomainController,
  containers: readonly string[],
  more: Partial<AdSource> = {},
): Promise<MemoryRecorder> {
  const recorder = memoryRecorder();
  const source: AdSource = {
    urls: [ldaps],
    startTls: false,
    ca: ca.pem,
    serverName: undefined,
    bind: { user: auditor.user, password: { reveal: () => auditor.password, from: 'test' } },
    base: undefined,
    domains: [],
    globalCatalog: [],
    containers: containers.map(dn => ({ dn, flavour: undefined })),
    replicationMetadata: true,
    syncIdentities: [],
    trustedWriters: [],
    timeoutMs: 10_000,
    ...more,
  };
  await collectActiveDirectory(source, recorder, {
    flavours: [],
    progress: () => undefined,
    now: Date.now,
    signal: new AbortController().signal,
  });
  return recorder;
}
