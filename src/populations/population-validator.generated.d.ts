// Generated from schemas/population.schema.json by .ci/validators.mjs: do not edit.

/** One breach of the schema: a JSON pointer to the place, the keyword, and what the keyword says about it. */
export type SchemaError = {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
};

/** True when the value has the schema's shape; after false, `errors` holds every breach. */
export declare const validate: { (data: unknown): boolean; errors?: readonly SchemaError[] | null };
