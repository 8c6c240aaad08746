// Run by identity.test.ts in a process of its own: the identity library loads parts of itself in ways that a test runner's module system lacks.
import { collectGraph } from '../../../src/collect/graph/index.ts';
import type { GraphSource } from '../../../src/config/index.ts';
import { memoryRecorder } from '../memory-recorder.ts';
import { NOW } from './estate.ts';

const given = JSON.parse(process.argv[2] ?? '{}') as GraphSource & { readonly secretText: string };
const recorder = memoryRecorder();
const source: GraphSource = {
  ...given,
  auth: {
    kind: 'client-secret',
    clientId: '5a7e1a55-0000-4000-8000-00000000c11e',
    secret: { reveal: () => given.secretText, from: 'the test' },
  },
};
const error: unknown = await collectGraph(source, recorder, {
  progress: () => {},
  now: () => NOW,
  signal: new AbortController().signal,
  backoffMs: 1,
}).catch((thrown: unknown) => thrown);
process.stdout.write(
  JSON.stringify({
    error: error instanceof Error ? error.message : null,
    users: recorder.rows('cloud_user').length,
    sources: recorder.sources,
    coverage: recorder.coverage,
  }),
);
