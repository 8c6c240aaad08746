import { open, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { scanBlocks } from '../../src/journal/blocks.ts';
import { unzip } from '../evidence/unpacking.ts';

/** Something that nobody may ever see again, and what it is. */
export type Planted = { readonly name: string; readonly text: string };

/** What was left somewhere: where, and its bytes. */
export type Remains = { readonly where: string; readonly bytes: Buffer };

/** Every way in which a secret can be written: as text, in base64 at any offset, in hexadecimal, in a URL, in UTF-16. */
function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const inBase64 = [0, 1, 2].flatMap(offset => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // Characters at both ends hold bits of their neighbours too.
    const core = padded.slice(Math.ceil((offset * 4) / 3), -1);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const hex = bytes.toString('hex');
  const texts = [
    ...[text, ...inBase64, hex, hex.toUpperCase(), encodeURIComponent(text)],
    ...[new URLSearchParams({ a: text }).toString().slice(2), JSON.stringify(text).slice(1, -1)],
  ];
  return [...new Set(texts)].flatMap(form => [Buffer.from(form), Buffer.from(form, 'utf16le')]);
}

// An Authorization header with what follows it.
const HEADERS = [/authorization["']?\s*[:=]\s*\[?["']?(bearer|basic)\b/i, /\bbearer\s+[\w-]{8,}\.[\w-]{8,}/i];

/** Opens a search for these secrets; it answers what it found where, without the secret itself. */
export function tracesOf(secrets: readonly Planted[]): (remains: Remains) => readonly string[] {
  const wanted = secrets.map(({ name, text }) => ({ name, forms: formsOf(text) }));
  return ({ where, bytes }) => {
    const text = bytes.toString('latin1');
    return [
      ...wanted
        .filter(({ forms }) => forms.some(form => bytes.includes(form)))
        .map(({ name }) => `${where} holds ${name}`),
      ...(HEADERS.some(header => header.test(text)) ? [`${where} holds an Authorization header`] : []),
    ];
  };
}

/** Everything that lies in a folder: the bytes of each file, and of what is packed in it (tables, journals, packs); `skip` are files that were there before. */
export async function remainsIn(folder: string, skip: ReadonlySet<string> = new Set()): Promise<readonly Remains[]> {
  const remains: Remains[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const where = relative(folder, path);
    if (!entry.isFile() || skip.has(where)) continue;
    remains.push({ where, bytes: await readFile(path) });
    for (const bytes of await unpack(path)) remains.push({ where: `what is packed in ${where}`, bytes });
  }
  return remains;
}

async function unpack(path: string): Promise<readonly Buffer[]> {
  if (path.endsWith('.zip')) return [...(await unzip(path)).values()];
  if (path.endsWith('.parquet')) return [await rowsOf(path)];
  if (!path.endsWith('/journal')) return [];
  const file = await open(path, 'r');
  const blocks: Buffer[] = [];
  try {
    await scanBlocks(file, plain => void blocks.push(Buffer.from(plain)));
  } finally {
    await file.close();
  }
  return blocks;
}

async function rowsOf(path: string): Promise<Buffer> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`FROM read_parquet('${path.replaceAll("'", "''")}')`);
  const text = JSON.stringify(reader.getRowObjectsJson());
  connection.closeSync();
  instance.closeSync();
  return Buffer.from(text);
}
