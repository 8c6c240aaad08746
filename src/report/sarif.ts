import type { Invocation, Log, Run } from 'sarif';
import { type AuditResult, auditedInvariants, sumCounts, violations } from '../findings/index.ts';
import { notificationDescriptors, notificationsOf, waiverNotifications } from './sarif-notifications.ts';
import { resultOf } from './sarif-results.ts';
import { rulesOf, taxonomiesOf } from './sarif-rules.ts';
import { sarifText, sarifUri } from './sarif-text.ts';

// GitHub shows the top 5,000 results of a run by severity; cutting them here makes the cut visible.
const RESULT_LIMIT = 5_000;

/**
 * SARIF 2.1.0 that GitHub code scanning accepts. GitHub opens an alert for every result, whatever its `kind` or `suppressions` say;
 * so only violations that stand are results. Unknown verdicts and gaps are notifications, waived and fixed findings only counts: results.json has them all.
 */
export function renderSarif(result: AuditResult): string {
  const log: Log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [runOf(result)],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function runOf(result: AuditResult): Run {
  const open = violations(result);
  const taxonomies = taxonomiesOf(result);
  const rules = rulesOf(result, taxonomies);
  const ruleIndex = new Map(rules.map((rule, index) => [rule.id, index]));
  return {
    tool: {
      driver: {
        name: 'tallystick',
        fullName: 'tallystick, policy-as-code audits of group writeback',
        version: sarifText(result.run.tool.version),
        rules,
        notifications: notificationDescriptors,
        ...(taxonomies.length > 0
          ? {
              supportedTaxonomies: taxonomies.map(({ name, guid }, index) => ({
                name,
                index,
                ...(guid ? { guid } : {}),
              })),
            }
          : {}),
      },
    },
    ...(taxonomies.length > 0 ? { taxonomies } : {}),
    // A constant category: no tenant and no time, because a category that changes leaves its old alerts open for ever.
    automationDetails: { id: 'tallystick/' },
    artifacts: uniqueArtifacts(result),
    invocations: [invocationOf(result, ruleIndex, Math.max(0, open.length - RESULT_LIMIT))],
    columnKind: 'utf16CodeUnits',
    results: open.slice(0, RESULT_LIMIT).map(finding => resultOf(finding, ruleIndex)),
    properties: {
      runId: result.run.id,
      asOf: result.run.asOf,
      outcome: result.run.outcome,
      snapshot: result.run.snapshot?.id ?? null,
      counts: sumCounts(result.invariants),
      waivedFindings: result.findings.filter(finding => finding.waiver !== null).length,
      fixedFindings: result.findings.filter(finding => finding.state === 'fixed').length,
      ...(result.confirmation === undefined
        ? {}
        : {
            confirmedFindings: result.confirmation.confirmed,
            inFlight: result.confirmation.inFlight.length,
            unconfirmedFindings: result.confirmation.standing.length,
          }),
    },
  };
}

function invocationOf(result: AuditResult, ruleIndex: ReadonlyMap<string, number>, cut: number): Invocation {
  const { pass, fail } = sumCounts(auditedInvariants(result));
  const ended = ['clean', 'findings', 'unjudged'].includes(result.run.outcome);
  return {
    executionSuccessful: ended && pass + fail > 0,
    exitCode: result.run.exitCode,
    exitCodeDescription: sarifText(result.run.reason),
    toolExecutionNotifications: notificationsOf(result, ruleIndex, cut),
    toolConfigurationNotifications: waiverNotifications(result),
  };
}

function uniqueArtifacts({ run: { policies, waivers } }: AuditResult): NonNullable<Run['artifacts']> {
  const digests = new Map<string, { sha256: string; role: 'policy' | 'referencedOnCommandLine' }>(
    policies.map(({ path, sha256 }) => [sarifUri(path), { sha256, role: 'policy' }]),
  );
  if (waivers !== undefined) {
    const { path, sha256 } = waivers;
    digests.set(sarifUri(path), digests.get(sarifUri(path)) ?? { sha256, role: 'referencedOnCommandLine' });
  }
  return [...digests].map(([uri, { sha256, role }]) => ({
    location: { uri },
    roles: [role],
    hashes: { 'sha-256': sha256 },
  }));
}
