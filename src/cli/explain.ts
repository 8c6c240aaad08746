import { AuditError, escapeTerminal, exitCodes, nearest } from '../base/index.ts';
import { scriptOf } from '../evaluate/index.ts';
import type { AuditResult, Finding } from '../findings/index.ts';
import { model } from '../model/index.ts';
import type { CompiledInvariant } from '../policy/index.ts';
import { facets } from '../snapshot/index.ts';
import { readResultsAt } from './audit.ts';
import { type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { deliver } from './terminal.ts';

/** Options of `explain`. */
export type ExplainOptions = CommonOptions & PolicyOptions & { readonly results?: string; readonly sql?: boolean };

const FINGERPRINT = /^[0-9a-f]{8,64}$/;

/** `explain`: an invariant by its id, or a finding by (the start of) its fingerprint. */
export const explain: Command<ExplainOptions> = async (options, [name = '']) => {
  const loaded = policiesFor(options, configOf(options), Date.now(), true);
  const invariant = loaded.compiled.get(name);
  if (invariant) await deliver(options.sql === true ? scriptFor(invariant) : aboutInvariant(invariant));
  else if (FINGERPRINT.test(name)) await deliver(await aboutFinding(name, options, loaded.compiled));
  else {
    const near = nearest(name, loaded.compiled.keys());
    throw new AuditError(
      'input',
      `there is no invariant ${JSON.stringify(name)}${near === undefined ? '; tallystick check --resolved lists them' : `; did you mean ${near}?`}`,
    );
  }
  return exitCodes.clean;
};

function scriptFor(compiled: CompiledInvariant): string {
  const population = model.populations.get(compiled.invariant.over);
  if (!population) throw new AuditError('bug', `there is no population ${compiled.invariant.over}`);
  return scriptOf(compiled, population);
}

function aboutInvariant(compiled: CompiledInvariant): string {
  const { invariant } = compiled;
  const population = model.populations.get(invariant.over);
  const fields = new Map(population?.fields.map(field => [field.path, field]));
  const reads = compiled.reads.flatMap(path => {
    const field = fields.get(path);
    return field
      ? [
          `  ${path} (${field.type}${field.nullable ? ', may be absent' : ''}): ${field.about} [${field.facet}; ${field.from}]`,
        ]
      : [];
  });
  const rights = compiled.facets.map(facet => `  ${facet}: ${facets[facet].about}; needs ${facets[facet].right}`);
  return plain([
    `${invariant.id} (${invariant.severity})`,
    invariant.title,
    '',
    invariant.description,
    '',
    `Policy    ${invariant.policy}, ${invariant.location.file}:${invariant.location.line}`,
    `Flavours  ${invariant.flavours.join(', ')}`,
    `Over      ${invariant.over}: ${population?.about ?? ''}`,
    `When      ${invariant.when ?? '(every subject)'}`,
    `Expect    ${invariant.expect}`,
    ...invariant.params.map(({ name, value, from }) => `Parameter ${name} = ${JSON.stringify(value)} (${from})`),
    '',
    'Reads',
    ...reads,
    'Facets and the rights they need',
    ...rights,
    '',
    'What to do',
    ...invariant.remediation
      .trimEnd()
      .split('\n')
      .map(line => `  ${line}`),
    '',
    ...Object.entries(invariant.controls).map(([framework, controls]) => `${framework}: ${controls.join(', ')}`),
    ...invariant.references,
    '',
    `The SQL that judges it: tallystick explain ${invariant.id} --sql`,
  ]);
}

async function aboutFinding(
  prefix: string,
  options: ExplainOptions,
  invariants: ReadonlyMap<string, CompiledInvariant>,
): Promise<string> {
  if (options.results === undefined)
    throw new AuditError('input', 'to explain a finding, give --results with the results.json that holds it');
  const results: AuditResult = await readResultsAt(options.results);
  const found = results.findings.filter(finding => finding.fingerprint.startsWith(prefix));
  const [finding, second] = found;
  if (!finding) throw new AuditError('input', `${options.results} holds no finding ${prefix}`);
  if (second)
    throw new AuditError('input', `${found.length} findings begin with ${prefix}; give more of the fingerprint`);
  return describe(finding, invariants.get(finding.invariant));
}

function describe(finding: Finding, compiled: CompiledInvariant | undefined): string {
  return plain([
    `${finding.verdict} ${finding.invariant} (${finding.severity}, ${finding.state})`,
    finding.message,
    '',
    `Subject      ${finding.subject.label}`,
    ...Object.entries(finding.subject.ids).map(([name, id]) => `${name.padEnd(13)}${id}`),
    `Fingerprint  ${finding.fingerprint}`,
    `Policy       ${finding.location.file}:${finding.location.line}`,
    ...(finding.waiver
      ? [`Waived       by ${finding.waiver.approver} until ${finding.waiver.expires}: ${finding.waiver.reason}`]
      : []),
    '',
    'Facts',
    ...Object.entries(finding.facts).map(
      ([path, fact]) =>
        `  ${path} = ${fact !== null && typeof fact === 'object' && 'unknown' in fact ? `(not read: ${fact.unknown})` : JSON.stringify(fact)}`,
    ),
    ...(finding.missing.length > 0 ? [`  not read: ${finding.missing.join(', ')}`] : []),
    '',
    ...(compiled
      ? [
          'What to do',
          ...compiled.invariant.remediation
            .trimEnd()
            .split('\n')
            .map(line => `  ${line}`),
        ]
      : []),
  ]);
}

function plain(lines: readonly string[]): string {
  return `${lines.map(line => escapeTerminal(line)).join('\n')}\n`;
}
