import { AuditError, canonicalJson, escapeTerminal, type Json, prettyJson, sha256, truncate } from '../base/index.ts';
import type { AuditResult, ControlReport, Finding, ResultCounts } from '../findings/index.ts';
import { formats } from '../report/index.ts';
import { type Manifest, viewsSql } from '../snapshot/index.ts';
import { renderCsv } from './csv.ts';
import { packNames, profileName, waiverNames } from './manifest.ts';

/** A file as it was loaded. */
export type SealedText = { readonly path: string; readonly sha256: string; readonly source: string };

/** A policy as it was loaded: `sha256` of its bytes, `source` their text; `invariants` with parameters bound and profile applied. */
export type SealedPolicy = SealedText & {
  readonly name: string;
  readonly invariants: readonly { readonly id: string }[];
};

/** A population that a user wrote: `sha256` of its bytes, `source` their text. */
export type SealedPopulation = Pick<SealedPolicy, 'name' | 'path' | 'sha256' | 'source'>;

/** What came of one invariant, and the SQL that judges it again on the snapshot's tables. */
export type SealedOutcome = {
  readonly invariant: { readonly id: string };
  readonly sql: string;
  readonly counts: Omit<ResultCounts, 'waived'>;
};

/** One file of text. */
export type TextFile = { readonly name: string; readonly text: string };

/** policies/: every file with the bytes that were loaded, and resolved.json, which says what they came to. Throws AuditError('input') when a text is not the one of its digest. */
export function policyFiles(policies: readonly SealedPolicy[]): readonly TextFile[] {
  const sorted = [...policies].sort((a, b) => (a.path < b.path ? -1 : 1));
  const taken = new Set<string>();
  const files = sorted.map(policy => {
    const plain = `policies/${policy.name}.yaml`;
    const name = taken.has(plain.toLowerCase()) ? `policies/${policy.name}-${policy.sha256.slice(0, 12)}.yaml` : plain;
    taken.add(name.toLowerCase());
    return { policy, name, text: originalText(policy) };
  });
  const resolved: Json = JSON.parse(
    JSON.stringify(
      files.map(({ policy, name }) => {
        const { source: _, ...rest } = policy;
        return { file: name, ...rest };
      }),
    ),
  );
  return [
    ...files.map(({ name, text }) => ({ name, text })),
    { name: packNames.resolved, text: prettyJson(JSON.parse(canonicalJson(resolved))) },
  ];
}

/** waivers/: the file with the bytes that were loaded, and how every waiver stands, for spreadsheets. Nothing when the run had none. */
export function waiverFiles(waivers: SealedText | undefined, result: AuditResult): readonly TextFile[] {
  if (waivers === undefined) return [];
  return [
    { name: waiverNames.source, text: originalText(waivers) },
    { name: waiverNames.standing, text: waiversCsv(result.waivers) },
  ];
}

function waiversCsv(waivers: AuditResult['waivers']): string {
  return renderCsv(
    [
      ...['waiver', 'invariant', 'state', 'matched', 'selects', 'owner', 'approver', 'reason', 'ticket'],
      ...['effective', 'expires', 'days left', 'line'],
    ],
    waivers.map(use => [
      ...[use.id, use.invariant, use.state, use.matched, JSON.stringify(use.subject), use.owner, use.approver],
      ...[use.reason, use.ticket ?? null, use.effective, use.expires, use.daysLeft, use.location.line],
    ]),
  );
}

/** profile/: the profile whose controls the result speaks of. Throws AuditError('input') when the text is not the one of its digest. */
export function profileFiles({ controls }: AuditResult, source: string | undefined): readonly TextFile[] {
  if (controls === undefined) return [];
  return [{ name: profileName, text: originalText({ ...controls.profile, source: source ?? '' }) }];
}

/** populations/: the SQL of populations that users wrote, as it was run. */
export function populationFiles(populations: readonly SealedPopulation[]): readonly TextFile[] {
  return populations.map(each => ({ name: `populations/${each.name}.sql`, text: originalText(each) }));
}

// A loader may have taken the byte order mark off; the digest is that of the file.
function originalText({ source, sha256: digest, path }: SealedText): string {
  const text = [source, `\ufeff${source}`].find(each => sha256(each) === digest);
  if (text === undefined)
    throw new AuditError(
      'input',
      `the text of ${path} is not the one whose digest the run recorded; audit again, then seal`,
    );
  return text;
}

