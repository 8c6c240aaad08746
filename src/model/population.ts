import type { Problem } from '../base/index.ts';
import type { FacetName } from '../snapshot/index.ts';
import type { Field, ObjectPath } from './field.ts';

/** A relation that is joined to a population only when a field that is used needs it. Joins never multiply rows. */
export type Attachment = {
  readonly alias: string;
  /** A table of the snapshot, a relation of the model, or a parenthesised query. */
  readonly relation: string;
  /** `true` for a relation that always has one row. */
  readonly on: string;
  /** The same relation for the rows of a table alone, where that is cheaper than making it whole. */
  readonly few: ((table: string) => string) | undefined;
};

/** A field with the further facets that can make it unknown. */
export type PopulationField = Field & { readonly also: readonly FacetName[] };

/** SQL that names a subject. */
export type SubjectSql = {
  readonly key: string;
  readonly label: string;
  readonly ids: Readonly<Record<string, string>>;
};

/** Relations of the model, each one `.sql` file that may read the tables of a snapshot and the relations before it. */
export const relations = [
  'known',
  'unread',
  'marked',
  'pairing',
  'pair',
  'principal',
  'member_pair',
  'edge',
  'edge_class',
  'membership',
  'membership_class',
  'suspect',
  'lookalike',
  'protected_parent',
  'nesting_circle',
  'nested_group',
  'outsider',
  'nesting',
  'hierarchy',
  'member_count',
  'mail_domain',
  'dangling_list',
  'member_reader',
  'owner_count',
  'removal',
  'provisioning_error',
  'anchor',
  'authority_change',
  'authority',
  'tombstone',
  'synced_parent',
  'enforcement',
  'controller',
  'address',
  'access_right',
  'member_change',
  'member_turnover',
  'granted',
  'grant',
  'identity',
  'ownership',
  'job',
  'job_extent',
  'tenant',
  'person',
  'marker',
  'target',
  'synchronization',
  'deletion_guard',
  'provisioning',
  'mapping',
  'job_place',
  'child',
  'given_name',
  'password_right',
  'facet_reading',
  'snapshot_fact',
] as const;

export type RelationName = (typeof relations)[number];

/** How the rows of a population that no verdict can tell apart are judged as one: the same columns, with `n` for how many rows each stands for. */
export type Classes = {
  readonly relation: string;
  /** Attachments that are the same for all rows of a class; where another is mentioned, rows are judged one by one. */
  readonly aliases: readonly string[];
  /** Columns that are the same in a class and in each of its rows. */
  readonly same: readonly string[];
  /** Columns that tell the rows of a class apart: nothing that is judged may mention them. */
  readonly members: readonly string[];
  /** SQL that is true for a class whose rows must be looked up when they are asked for. */
  readonly shortened: string;
};

/** The rows of a population that a user wrote: they are put into a table of their own before anything is judged. */
export type OwnRows = {
  readonly table: string;
  /** The SELECT that fills the table. */
  readonly sql: string;
  /** The tables and relations that it reads, as `FROM name` each. */
  readonly reads: string;
  /** What is declared of the rows: SQL that yields a row when one breaks it, and what to tell then. */
  readonly declared: readonly { readonly sql: string; readonly problem: Problem }[];
  /** What to tell when the SELECT fails. */
  readonly failed: (reason: string) => Problem;
};

/** A typed relation with one row per subject, made by joining both sources. */
export type Population = {
  readonly name: string;
  readonly about: string;
  /** The relation that holds the rows, and the alias under which field SQL refers to it. */
  readonly relation: string;
  readonly alias: string;
  /** Columns that identify a row within one run. */
  readonly keys: readonly string[];
  /** Columns that are kept with a judged row, when looking the row up again would cost too much. */
  readonly carried: readonly string[];
  /** Rows that are alike, taken together. */
  readonly classes?: Classes;
  readonly attachments: readonly Attachment[];
  /** SQL that is true for a row that stands for subjects which nobody saw: it can be out of scope or unknown, but never judged. */
  readonly stands: string | undefined;
  /** Facets that say which rows there are, whatever is asked of them: without one of these, some row is unknown to every invariant. */
  readonly rows: readonly FacetName[];
  readonly fields: readonly PopulationField[];
  readonly objects: readonly ObjectPath[];
  /** The flavour of a row, for populations whose rows have one. */
  readonly flavour: PopulationField | undefined;
  readonly subject: SubjectSql;
  /** For rows that are about facets: SQL of the facet without which a row is unknown, where its fields do not say. */
  readonly facet?: string;
  /** Rows of which fields whose paths begin alike can never be known, whatever is read, and why: SQL that is true for them. */
  readonly apart?: { readonly rows: string; readonly fields: string; readonly reason: string };
  /** Where unknown rows are reported together: the subject that stands for them. */
  readonly unknownBy: { readonly subject: SubjectSql } | undefined;
  /** Set for a population that a user wrote. */
  readonly own?: OwnRows;
};

/** Every population that policies can speak about, by name. */
export type Model = { readonly populations: ReadonlyMap<string, Population> };
