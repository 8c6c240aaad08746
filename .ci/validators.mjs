// Precompiles the published JSON Schemas into stand-alone validators: no ajv at run time, no `new Function`, ~110 ms less per start.
//   node .ci/validators.mjs            writes every validator
//   node .ci/validators.mjs --check    fails when a committed validator is not what its schema gives
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import addFormats from 'ajv-formats';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * One line per published schema; a line whose schema is not written yet is skipped. People want every mistake of a file that they wrote;
 * of a file that a machine wrote the first is enough, and listing all would let a hostile one fill the memory (`firstOnly`).
 */
export const validators = [
  { schema: 'schemas/results.schema.json', out: 'src/findings/results-validator.generated.js', firstOnly: true },
  { schema: 'schemas/policy.schema.json', out: 'src/policy/policy-validator.generated.js' },
  { schema: 'schemas/profile.schema.json', out: 'src/policy/profile-validator.generated.js' },
  {
    schema: 'schemas/population.schema.json',
    out: 'src/populations/population-validator.generated.js',
  },
  { schema: 'schemas/waivers.schema.json', out: 'src/waivers/waivers-validator.generated.js' },
  { schema: 'schemas/facts.schema.json', out: 'src/declared/facts-validator.generated.js' },
  { schema: 'schemas/config.schema.json', out: 'src/config/config-validator.generated.js' },
  { schema: 'schemas/policy-test.schema.json', out: 'src/evaluate/cases/policy-test-validator.generated.js' },
  { schema: 'schemas/evidence.schema.json', out: 'src/evidence/manifest-validator.generated.js', firstOnly: true },
  { schema: 'schemas/manifest.schema.json', out: 'src/snapshot/manifest-validator.generated.js', firstOnly: true },
];

const banner = schema => `// Generated from ${schema} by .ci/validators.mjs: do not edit.\n`;

/** The files that one line of the table gives: path (relative to the root) → text. */
export async function generate({ schema, out, firstOnly = false }) {
  const ajv = new Ajv2020({
    allErrors: !firstOnly,
    verbose: false,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
    discriminator: true,
    code: { source: true, esm: true, lines: true },
  });
  addFormats(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(join(root, schema), 'utf8')));
  // Ajv's ESM output still holds require() calls of its run-time; esbuild folds them in.
  const { outputFiles } = await build({
    stdin: { contents: standalone.default(ajv, validate), resolveDir: root, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    charset: 'ascii',
    minify: true,
    legalComments: 'none',
  });
  const code = outputFiles[0]?.text ?? '';
  return new Map([
    [out, banner(schema) + code],
    [out.replace(/\.js$/, '.d.ts'), banner(schema) + declaration],
  ]);
}

const declaration = `
/** One breach of the schema: a JSON pointer to the place, the keyword, and what the keyword says about it. */
export type SchemaError = {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
};

/** True when the value has the schema's shape; after false, \`errors\` holds every breach. */
export declare const validate: { (data: unknown): boolean; errors?: readonly SchemaError[] | null };
`;

/** The files that are not what their schema gives; with \`write\`, they are written. */
export async function refresh({ write }) {
  const stale = [];
  for (const line of validators.filter(({ schema }) => existsSync(join(root, schema)))) {
    for (const [file, text] of await generate(line)) {
      const path = join(root, file);
      if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
      stale.push(file);
      if (write) writeFileSync(path, text);
    }
  }
  return stale;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const check = argv.includes('--check');
  const stale = await refresh({ write: !check });
  for (const file of stale) (check ? stderr : stdout).write(`${check ? 'stale' : 'wrote'} ${file}\n`);
  if (check && stale.length > 0) {
    stderr.write('run: node .ci/validators.mjs\n');
    exit(1);
  }
}
