import { facets, type Snapshot } from '../snapshot/index.ts';

/** Assumptions behind verdicts: facts that were declared, sync identities that were guessed by name, configured names that the directory does not have. */
export async function readNotes(snapshot: Snapshot): Promise<readonly string[]> {
  const rows = await snapshot.rows(
    'SELECT role, name, sid, guessed FROM ad_identity WHERE guessed OR sid IS NULL ORDER BY role, name, sid',
  );
  const guessed = rows.filter(row => row.guessed === true && row.sid !== null).map(row => String(row.name));
  const missing = rows.filter(row => row.sid === null);
  return [
    ...declaredNotes(snapshot),
    ...(guessed.length > 0
      ? [`no sync identity is configured; these were guessed by their names: ${guessed.join(', ')}`]
      : []),
    ...missing.map(
      row =>
        `the configured ${row.role === 'sync' ? 'sync identity' : 'trusted writer'} ${String(row.name)} was not found in the directory`,
    ),
  ];
}

function declaredNotes({ manifest: { sources, queries } }: Snapshot): readonly string[] {
  const declared = queries.filter(({ source }) => source === 'import').map(({ facet }) => facet);
  return sources
    .filter(({ source }) => source === 'import')
    .flatMap(({ endpoint, identity, server }) => {
      const told = `declared in ${endpoint} by ${identity} as of ${String(server.on)}, to be relied on until ${String(server.until)}`;
      const instead = declared.filter(facet => facets[facet].source !== 'import').sort();
      const others = declared.filter(facet => facets[facet].source === 'import').sort();
      return [
        ...(instead.length > 0 ? [`${instead.join(', ')}: the source did not give it; ${told}`] : []),
        ...(others.length > 0 ? [`${others.join(', ')}: ${told}`] : []),
      ];
    });
}
