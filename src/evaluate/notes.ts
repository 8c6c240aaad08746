import type { Snapshot } from '../snapshot/index.ts';

/** Assumptions behind verdicts on access: sync identities that were guessed by name, and configured names that the directory does not have. */
export async function readNotes(snapshot: Snapshot): Promise<readonly string[]> {
  const rows = await snapshot.rows(
    'SELECT role, name, sid, guessed FROM ad_identity WHERE guessed OR sid IS NULL ORDER BY role, name, sid',
  );
  const guessed = rows.filter(row => row.guessed === true && row.sid !== null).map(row => String(row.name));
  const missing = rows.filter(row => row.sid === null);
  return [
    ...(guessed.length > 0
      ? [`no sync identity is configured; these were guessed by their names: ${guessed.join(', ')}`]
      : []),
    ...missing.map(
      row =>
        `the configured ${row.role === 'sync' ? 'sync identity' : 'trusted writer'} ${String(row.name)} was not found in the directory`,
    ),
  ];
}
