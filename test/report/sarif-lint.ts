import type { Log } from 'sarif';

/**
 * What GitHub code scanning refuses or collapses and the public validator lets through (it accepts results without a physical location).
 * Returns one sentence per breach. Limits: GitHub's "SARIF results exceed limits" and "SARIF support for code scanning".
 */
export function lintSarif(text: string): string[] {
  const log: Log = JSON.parse(text);
  const breaches: string[] = [];
  const check = (holds: boolean, breach: string) => holds || breaches.push(breach);
  const said = (value: string | undefined, limit: number) =>
    value !== undefined && value !== '' && value.length <= limit;

  check(log.version === '2.1.0' && said(log.$schema, 255), 'version or schema is missing');
  check(log.runs.length === 1, 'there is not one run');
  check(
    !stringsOf(log).some(text => /[\p{Cc}\p{Cs}]/u.test(text.replaceAll('\n', ''))),
    'a control character or lone surrogate',
  );
  for (const run of log.runs) {
    const rules = run.tool.driver.rules ?? [];
    const results = run.results ?? [];
    check(run.automationDetails?.id === 'tallystick/', 'the category is not constant');
    check(rules.length <= 25_000 && results.length <= 5_000, 'too many rules or results');
    check(new Set(rules.map(rule => rule.id)).size === rules.length, 'rule ids repeat');
    for (const rule of [...rules, ...(run.tool.driver.notifications ?? [])]) {
      check(said(rule.id, 255) && said(rule.name, 255), `rule ${rule.id}: id or name`);
      check(said(rule.shortDescription?.text, 1_024), `rule ${rule.id}: short description`);
      check(said(rule.fullDescription?.text, 1_024), `rule ${rule.id}: full description`);
      check(said(rule.help?.text, 1_024) && said(rule.help?.markdown, 65_536), `rule ${rule.id}: help`);
      check(rule.helpUri === undefined || /^https?:\/\//.test(rule.helpUri), `rule ${rule.id}: help address`);
    }
    for (const rule of rules) {
      const tags = rule.properties?.tags ?? [];
      const grade = rule.properties?.['security-severity'];
      check(
        tags.length <= 10 && new Set(tags).size === tags.length && tags.includes('security'),
        `rule ${rule.id}: tags`,
      );
      check(typeof grade === 'string' && Number(grade) > 0 && Number(grade) <= 10, `rule ${rule.id}: severity`);
    }
    const hashes = results.map(result => result.partialFingerprints?.primaryLocationLineHash);
    check(new Set(hashes).size === results.length, 'line hashes repeat');
    for (const [index, result] of results.entries()) {
      const place = result.locations?.[0]?.physicalLocation;
      const { startLine = 0, startColumn = 0, endLine = 0, endColumn = 0 } = place?.region ?? {};
      check(said(result.message.text, 1_024), `result ${index}: message`);
      check(!/\]\(|\{\d+\}/.test(result.message.text ?? ''), `result ${index}: a link or placeholder in the message`);
      check(rules[result.ruleIndex ?? -1]?.id === result.ruleId, `result ${index}: rule`);
      check(
        result.kind === 'fail' && result.suppressions === undefined,
        `result ${index}: GitHub would open an alert for it`,
      );
      check(isRelative(place?.artifactLocation?.uri), `result ${index}: uri ${place?.artifactLocation?.uri}`);
      check(startLine > 0 && startColumn > 0, `result ${index}: start`);
      check(endLine > startLine || (endLine === startLine && endColumn > startColumn), `result ${index}: end`);
      check(endColumn > 0 && (result.locations?.length ?? 0) === 1, `result ${index}: locations`);
      check(/^[0-9a-f]{16}:1$/.test(hashes[index] ?? ''), `result ${index}: line hash`);
    }
  }
  return breaches;
}

function isRelative(uri: string | undefined): boolean {
  if (uri === undefined || uri === '' || !/^[A-Za-z0-9\-._~!'()*%/]+$/.test(uri)) return false;
  const { origin, pathname } = new URL(uri, 'https://repository.example/root/');
  return origin === 'https://repository.example' && pathname === `/root/${uri}`;
}

/** Every string of a JSON value, keys included. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsOf(item)]);
}
