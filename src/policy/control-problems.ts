import { nearest, type Problem } from '../base/index.ts';
import { type Document, escapePointer, problemAt } from '../yaml/index.ts';
import { type ControlMapping, type Framework, isNamedByPolicies, mapControls } from './controls.ts';
import type { Policy } from './invariant.ts';
import type { PolicyFile } from './policy-file.ts';
import type { Profile } from './profile.ts';
import { member, rawInvariants } from './raw.ts';

/** The controls of a profile's framework with the loaded invariants, and what they leave open, as warnings. */
export type LoadedControls = {
  readonly mapping: ControlMapping;
  readonly problems: readonly Problem[];
  /** The text of the profile. */
  readonly source: string;
};

/** Maps the controls of a profile to the loaded invariants, also to those that it switches off; undefined when it names no framework. */
export function loadControls(
  { content, document, sha256 }: Profile,
  policies: readonly Policy[],
  off: ReadonlyMap<string, string>,
  files: readonly PolicyFile[],
): LoadedControls | undefined {
  if (content.framework === undefined) return undefined;
  const profile = { name: content.profile, title: content.title, path: document.file, sha256 };
  const supporters = policies.flatMap(policy => policy.invariants);
  const mapping = mapControls(profile, content.framework, supporters, off);
  const problems = coverageProblems(document, mapping, placesOf(files, content.framework.id));
  return { mapping, problems, source: document.text };
}

type Place = { readonly document: Document; readonly pointer: string };

/** Where an invariant names a control, or where its id stands. */
function placesOf(
  files: readonly PolicyFile[],
  framework: string,
): (invariant: string, control?: string) => Place | undefined {
  const places = new Map<string, Place & { readonly controls: unknown }>();
  for (const { document } of files)
    for (const [index, invariant] of rawInvariants(document.value).entries())
      places.set(String(member(invariant, 'id')), {
        document,
        pointer: `/invariants/${index}`,
        controls: member(member(invariant, 'controls'), framework),
      });
  return (invariant, control) => {
    const place = places.get(invariant);
    if (!place) return undefined;
    const at = Array.isArray(place.controls) ? place.controls.indexOf(control) : -1;
    const pointer = at < 0 ? `${place.pointer}/id` : `${place.pointer}/controls/${escapePointer(framework)}/${at}`;
    return { document: place.document, pointer };
  };
}

/** Mistakes of a profile's framework: controls listed twice, evidence in the wrong place, ids that no invariant has. */
export function frameworkProblems(document: Document, framework: Framework, ids: readonly string[]): Problem[] {
  const seen = new Set<string>();
  const named = isNamedByPolicies(framework.id);
  return framework.controls.flatMap((control, index) => {
    const pointer = `/framework/controls/${index}`;
    const wrong = (code: string, part: string, message: string, hint: string) =>
      problemAt(document, document.at(`${pointer}/${part}`, part.includes('/') || part === 'id' ? 'value' : 'key'), {
        code,
        message,
        hint,
      });
    const again = seen.has(control.id);
    seen.add(control.id);
    return [
      ...(again
        ? [wrong('duplicate-control', 'id', `the control \`${control.id}\` is listed twice`, 'remove one')]
        : []),
      ...(named && control.evidence !== undefined
        ? [
            wrong(
              'evidence-in-profile',
              'evidence',
              `invariants name the controls of ${framework.id} themselves`,
              `remove this, and write \`controls: { ${framework.id}: [${control.id}] }\` at the invariants`,
            ),
          ]
        : []),
      ...(control.evidence !== undefined && control.noEvidence !== undefined
        ? [wrong('contradiction', 'noEvidence', 'a control has evidence or none, not both', 'remove one of the two')]
        : []),
      ...(named ? [] : (control.evidence ?? [])).flatMap((id, at) => {
        if (ids.includes(id)) return [];
        const near = nearest(id, ids);
        const hint = near ? `did you mean \`${near}\`?` : 'list the ids with `tallystick check --resolved`';
        return [wrong('unknown-invariant', `evidence/${at}`, `no loaded invariant is called \`${id}\``, hint)];
      }),
    ];
  });
}

/** What a mapping leaves open: controls without evidence, controls that the profile does not list, invariants that say nothing of the framework. */
function coverageProblems(
  document: Document,
  mapping: ControlMapping,
  placeOf: (invariant: string, control?: string) => Place | undefined,
): Problem[] {
  const framework = mapping.framework.id;
  const own = mapping.controls.flatMap((control, index): Problem[] => {
    const at = document.at(`/framework/controls/${index}/id`);
    const empty = control.invariants.length === 0;
    if (empty === (control.noEvidence !== undefined)) return [];
    const message = empty
      ? `no loaded invariant is evidence for the control \`${control.id}\``
      : `the profile says that nothing is evidence for \`${control.id}\`, but ${listed(control.invariants)} ${control.invariants.length === 1 ? 'is' : 'are'}`;
    const hint = empty ? 'say why with `noEvidence:`, or load the policies that have some' : 'remove `noEvidence`';
    return [problemAt(document, at, { code: 'control-coverage', level: 'warning', message, hint })];
  });
  const warn = (invariant: string, control: string | undefined, message: string, hint: string): Problem[] => {
    const place = placeOf(invariant, control);
    if (!place) return [];
    const at = place.document.at(place.pointer);
    return [problemAt(place.document, at, { code: 'control-coverage', level: 'warning', message, hint })];
  };
  const known = mapping.controls.map(control => control.id);
  const unlisted = mapping.unlisted.flatMap(({ id, invariants }) => {
    const near = nearest(id, known);
    const hint = near ? `did you mean \`${near}\`?` : `add it to \`framework.controls\` in ${mapping.profile.path}`;
    const message = `the profile ${mapping.profile.name} lists no control \`${id}\` of ${framework}; named by ${listed(invariants)}`;
    return warn(invariants[0] ?? '', id, message, hint);
  });
  const silent = mapping.unmapped
    .filter(each => !each.said)
    .flatMap(({ id }) =>
      warn(
        id,
        undefined,
        `\`${id}\` does not say for which controls of ${framework} it is evidence`,
        `write \`controls: { ${framework}: [...] }\`, or an empty list for none`,
      ),
    );
  return [...own, ...unlisted, ...silent];
}

function listed(ids: readonly string[]): string {
  const rest = ids.length - 3;
  return `${ids.slice(0, 3).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
