import { escapeMarkdown, truncate } from '../base/index.ts';
import { type AuditResult, countsBySeverity, sumCounts } from '../findings/index.ts';
import { frameworkText, outcomeText } from '../report/index.ts';
import type { Manifest } from '../snapshot/index.ts';
import { payloadType } from './statement.ts';

/** What the page says besides the result. */
export type ReadmeFacts = { readonly snapshot: Manifest; readonly keyId: string };

/** README.md of a pack: one page for an auditor. Everything that comes from a directory or a policy is escaped. */
export function renderReadme(result: AuditResult, facts: ReadmeFacts): string {
  const blocks = [
    head(result, facts),
    counts(result),
    completeness(result, facts),
    contents,
    verification(facts),
    reperformance,
    signOff,
  ];
  return `${blocks.join('\n\n')}\n`;
}

function head({ run, controls }: AuditResult, { snapshot, keyId }: ReadmeFacts): string {
  const flavours = snapshot.scope.flavours.join(', ') || 'not stated';
  const containers = snapshot.scope.containers.map(({ dn }) => shown(dn)).slice(0, 20);
  const rest = snapshot.scope.containers.length - containers.length;
  return [
    '# Evidence of an audit of group writeback',
    '',
    `**${run.outcome}** (exit code ${run.exitCode}): ${shown(run.reason)}`,
    '',
    '| | |',
    '| --- | --- |',
    '| Scope | writeback of groups from Microsoft Entra ID to Active Directory |',
    `| Engines | ${shown(flavours)} |`,
    `| Containers | ${containers.join('; ') || 'none configured'}${rest > 0 ? ` and ${rest} more` : ''} |`,
    `| Read | ${shown(snapshot.start)} to ${shown(snapshot.end)} |`,
    ...snapshot.sources.map(
      ({ source, endpoint, identity }) => `| ${source} | ${shown(endpoint)} as ${shown(identity)} |`,
    ),
    `| Judged as of | ${shown(run.asOf)} |`,
    `| Gate | fails on ${run.gate.failOn}, at most ${run.gate.maxUnknown} unknown |`,
    ...(controls === undefined
      ? []
      : [`| Controls | ${shown(frameworkText(controls))}: ${outcomeText(controls)} (results/controls.csv) |`]),
    `| Tool | tallystick ${shown(run.tool.version)} |`,
    `| Run | ${run.id} |`,
    `| Snapshot | ${run.snapshot?.id ?? 'none'} |`,
    `| Signed with key | ${keyId} |`,
  ].join('\n');
}

function counts(result: AuditResult): string {
  const row = (name: string, { subjects, outOfScope, pass, fail, waived, unknown }: ReturnType<typeof sumCounts>) =>
    `| ${name} | ${[subjects, outOfScope, pass, fail, waived, unknown].join(' | ')} |`;
  return [
    '## Counts',
    '',
    `Invariants: ${result.invariants.length}; policies: ${result.run.policies.length}. subjects = out of scope + pass + fail + unknown; waived is a part of fail.`,
    '',
    '| Severity | subjects | out of scope | pass | fail | waived | unknown |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...countsBySeverity(result).map(({ severity, counts: of }) => row(severity, of)),
    row('**all**', sumCounts(result.invariants)),
  ].join('\n');
}

function completeness({ gaps }: AuditResult, { snapshot: { queries } }: ReadmeFacts): string {
  const incomplete = queries.filter(query => !query.complete).length;
  const short = queries.filter(query => query.expected !== null && query.expected !== query.retrieved).length;
  const facets = [...new Set(gaps.map(gap => gap.facet))].map(shown);
  return [
    '## Completeness',
    '',
    `Queries: ${queries.length}; incomplete: ${incomplete}; another number retrieved than announced: ${short} (queries.csv).`,
    gaps.length === 0
      ? 'No gap is recorded.'
      : `Gaps recorded: ${gaps.length}, in ${facets.join(', ')}. Verdicts that depend on them are unknown, never pass (results/results.json, gaps).`,
  ].join('\n');
}

const contents = `## Contents

* manifest.json: every file with size and SHA-256; manifest.dsse.json: the signature (DSSE over an in-toto statement); signer.pub.pem: the key
* snapshot/: what was read, as Parquet; snapshot/manifest.json says from whom, as whom and when; queries.csv: announced and retrieved counts
* policies/: the files that were loaded; policies/resolved.json: what they came to, parameters bound
* waivers/ (when the run had waivers): the file that was applied, and how each waiver stands
* sql/: one script per invariant; results/: the results for machines (JSON, SARIF) and for spreadsheets (CSV); schemas/: their JSON Schemas`;

function verification({ keyId }: ReadmeFacts): string {
  return `## Verify

With tallystick, offline: \`tallystick evidence verify PACK.zip --key SIGNER.pub\`. Get the key, or its id, from the signer and not from this
pack: the key in here only proves that the pack is consistent with itself.

Without tallystick, in the folder of the unpacked pack (OpenSSL 3, GNU tools):

\`\`\`sh
openssl pkey -pubin -in signer.pub.pem -outform DER | sha256sum   # ${keyId}
work=$(mktemp -d)
sed 's/.*"payload":"\\([^"]*\\)".*/\\1/' manifest.dsse.json | base64 -d > "$work/statement"
sed 's/.*"sig":"\\([^"]*\\)".*/\\1/' manifest.dsse.json | base64 -d > "$work/signature"
{ printf 'DSSEv1 ${payloadType.length} ${payloadType} %d ' "$(wc -c < "$work/statement")"; cat "$work/statement"; } > "$work/signed"
openssl pkeyutl -verify -pubin -inkey signer.pub.pem -rawin -in "$work/signed" -sigfile "$work/signature"
grep -o '{"digest":{"sha256":"[0-9a-f]*"},"name":"[^"]*"}' "$work/statement" |
  sed 's/.*"sha256":"\\([^"]*\\)"},"name":"\\([^"]*\\)".*/\\1  \\2/' > "$work/digests"
sha256sum --quiet --strict --check "$work/digests" && echo "all $(wc -l < "$work/digests") files are as signed"
find . -type f | wc -l   # one more than that: manifest.dsse.json signs the others
\`\`\``;
}

const reperformance = `## Re-perform

Every script in sql/ judges one invariant again on the snapshot, with a stock DuckDB and without tallystick. In the folder of the unpacked pack:
\`duckdb < sql/INVARIANT.sql\`. The last statement lists the subjects that fail or are unknown; results/results.json lists the same subjects.
A violation that a waiver selects by a condition names the waiver in the column \`selected\`; other waivers name ids or a fingerprint, which
results/results.json lists. Unknown memberships stand there once per group, with how many rows they are.`;

const signOff = `## Sign-off

| | Name | Date | Signature |
| --- | --- | --- | --- |
| Prepared by | | | |
| Reviewed by | | | |`;

function shown(text: string): string {
  return escapeMarkdown(truncate(text, 500));
}
