import { readFileSync } from 'node:fs';
import { nearest, type Problem, sha256 } from '../base/index.ts';
import { isOwnFacet, ownFacets } from '../snapshot/index.ts';
import { type Document, problemAt, readBytes, readDocument, type SchemaError, schemaProblems } from '../yaml/index.ts';
import { validate } from './population-validator.generated.js';

/** A column as the header declares it. */
export type Column = {
  readonly type: 'bool' | 'int' | 'double' | 'string' | 'timestamp' | 'string[]';
  readonly about: string;
  readonly nullable?: boolean;
  readonly facets?: readonly string[];
  readonly names?: 'ad' | 'cloud' | 'both' | 'none';
};

/** The header of a file, with the shape of schemas/population.schema.json. */
export type Header = {
  readonly population: string;
  readonly about: string;
  readonly as?: string;
  readonly facets: readonly string[];
  readonly key: readonly string[];
  readonly certain?: string;
  readonly label?: string;
  readonly ids?: Readonly<Record<string, string>>;
  readonly columns: Readonly<Record<string, Column>>;
};

/** A file whose header is in order. `sql` is its whole text without the last semicolon; lines and columns of `document` are those of the file. */
export type PopulationFile = {
  readonly header: Header;
  readonly document: Document;
  readonly source: string;
  readonly sql: string;
  readonly sha256: string;
};

/** Reads a file and checks its header. */
export function readPopulation(
  path: string,
  shown: string,
): PopulationFile | { readonly problems: readonly Problem[] } {
  const read = readBytes(path, shown);
  if ('problem' in read) return { problems: [read.problem] };
  const source = decode(read.bytes);
  if (source === undefined)
    return {
      problems: [
        { code: 'encoding', level: 'error', message: 'this is not UTF-8', at: start(shown), hint: 'save it as UTF-8' },
      ],
    };
  const lines = source.split('\n');
  const end = lines.findIndex(line => !/^\s*(--.*)?\r?$/.test(line));
  const head = lines.slice(0, end < 0 ? lines.length : end);
  if (!head.some(line => /^--\s*population:/.test(line))) return { problems: [noHeader(shown)] };
  // Blanks in place of the dashes: every place in the header is one in the file.
  const yaml = head.map(line => line.replace(/^--/, '  ')).join('\n');
  const reading = readDocument(new TextEncoder().encode(yaml), shown);
  if (!reading.ok) return { problems: reading.problems };
  const document = { ...reading.document, excerpt: (line: number) => lines[line - 1]?.trimEnd() ?? '' };
  if (!isHeader(document.value)) return { problems: shapeProblems(document) };
  const problems = headerProblems(document, document.value);
  if (problems.length > 0) return { problems };
  const sql = source.replace(/[\s;]+$/, '');
  return { header: document.value, document, source, sql, sha256: sha256(read.bytes) };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function start(file: string) {
  return { file, line: 1, column: 1 };
}

function noHeader(file: string): Problem {
  return {
    code: 'no-header',
    level: 'error',
    message: 'this population has no header',
    at: start(file),
    hint: 'begin with a comment, `-- population: name`, that declares facets, key and columns',
  };
}

function isHeader(value: unknown): value is Header {
  return validate(value);
}

function shapeProblems(document: Document): Problem[] {
  const errors: readonly SchemaError[] = validate.errors ?? [];
  const schema: unknown = JSON.parse(
    readFileSync(new URL('../../schemas/population.schema.json', import.meta.url), 'utf8'),
  );
  return schemaProblems(document, errors, schema);
}

/** Columns and facets that the header names but nobody knows. */
function headerProblems(document: Document, { key, label, certain, ids, columns, facets: own }: Header): Problem[] {
  const known = Object.keys(columns);
  const column = (name: string, pointer: string): Problem[] => {
    if (known.includes(name)) return [];
    const near = nearest(name, known);
    const message = `there is no column \`${name}\``;
    const hint = near ? `did you mean \`${near}\`?` : 'declare it under `columns`';
    return [problemAt(document, document.at(pointer), { code: 'unknown-column', message, hint })];
  };
  const facet = (name: string, pointer: string): Problem[] => {
    if (isOwnFacet(name)) return [];
    const near = nearest(name, ownFacets());
    const message = `there is no facet \`${name}\``;
    const hint = near ? `did you mean \`${near}\`?` : 'docs/reference/facets.md lists them';
    return [problemAt(document, document.at(pointer), { code: 'unknown-facet', message, hint })];
  };
  const nullable = key.flatMap((name, index): Problem[] => {
    if (columns[name]?.nullable !== true) return [];
    const message = `\`${name}\` is part of the key and cannot be absent`;
    return [
      problemAt(document, document.at(`/key/${index}`), { code: 'nullable-key', message, hint: 'remove `nullable`' }),
    ];
  });
  return [
    ...key.flatMap((name, index) => column(name, `/key/${index}`)),
    ...nullable,
    ...(certain === undefined ? [] : column(certain, '/certain')),
    ...(certain === undefined || (columns[certain]?.type ?? 'bool') === 'bool'
      ? []
      : [
          problemAt(document, document.at('/certain'), {
            code: 'wrong-type',
            message: `\`${certain}\` is no bool`,
            hint: 'name a column that is true or false',
          }),
        ]),
    ...(label === undefined ? [] : column(label, '/label')),
    ...Object.entries(ids ?? {}).flatMap(([id, name]) => column(name, `/ids/${id}`)),
    ...own.flatMap((name, index) => facet(name, `/facets/${index}`)),
    ...Object.entries(columns).flatMap(([name, { facets: more = [] }]) =>
      more.flatMap((each, index) => facet(each, `/columns/${name}/facets/${index}`)),
    ),
  ];
}
