import { type Controls, frameworkIds } from './invariant.ts';

/** A control as a profile lists it. */
export type ListedControl = {
  readonly id: string;
  readonly title: string;
  /** Invariants that are evidence for it, in a framework that the policies do not name. */
  readonly evidence?: readonly string[];
  /** Why no invariant is evidence for it. */
  readonly noEvidence?: string;
};

/** A framework as a profile describes it. */
export type Framework = {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly url?: string;
  readonly controls: readonly ListedControl[];
};

/** An invariant, and the controls that it says it is evidence for. */
export type Supporter = { readonly id: string; readonly controls: Controls };

/** A control and the invariants that are evidence for it, sorted by id. */
export type MappedControl = {
  readonly id: string;
  readonly title: string;
  readonly noEvidence?: string;
  readonly invariants: readonly string[];
};

/** Which invariants are evidence for which control of a framework. */
export type ControlMapping = {
  readonly profile: {
    readonly name: string;
    readonly title: string;
    readonly path: string;
    readonly sha256: string;
  };
  readonly framework: { readonly id: string; readonly title: string; readonly version: string };
  /** In the order of the profile. */
  readonly controls: readonly MappedControl[];
  /** Controls that invariants name and the profile does not list, sorted by id. */
  readonly unlisted: readonly { readonly id: string; readonly invariants: readonly string[] }[];
  /** Invariants that are evidence for no control of the framework, sorted by id; `said` tells that their policy says so. */
  readonly unmapped: readonly { readonly id: string; readonly said: boolean }[];
  /** Invariants that are not judged, and why; sorted by id. */
  readonly off: readonly { readonly id: string; readonly reason: string }[];
};

/** True for a framework whose controls invariants name themselves: there the mapping stands in the policies, in all others in the profile. */
export function isNamedByPolicies(framework: string): boolean {
  return frameworkIds.some(id => id === framework);
}

/** Brings a framework and the invariants together. `off` tells which are not judged, and why. */
export function mapControls(
  profile: ControlMapping['profile'],
  { id, title, version, controls }: Framework,
  supporters: readonly Supporter[],
  off: ReadonlyMap<string, string> = new Map(),
): ControlMapping {
  const named = isNamedByPolicies(id);
  const claims = new Map<string, string[]>(controls.map(control => [control.id, []]));
  const claim = (control: string, invariant: string) => {
    const same = claims.get(control);
    if (same) same.push(invariant);
    else claims.set(control, [invariant]);
  };
  if (named) for (const each of supporters) for (const control of each.controls[id] ?? []) claim(control, each.id);
  const known = new Set(supporters.map(each => each.id));
  if (!named)
    for (const control of controls)
      for (const invariant of control.evidence ?? []) if (known.has(invariant)) claim(control.id, invariant);
  const listed = new Set(controls.map(control => control.id));
  const supporting = new Set([...claims.values()].flat());
  return {
    profile,
    framework: { id, title, version },
    controls: controls.map(control => ({
      id: control.id,
      title: control.title,
      ...(control.noEvidence === undefined ? {} : { noEvidence: control.noEvidence }),
      invariants: sorted(claims.get(control.id) ?? []),
    })),
    unlisted: sorted([...claims.keys()].filter(control => !listed.has(control))).map(control => ({
      id: control,
      invariants: sorted(claims.get(control) ?? []),
    })),
    unmapped: supporters
      .filter(each => !supporting.has(each.id))
      .map(each => ({ id: each.id, said: !named || each.controls[id] !== undefined }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    off: sorted([...off.keys()].filter(invariant => known.has(invariant))).map(invariant => ({
      id: invariant,
      reason: off.get(invariant) ?? '',
    })),
  };
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort();
}
