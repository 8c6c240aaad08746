import { AuditError, exitCodes, nearest } from '../base/index.ts';
import { readChanges, readPaths, readSubject, scriptOf } from '../evaluate/index.ts';
import { type AuditResult, type Finding, type WaiverCheck, waiverChecks } from '../findings/index.ts';
import type { Model } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import { earlierViewsSql, verifySnapshot, viewsSql } from '../snapshot/index.ts';
import { readResultsAt } from './audit.ts';
import { aboutFinding, type Beyond, findingOf } from './explain/finding.ts';
import { aboutInvariant, whatToDo } from './explain/invariant.ts';
import { row, sections, wrap } from './layout.ts';
import { asOfOf, type Command, type CommonOptions, configOf } from './options.ts';
import { type LoadedPolicies, type PolicyOptions, policiesFor } from './policies.ts';
import { withSnapshot } from './snapshots.ts';
import { deliver, disarm } from './terminal.ts';

/** Options of `explain`. */
export type ExplainOptions = CommonOptions &
  PolicyOptions & {
    readonly results?: string;
    readonly sql?: boolean;
    readonly snapshot?: string;
    readonly previous?: string;
    readonly asOf?: string;
    readonly memory?: string;
  };

const FINGERPRINT = /^[0-9a-f]{8,64}$/i;

/** `explain`: an invariant by its id, or a finding by (the start of) its fingerprint. */
export const explain: Command<ExplainOptions> = async (options, [name = '']) => {
  if (options.previous !== undefined && options.snapshot === undefined)
    throw new AuditError('input', '--previous is the snapshot before --snapshot: give both');
  const asOf = options.asOf === undefined ? Date.now() : Date.parse(asOfOf(options.asOf, ''));
  const loaded = await policiesFor(options, configOf(options), asOf, true);
  const invariant = loaded.compiled.get(name);
  const check = waiverChecks.get(name);
  if (invariant)
    await deliver(
      options.sql === true
        ? await scriptFor(invariant, loaded.model, options)
        : disarm(aboutInvariant(invariant, loaded.model, process.cwd())),
    );
  else if (check) await deliver(disarm(aboutWaivers(check)));
  else if (FINGERPRINT.test(name)) await deliver(disarm(await findingText(name.toLowerCase(), options, loaded)));
  else throw unknownName(name, loaded.compiled.keys(), loaded.skipped);
  return exitCodes.clean;
};

function unknownName(
  name: string,
  ids: Iterable<string>,
  skipped: readonly { readonly id: string; readonly reason: string }[],
): AuditError {
  const off = skipped.find(({ id }) => id === name);
  if (off) return new AuditError('input', `${name} is not judged: ${off.reason}`);
  const near = nearest(name, ids);
  const hint = near === undefined ? '; tallystick check --resolved lists them' : `; did you mean ${near}?`;
  return new AuditError('input', `there is no invariant ${JSON.stringify(name)}${hint}`);
}

/** The script that judges an invariant; with a snapshot it also opens its tables, so that it runs by itself. */
async function scriptFor(
  compiled: CompiledInvariant,
  model: Model,
  { snapshot, previous }: ExplainOptions,
): Promise<string> {
  const population = model.populations.get(compiled.invariant.over);
  if (!population) throw new AuditError('bug', `there is no population ${compiled.invariant.over}`);
  const script = scriptOf(compiled, population);
  if (snapshot === undefined) return script;
  const { path } = await verifySnapshot(snapshot);
  const earlier = previous === undefined ? '' : earlierViewsSql(await verifySnapshot(previous));
  return `${viewsSql(`${path}/`)}${earlier}\n${script}`;
}

function aboutWaivers({ id, title, description, severity, expect, remediation }: WaiverCheck): string {
  return sections([
    wrap(`${id} (${severity})\n${title}`),
    wrap(description),
    [row('Over', 'the waivers of --waivers; comes with tallystick'), row('Expect', expect)].join('\n'),
    whatToDo(remediation),
  ]);
}

async function findingText(
  prefix: string,
  options: ExplainOptions,
  { compiled, model }: Pick<LoadedPolicies, 'compiled' | 'model'>,
): Promise<string> {
  const { results: file, snapshot } = options;
  if (file === undefined)
    throw new AuditError('input', 'to explain a finding, give --results with the results.json that holds it');
  const results = await readResultsAt(file);
  const finding = findingOf(results, prefix, file);
  const beyond =
    snapshot === undefined ? undefined : await beyondFinding(finding, results, { path: snapshot, model }, options);
  return aboutFinding(finding, results, compiled.get(finding.invariant), beyond);
}

/** What the snapshot that was judged tells besides; another one may hold another subject under the same key. */
function beyondFinding(
  { subject }: Finding,
  { run }: AuditResult,
  { path, model }: { readonly path: string; readonly model: Model },
  options: ExplainOptions,
): Promise<Beyond | undefined> {
  return withSnapshot(path, options, async snapshot => {
    if (run.snapshot !== null && run.snapshot.id !== snapshot.id)
      throw new AuditError('input', `the results are of the snapshot ${run.snapshot.id}, not of ${snapshot.id}`);
    const population = model.populations.get(subject.population);
    // The rows of a population of one's own are made by an audit alone.
    const facts = population?.own === undefined && population && (await readSubject(snapshot, population, subject.key));
    const paths = await readPaths(snapshot, subject.ids);
    return { facts: facts || {}, paths, changes: await readChanges(snapshot, subject.ids) };
  });
}
