/** How a column is stored: `uuid` and `sid` travel as text in rows (lower-case GUID, S-1-…); `instant` as milliseconds since 1970 UTC. */
export type ColumnType = 'uuid' | 'text' | 'bool' | 'int' | 'long' | 'instant' | 'text[]';

type Column = { readonly type: ColumnType; readonly required: boolean; readonly about: string };

/** One Parquet table of a snapshot: its columns in order, and the columns it is sorted by, which tell its rows apart. */
export type Table = {
  readonly about: string;
  readonly sortedBy: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
};

/** A column that every row fills. */
export const must = <T extends ColumnType>(type: T, about: string) => ({ type, required: true, about }) as const;

/** A column that holds NULL when the source has no value. */
export const may = <T extends ColumnType>(type: T, about: string) => ({ type, required: false, about }) as const;
