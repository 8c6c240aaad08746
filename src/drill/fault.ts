import type { TableName } from '../snapshot/index.ts';

/** Themes of faults, as the policies are called. */
export type Theme =
  | 'identity'
  | 'scope'
  | 'membership'
  | 'mail'
  | 'access'
  | 'privilege'
  | 'source-of-authority'
  | 'lifecycle'
  | 'prerequisites'
  | 'health'
  | 'evidence';

/**
 * Something that goes wrong with writeback, as a change of a snapshot. `candidates` is a SELECT over the tables and the relations of the model, each row
 * of which is a place where it could happen; one of them, chosen by the seed, becomes the one row of `picked`, all texts. `changes` are statements
 * that alter the tables named in `tables`, as a collector would have found them after the fault.
 */
export type Fault = {
  readonly id: string;
  readonly theme: Theme;
  /** What happened, in a sentence without a full stop. */
  readonly about: string;
  readonly tables: readonly TableName[];
  readonly candidates: string;
  readonly changes: readonly string[];
};

/** The one place of faults that need no choice. */
export const anywhere = "SELECT 'the tenant' AS place";

/** A maker of the faults of one theme. */
export function faultsOf(theme: Theme) {
  return (
    id: string,
    about: string,
    { tables, candidates = anywhere, changes }: Pick<Fault, 'tables' | 'changes'> & { readonly candidates?: string },
  ): Fault => ({ id, theme, about, tables, candidates, changes });
}

/** SQL of a new GUID that depends on the picked row alone. */
export function freshGuid(salt: string): string {
  return `md5((SELECT picked::VARCHAR FROM picked) || '${salt}')::UUID`;
}
