import { fileURLToPath } from 'node:url';
import { instantText } from '../../src/base/index.ts';
import { readCaseFile } from '../../src/evaluate/cases/case-file.ts';
import { notesOn, within } from '../../src/evaluate/cases/naming.ts';
import { rowsOf } from '../../src/evaluate/cases/suite.ts';
import { worldOf } from '../../src/evaluate/cases/world.ts';
import { createSnapshot, facets, isFacet, type Row, type SnapshotDraft } from '../../src/snapshot/index.ts';
import { isTableName } from '../../src/snapshot/storage.ts';

const file = fileURLToPath(new URL('tenant.test.yaml', import.meta.url));

/** Tables that a snapshot makes by itself when it is sealed. */
const sealed: ReadonlySet<string> = new Set(['coverage', 'reading', 'reading_server']);

/** Writes the tenant in good order as a snapshot below a folder, as the collectors would leave it. */
export async function writeTenant(directory: string): Promise<{ readonly path: string; readonly id: string }> {
  const { document, content } = readCaseFile(file, 'tenant.test.yaml');
  const draft = content?.cases[0];
  if (document === undefined || draft === undefined) throw new Error('tenant.test.yaml has mistakes');
  const notes = notesOn(document);
  const world = worldOf(draft, within('/cases', 0), notes);
  const rows = rowsOf(world);
  if (notes.problems.length > 0) throw new Error(JSON.stringify(notes.problems));
  const containers = world.containers
    .filter(({ kind }) => kind === 'writeback')
    .map(({ dn, flavour }) => ({ dn, flavour }));
  const scope = { flavours: draft.flavours, containers };
  const end = instantText(world.asOf);
  const snapshot = await createSnapshot({
    directory,
    start: instantText(world.asOf - 180_000),
    version: '0.1.0',
    scope,
  });
  try {
    for (const [table, some = []] of Object.entries(rows))
      if (isTableName(table) && !sealed.has(table)) await snapshot.add(table, some);
    for (const row of rows.coverage ?? []) covered(snapshot, row);
    for (const row of rows.reading ?? []) read(snapshot, row);
    answered(snapshot, rows.reading_server ?? []);
    return await snapshot.finish(end);
  } finally {
    await snapshot.abort();
  }
}

function covered(snapshot: SnapshotDraft, { facet, object, complete, reason }: Row<'coverage'>): void {
  if (!isFacet(facet) || 'withheld' in facets[facet]) return;
  if (complete) snapshot.complete(facet, object);
  else snapshot.gap(facet, reason ?? 'not read', object);
}

function read(snapshot: SnapshotDraft, { facet, source, api_versions, first, last }: Row<'reading'>): void {
  if (!isFacet(facet) || (source !== 'ad' && source !== 'graph' && source !== 'import')) return;
  snapshot.query({
    ...{ source, facet, request: source === 'graph' ? `GET /${api_versions[0]}/${facet}` : facet },
    ...{ pages: 1, expected: null, retrieved: 0, retries: 0, begun: instantText(first), ended: instantText(last) },
    ...{ durationMs: last - first, complete: true, reason: null, objects: [] },
  });
}

function answered(snapshot: SnapshotDraft, servers: readonly Row<'reading_server'>[]): void {
  const domains = servers
    .filter(({ source }) => source === 'ad')
    .map(({ domain, server, invocation_id, usn_before, usn_after }) => ({
      ...{ domain, dnsHostName: server, invocationId: invocation_id },
      ...{ highestCommittedUsnBefore: String(usn_before), highestCommittedUsnAfter: String(usn_after) },
    }));
  snapshot.source({
    source: 'ad',
    endpoint: 'ldaps://dc1.contoso.com',
    identity: 'audit',
    server: { domains },
    clockSkewMs: 0,
  });
  for (const { source, domain, server } of servers)
    if (source === 'graph')
      snapshot.source({ source, endpoint: server, identity: 'app', server: { tenant: domain }, clockSkewMs: 0 });
}
