import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { DuckDBInstance } from '@duckdb/node-api';

// What `duckdb < script` does for each script, without tallystick: a new database, every statement in turn, in the working directory; the rows of the last one
// of each script as JSON.
const results = [];
for (const script of argv.slice(2)) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const statements = await connection.extractStatements(readFileSync(script, 'utf8'));
  for (let index = 0; index < statements.count; index++) {
    const reader = await (await statements.prepare(index)).runAndReadAll();
    if (index === statements.count - 1) results.push(reader.getRowObjectsJson());
  }
  connection.closeSync();
  instance.closeSync();
}
stdout.write(JSON.stringify(results));
