import type { LogicalLocation, Region, Result } from 'sarif';
import type { Position } from '../base/index.ts';
import type { Finding } from '../findings/index.ts';
import { sarifLevels } from './sarif-rules.ts';
import { sarifText, sarifUri } from './sarif-text.ts';

type IdName = keyof Finding['subject']['ids'];

/** How the objects of both directories are named: by immutable ids, with neither tenant nor domain, so that a name never changes. */
const logicalNames = {
  cloudGroup: 'entra:groups/',
  adGroup: 'ad:objectGUID/',
  cloudPrincipal: 'entra:directoryObjects/',
  adPrincipal: 'ad:objectGUID/',
  container: 'ad:objectGUID/',
  trustee: 'ad:objectSid/',
  address: 'smtp:',
  job: 'entra:synchronizationJobs/',
} as const satisfies Record<IdName, string>;

const FACT_LIMIT = 20;

/** One violation as GitHub reads it: always a physical location, and a line hash of its own, since every subject of an invariant points to the same line. */
export function resultOf(finding: Finding, ruleIndex: ReadonlyMap<string, number>): Result {
  const ruleId = sarifText(finding.invariant, 255);
  const index = ruleIndex.get(ruleId);
  const logical = logicalLocationsOf(finding);
  return {
    ruleId,
    ...(index === undefined ? {} : { ruleIndex: index }),
    kind: 'fail',
    level: sarifLevels[finding.severity],
    message: { text: sarifText(finding.message) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: sarifUri(finding.location.file) },
          region: regionOf(finding.location),
        },
        ...(logical.length > 0 ? { logicalLocations: logical } : {}),
      },
    ],
    partialFingerprints: {
      primaryLocationLineHash: `${finding.fingerprint.slice(0, 16)}:1`,
      'tallystick/v1': finding.fingerprint,
    },
    baselineState: finding.state === 'unchanged' ? 'unchanged' : 'new',
    provenance: { firstDetectionTimeUtc: finding.firstSeen, lastDetectionTimeUtc: finding.lastSeen },
    properties: {
      ageDays: finding.ageDays,
      ...(finding.cause === undefined ? {} : { cause: finding.cause }),
      subject: sarifText(finding.subject.label),
      population: sarifText(finding.subject.population),
      ...(finding.rows === undefined ? {} : { rows: finding.rows }),
      facts: factsOf(finding),
    },
  };
}

function logicalLocationsOf({ subject }: Finding): LogicalLocation[] {
  const names = Object.keys(logicalNames) as IdName[];
  return names.flatMap(name => {
    const id = subject.ids[name];
    if (id === undefined) return [];
    return [{ name: sarifText(id), fullyQualifiedName: sarifText(`${logicalNames[name]}${id}`), kind: 'resource' }];
  });
}

/** All four corners, as GitHub asks for, whatever the policy's loader knew. */
function regionOf({ line, column, endLine = line, endColumn }: Position): Region {
  const lastLine = Math.max(line, endLine);
  const floor = lastLine === line ? column + 1 : 1;
  return { startLine: line, startColumn: column, endLine: lastLine, endColumn: Math.max(floor, endColumn ?? floor) };
}

function factsOf({ facts }: Finding): Record<string, string> {
  const shown = Object.entries(facts).slice(0, FACT_LIMIT);
  return Object.fromEntries(shown.map(([field, value]) => [sarifText(field, 255), sarifText(JSON.stringify(value))]));
}
