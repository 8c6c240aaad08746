import { AuditError, escapeTerminal, exitCodes, nearest } from '../base/index.ts';
import { scriptOf } from '../evaluate/index.ts';
import { type AuditResult, causeText, type Finding, waiverChecks } from '../findings/index.ts';
import { model } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import { rightsText, verifySnapshot, viewsSql } from '../snapshot/index.ts';
import { readResultsAt } from './audit.ts';
import { row, sections, wrap } from './layout.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { deliver, disarm } from './terminal.ts';

/** Options of `explain`. */
export type ExplainOptions = CommonOptions &
  PolicyOptions & { readonly results?: string; readonly sql?: boolean; readonly snapshot?: string };

const FINGERPRINT = /^[0-9a-f]{8,64}$/i;

/** `explain`: an invariant by its id, or a finding by (the start of) its fingerprint. */
export const explain: Command<ExplainOptions> = async (options, [name = '']) => {
  const loaded = policiesFor(options, configOf(options), Date.now(), true);
  const invariant = loaded.compiled.get(name);
  if (invariant)
    await deliver(options.sql === true ? await scriptFor(invariant, options) : disarm(aboutInvariant(invariant)));
  else if (waiverChecks.has(name)) await deliver(disarm(aboutWaivers(name)));
  else if (FINGERPRINT.test(name))
    await deliver(disarm(await aboutFinding(name.toLowerCase(), options, loaded.compiled)));
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
async function scriptFor(compiled: CompiledInvariant, { snapshot }: ExplainOptions): Promise<string> {
  const population = model.populations.get(compiled.invariant.over);
  if (!population) throw new AuditError('bug', `there is no population ${compiled.invariant.over}`);
  const script = scriptOf(compiled, population);
  if (snapshot === undefined) return script;
  const { path } = await verifySnapshot(snapshot);
  return `${viewsSql(`${path}/`)}\n${script}`;
}

function aboutInvariant({ invariant, reads, facets: needed }: CompiledInvariant): string {
  const population = model.populations.get(invariant.over);
  const fields = new Map(population?.fields.map(field => [field.path, field]));
  const read = reads.flatMap(path => {
    const field = fields.get(path);
    if (!field) return [];
    const type = `${field.type}${field.nullable ? ', may be absent' : ''}`;
    return [`  ${path} (${type}; ${field.facet}, ${field.from})`, `    ${field.about}`];
  });
  return sections([
    wrap(`${invariant.id} (${invariant.severity})\n${invariant.title}`),
    wrap(invariant.description),
    [
      row('Policy', `${invariant.policy}, ${invariant.location.file}:${invariant.location.line}`),
      row('Flavours', invariant.flavours.join(', ')),
      row('Over', `${invariant.over}: ${population?.about ?? ''}`),
      row('When', invariant.when ?? '(every subject)'),
      row('Expect', invariant.expect),
      ...invariant.params.map(({ name, value, from }) =>
        row('Parameter', `${name} = ${JSON.stringify(value)} (${from})`),
      ),
    ].join('\n'),
    wrap(['Reads', ...read].join('\n')),
    wrap(['Needs', ...needed.map(facet => `  ${facet}: ${rightsText(facet)}`)].join('\n')),
    whatToDo(invariant.remediation),
    [
      ...Object.entries(invariant.controls).map(([framework, controls]) => row(framework, controls.join(', '), 20)),
      ...invariant.references.map(reference => escapeTerminal(reference)),
    ].join('\n'),
    `The SQL that judges it: tallystick explain ${invariant.id} --sql`,
  ]);
}

function aboutWaivers(name: string): string {
  const check = waiverChecks.get(name);
  if (check === undefined) return '';
  const { id, title, description, severity, expect, remediation } = check;
  return sections([
    wrap(`${id} (${severity})\n${title}`),
    wrap(description),
    [row('Over', 'the waivers of --waivers; comes with tallystick'), row('Expect', expect)].join('\n'),
    whatToDo(remediation),
  ]);
}

async function aboutFinding(
  prefix: string,
  options: ExplainOptions,
  invariants: ReadonlyMap<string, CompiledInvariant>,
): Promise<string> {
  if (options.results === undefined)
    throw new AuditError('input', 'to explain a finding, give --results with the results.json that holds it');
  const results = await readResultsAt(options.results);
  const found = results.findings.filter(finding => finding.fingerprint.startsWith(prefix));
  const [finding, second] = found;
  if (!finding) throw new AuditError('input', `${options.results} holds no finding ${prefix}`);
  if (second)
    throw new AuditError('input', `${found.length} findings begin with ${prefix}; give more of the fingerprint`);
  return describe(
    finding,
    results,
    (invariants.get(finding.invariant)?.invariant ?? waiverChecks.get(finding.invariant))?.remediation,
  );
}

function describe(finding: Finding, { waivers }: AuditResult, remediation: string | undefined): string {
  const { waiver, subject, location } = finding;
  const use = waivers.find(({ id }) => id === waiver?.id);
  const facts = Object.entries(finding.facts).map(([path, fact]) => {
    const unread = fact !== null && typeof fact === 'object' && 'unknown' in fact;
    return `  ${path} = ${unread ? `(not read: ${fact.unknown})` : JSON.stringify(fact)}`;
  });
  const missing = finding.missing.length > 0 ? [`  not read: ${finding.missing.join(', ')}`] : [];
  return sections([
    wrap(`${finding.verdict} ${finding.invariant} (${finding.severity}, ${finding.state})\n${finding.message}`),
    [
      row('Subject', subject.label, 15),
      ...Object.entries(subject.ids).map(([name, id]) => row(name, id, 15)),
      row('Fingerprint', finding.fingerprint, 15),
      row('Policy', `${location.file}:${location.line}`, 15),
      row('First seen', `${finding.firstSeen}, ${finding.ageDays} ${finding.ageDays === 1 ? 'day' : 'days'} old`, 15),
      row('Last seen', finding.lastSeen, 15),
      ...(finding.cause === undefined ? [] : [row('Cause', causeText(finding) ?? '', 15)]),
      ...(waiver
        ? [
            row('Waived', `${waiver.id}, by ${waiver.approver} until ${waiver.expires}: ${waiver.reason}`, 15),
            row('Waiver', `${use?.state ?? ''}, ${use?.daysLeft ?? 0} days left, owned by ${waiver.owner}`, 15),
          ]
        : []),
    ].join('\n'),
    wrap(['Facts', ...facts, ...missing].join('\n')),
    remediation === undefined ? '' : whatToDo(remediation),
  ]);
}

function whatToDo(remediation: string): string {
  const lines = remediation.trimEnd().split('\n');
  return wrap(['What to do', ...lines.map(line => `  ${line}`)].join('\n'));
}
