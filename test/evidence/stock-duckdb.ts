import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { DuckDBInstance } from '@duckdb/node-api';

// What `duckdb < script` does, without tallystick: every statement in turn, in the working directory; the rows of the last one as JSON.
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const statements = await connection.extractStatements(readFileSync(argv[2] ?? '', 'utf8'));
for (let index = 0; index < statements.count; index++) {
  const reader = await (await statements.prepare(index)).runAndReadAll();
  if (index === statements.count - 1) stdout.write(JSON.stringify(reader.getRowObjectsJson()));
}
connection.closeSync();
instance.closeSync();
