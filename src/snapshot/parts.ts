import type { DuckDBConnection } from '@duckdb/node-api';
import { AuditError } from '../base/index.ts';
import { type Engine, identifier } from './engine.ts';
import type { Part } from './recorder.ts';
import { createStaging, type Staging } from './staging.ts';
import type { TableName } from './tables.ts';

/** The parts of one draft, each with staging tables of its own, so that keeping one copies nothing and dropping one touches nothing else. */
export type Parts = {
  begin(): Part;
  /** Makes the rows of kept parts visible to SQL and closes them; returns the names of the staging tables. */
  flush(table: TableName): Promise<readonly string[]>;
};

type Piece = { readonly name: string; readonly staging: Staging };

/** No parts yet. */
export function partsOf(engine: Engine, connection: DuckDBConnection): Parts {
  const kept: Map<TableName, Promise<Piece>>[] = [];
  let begun = 0;

  const begin = (): Part => {
    const number = ++begun;
    const pieces = new Map<TableName, Promise<Piece>>();
    let open = true;
    const pieceOf = (table: TableName): Promise<Piece> => {
      const known = pieces.get(table);
      if (known !== undefined) return known;
      const name = `part ${number} of ${table}`;
      const made = createStaging(engine, connection, table, 'enumeration', name).then(staging => ({ name, staging }));
      pieces.set(table, made);
      return made;
    };
    return {
      add: async (table, rows) => {
        if (!open) throw new AuditError('bug', 'rows were added to a part that is settled');
        if (rows.length === 0) return;
        const { staging } = await pieceOf(table);
        staging.add(rows);
      },
      keep: () => {
        if (open) kept.push(pieces);
        open = false;
      },
      drop: async () => {
        if (!open) return;
        open = false;
        for (const made of pieces.values()) {
          const { name, staging } = await made;
          staging.close();
          await connection.run(`DROP TABLE ${identifier(name)}`);
        }
      },
    };
  };

  return {
    begin,
    flush: async table => {
      const pieces = await Promise.all(kept.flatMap(part => part.get(table) ?? []));
      for (const { staging } of pieces) {
        staging.flush();
        staging.close();
      }
      return pieces.map(({ name }) => name);
    },
  };
}
