import type { Flavour, Position, Severity } from '../base/index.ts';

/** Frameworks whose controls invariants name; schemas/policy.schema.json lists the same. */
export const frameworkIds = ['nist-800-53r5', 'iso-27001-2022', 'cis-v8', 'soc2', 'nist-csf-2.0', 'cis-m365'] as const;

/** Framework → controls; an empty list says that it is evidence for none. E.g. { 'nist-800-53r5': ['AC-2'] }. */
export type Controls = Readonly<Record<string, readonly string[]>>;

export type ParameterType = 'bool' | 'int' | 'double' | 'string' | 'duration' | 'string[]';

/** A threshold or allow list of a policy, with the value that holds after profiles and --param. */
export type Parameter = {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: boolean | number | string | readonly string[];
  readonly description: string;
  /** Where the value comes from: the policy's default, a profile, or the command line. */
  readonly from: 'default' | 'profile' | 'command line';
};

/** One expectation over one population, as it will be judged: parsed, checked, parameters bound, profile applied. */
export type Invariant = {
  readonly id: string;
  readonly policy: string;
  readonly title: string;
  readonly description: string;
  readonly flavours: readonly Flavour[];
  readonly over: string;
  /** CEL; undefined means every subject. */
  readonly when: string | undefined;
  readonly expect: string;
  readonly severity: Severity;
  /** Template with {{ CEL }}. */
  readonly message: string;
  readonly remediation: string;
  /** Fields that a finding tells besides those it rests on, where they are known; absent when there are none. */
  readonly facts?: readonly string[];
  readonly references: readonly string[];
  readonly controls: Controls;
  readonly params: readonly Parameter[];
  /** Ids that it had before; absent when there are none. */
  readonly deprecatedIds?: readonly string[];
  /** Where `expect` stands: findings point here. */
  readonly location: Position;
};

/** A policy file as loaded: `path` is what reports print (relative to the working directory, forward slashes), `sha256` of its bytes. */
export type Policy = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly path: string;
  readonly sha256: string;
  readonly source: string;
  readonly invariants: readonly Invariant[];
};