/** sql/: one script per invariant that any DuckDB runs in the folder of the unpacked pack. */
export function sqlFiles(outcomes: readonly SealedOutcome[]): readonly TextFile[] {
  return outcomes.map(({ invariant, sql, counts }) => ({
    name: `sql/${invariant.id}.sql`,
    text: [
      `-- Judges ${escapeTerminal(invariant.id)} again: run \`duckdb < sql/${escapeTerminal(invariant.id)}.sql\` in the folder of the unpacked pack.`,
      `-- tallystick counted ${counts.subjects} subjects: ${counts.outOfScope} out of scope, ${counts.pass} pass, ${counts.fail} fail, ${counts.unknown} unknown.`,
      '-- The last statement lists the subjects that fail or are unknown, one row each.',
      '',
      viewsSql('snapshot/'),
      sql.replace(/;?\s*$/, ';'),
      '',
    ].join('\n'),
  }));
}

/** results/: for machines, for code scanning, for spreadsheets. */
export function resultFiles(result: AuditResult): readonly TextFile[] {
  return [
    { name: packNames.results, text: formats.json.render(result) },
    { name: packNames.sarif, text: formats.sarif.render(result) },
    { name: packNames.findings, text: findingsCsv(result.findings) },
    ...(result.controls === undefined ? [] : [{ name: 'results/controls.csv', text: controlsCsv(result.controls) }]),
  ];
}

/** One row per control and invariant, and one for every control without evidence. */
function controlsCsv({ framework, controls }: ControlReport): string {
  return renderCsv(
    ['framework', 'version', 'control', 'title', 'outcome', 'invariant', 'outcome of the invariant', 'reason'],
    controls.flatMap(({ id, title, outcome, noEvidence, evidence }) => {
      const control = [framework.title, framework.version, id, title, outcome];
      if (evidence.length === 0) return [[...control, null, null, noEvidence ?? null]];
      return evidence.map(each => [...control, each.invariant, each.outcome, each.reason ?? null]);
    }),
  );
}

const idNames = [
  'cloudGroup',
  'adGroup',
  'cloudPrincipal',
  'adPrincipal',
  'container',
  'trustee',
  'address',
  'job',
] as const;

function findingsCsv(findings: readonly Finding[]): string {
  const header = [
    'invariant',
    'severity',
    'verdict',
    'state',
    'cause',
    'first seen',
    'last seen',
    'age in days',
    'rows',
    'label',
    'message',
    'waiver',
    'accepted until',
  ];
  return renderCsv(
    [...header, 'missing', 'population', 'key', ...idNames, 'fingerprint'],
    findings.map(finding => [
      finding.invariant,
      finding.severity,
      finding.verdict,
      finding.state,
      finding.cause ?? null,
      finding.firstSeen,
      finding.lastSeen,
      finding.ageDays,
      finding.rows ?? 1,
      // Spreadsheets cut at 32,767; results.json has the whole text.
      truncate(finding.subject.label, 30_000),
      truncate(finding.message, 30_000),
      finding.waiver?.id ?? null,
      finding.accepted?.until ?? null,
      finding.missing.join(' '),
      finding.subject.population,
      finding.subject.key,
      ...idNames.map(name => finding.subject.ids[name] ?? null),
      finding.fingerprint,
    ]),
  );
}

/** queries.csv: what every query announced and what came, so that completeness can be checked row by row. */
export function queriesCsv({ queries }: Manifest): string {
  return renderCsv(
    [
      'source',
      'facet',
      'request',
      'pages',
      'expected',
      'retrieved',
      'difference',
      'complete',
      'reason',
      'retries',
      'begun',
      'ended',
      'milliseconds',
      'objects affected',
    ],
    queries.map(query => [
      query.source,
      query.facet,
      truncate(query.request, 30_000),
      query.pages,
      query.expected,
      query.retrieved,
      query.expected === null ? null : query.retrieved - query.expected,
      query.complete,
      query.reason,
      query.retries,
      query.begun,
      query.ended,
      query.durationMs,
      query.objects.length,
    ]),
  );
}
