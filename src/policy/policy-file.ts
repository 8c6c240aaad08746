import { readFileSync } from 'node:fs';
import { type Flavour, type Problem, type Severity, sha256 } from '../base/index.ts';
import { type Document, problemAt, readBytes, readDocument, type SchemaError, schemaProblems } from '../yaml/index.ts';
import type { FoundFile } from './files.ts';
import type { Controls, ParameterType } from './invariant.ts';
import { validate } from './policy-validator.generated.js';
import { rawInvariants } from './raw.ts';

/** A parameter as its file declares it. */
export type Declaration = {
  readonly type: ParameterType;
  readonly default: unknown;
  readonly description: string;
};

/** An invariant as its file writes it, with the shape of schemas/policy.schema.json. */
export type Draft = {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly flavours: readonly Flavour[];
  readonly over: string;
  readonly when?: string;
  readonly expect: string;
  readonly severity: Severity;
  readonly message: string;
  readonly remediation: string;
  readonly facts?: readonly string[];
  readonly references?: readonly string[];
  readonly controls?: Controls;
  readonly deprecatedIds?: readonly string[];
};

/** A policy file whose shape is right. */
export type PolicyContent = {
  readonly policy: string;
  readonly title: string;
  readonly description?: string;
  readonly params?: Readonly<Record<string, Declaration>>;
  readonly invariants: readonly Draft[];
};

/** A file that was read as YAML; `content` is undefined when its shape has mistakes, which `problems` hold. */
export type PolicyFile = {
  readonly document: Document;
  readonly sha256: string;
  readonly content: PolicyContent | undefined;
  readonly problems: readonly Problem[];
};

/** Reads one policy file and checks its shape; undefined with problems when it is not even YAML. */
export function readPolicyFile(file: FoundFile): PolicyFile | { readonly problems: readonly Problem[] } {
  const read = readBytes(file.path, file.shown);
  return 'problem' in read ? { problems: [read.problem] } : policyFileOf(read.bytes, file.shown);
}

/** The same of bytes that may not be on disk; `shown` is how the file is called. */
export function policyFileOf(bytes: Uint8Array, shown: string): PolicyFile | { readonly problems: readonly Problem[] } {
  const reading = readDocument(bytes, shown);
  if (!reading.ok) return { problems: reading.problems };
  const { document } = reading;
  const count = rawInvariants(document.value).length;
  if (count > mostInvariants) return { problems: [tooManyInvariants(document, count)] };
  const content = isPolicy(document.value) ? document.value : undefined;
  const problems = content ? nameProblems(document, content) : shapeProblems(document, validate.errors ?? [], 'policy');
  return { document, sha256: sha256(bytes), content, problems };
}

/** How many invariants a file may have: the validator's time grows with the square of what is wrong in it. */
const mostInvariants = 500;

function tooManyInvariants(document: Document, count: number): Problem {
  const message = `the file has ${count} invariants; at most ${mostInvariants} are read`;
  const hint = 'split it into several policies';
  return problemAt(document, document.at('/invariants', 'key'), { code: 'too-many', message, hint });
}

function isPolicy(value: unknown): value is PolicyContent {
  return validate(value);
}

/** The published JSON Schema of a file of ours; only read to explain a mistake. */
function readSchema(name: 'policy' | 'profile'): unknown {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'));
}

/** Every breach of a schema by a document, in words. */
export function shapeProblems(
  document: Document,
  errors: readonly SchemaError[],
  schema: 'policy' | 'profile',
): Problem[] {
  return schemaProblems(document, errors, readSchema(schema));
}

function nameProblems(document: Document, { policy }: PolicyContent): Problem[] {
  const base = document.file.slice(document.file.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');
  if (policy === base) return [];
  const message = `the policy is called \`${policy}\` but its file \`${base}\``;
  const hint = 'give both one name: reports and parameters refer to the policy';
  return [problemAt(document, document.at('/policy'), { code: 'name-mismatch', level: 'warning', message, hint })];
}
