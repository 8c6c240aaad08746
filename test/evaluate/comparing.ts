import type { Judge, Judged, Verdicts } from './judging.ts';

/** A promise that was not kept: which invariant, which subject, and how. */
export type Breach = {
  readonly rule: string;
  readonly invariant: string;
  readonly subject: string;
  readonly what: string;
};

const NAMES = ['out of scope', 'pass', 'fail', 'unknown'];
const [OUT, PASS, FAIL, UNKNOWN] = [0, 1, 2, 3];

/** Holds the verdicts on a degraded world (`seen`) against those on the whole one (`truth`). */
export function compare(judges: readonly Judge[], truth: Verdicts, seen: Verdicts): Breach[] {
  return judges.flatMap(judge => {
    const [whole, part] = [truth.get(judge.population.name) ?? [], seen.get(judge.population.name) ?? []];
    const twins = matcher(whole);
    const inPart = matcher(part);
    return judge.invariants.flatMap((compiled, at) => {
      const breaches: Breach[] = [];
      const breach = (rule: string, row: Judged, what: string) =>
        breaches.push({ rule, invariant: compiled.invariant.id, subject: row.key, what });
      const unknowns = part.filter(row => row.codes[at] === UNKNOWN);
      const standing = new Set(unknowns.flatMap(row => [row.stand, row.key]));
      const sentinels = unknowns.some(row => isSentinel(row));
      for (const row of part) {
        const code = row.codes[at];
        if (code === UNKNOWN) continue;
        const same = twins(row);
        // (a) A gap never invents a violation; and a certain verdict stays what it was.
        if (code === FAIL && !same.some(other => other.codes[at] === FAIL))
          breach('a', row, `fails, was ${codesOf(same, at)}`);
        else if (code === PASS && same.length > 0 && !same.some(other => other.codes[at] === code))
          breach('e', row, `${NAMES[code]}, was ${codesOf(same, at)}`);
        else if (
          code === OUT &&
          same.some(other => other.codes[at] === FAIL) &&
          !same.some(other => other.codes[at] === OUT)
        )
          breach('e', row, `out of scope, was ${codesOf(same, at)}`);
      }
      for (const row of whole) {
        if (row.codes[at] !== FAIL) continue;
        const same = inPart(row);
        // (b) A gap never hides a violation: an unknown of the same subject or of its group, or, where the subject was not seen at all, a sentinel.
        const told = same.some(other => other.codes[at] === FAIL || other.codes[at] === UNKNOWN);
        if (!told && !standing.has(row.stand) && !standing.has(objectOf(row)) && !(same.length === 0 && sentinels))
          breach('b', row, `fails, is now ${codesOf(same, at)}, and nothing stands for it`);
      }
      // (c) Fewer subjects judged means that something is unknown.
      const judged = (rows: readonly Judged[]) =>
        rows.filter(row => row.codes[at] === PASS || row.codes[at] === FAIL).length;
      if (judged(part) < judged(whole) && unknowns.length === 0)
        breaches.push({
          rule: 'c',
          invariant: compiled.invariant.id,
          subject: '',
          what: `${judged(part)} judged instead of ${judged(whole)}, none unknown`,
        });
      return breaches;
    });
  });
}

function isSentinel(row: Judged): boolean {
  return row.key.replace(/[/]/g, '') === '';
}

/** The subject without its second half, which is how a list stands whose entries were not read. */
function objectOf(row: Judged): string {
  return row.key.slice(0, row.key.indexOf('/') + 1);
}

function codesOf(rows: readonly Judged[], at: number): string {
  return rows.length === 0 ? 'absent' : rows.map(row => NAMES[row.codes[at] ?? UNKNOWN]).join(' and ');
}

/** Finds the rows of the other world that are the same subject: of the same key, or of the part of it that both know. */
function matcher(rows: readonly Judged[]): (row: Judged) => readonly Judged[] {
  const byKey = Map.groupBy(rows, row => row.key);
  const byName = new Map<string, Judged[]>();
  for (const row of rows) for (const name of namesOf(row)) byName.set(name, [...(byName.get(name) ?? []), row]);
  return row =>
    byKey.get(row.key) ??
    [...new Set(namesOf(row).flatMap(name => byName.get(name) ?? []))].filter(other => !differs(row, other));
}

/** Whom a member of AD alone is in the cloud is for people: several users can share an account. */
function cloudPrincipalOf({ key, ids }: Judged): string | undefined {
  return key.includes('/ad:') ? undefined : ids.cloudPrincipal;
}

/** Two AD objects of one cloud group are two subjects, and so are two members of one group. */
function differs(one: Judged, other: Judged): boolean {
  const both = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
  // Two cloud users with one account are one member of AD.
  const sameAccount = one.ids.adPrincipal !== undefined && one.ids.adPrincipal === other.ids.adPrincipal;
  return (
    both(one.ids.adGroup, other.ids.adGroup) || (!sameAccount && both(cloudPrincipalOf(one), cloudPrincipalOf(other)))
  );
}

function namesOf(row: Judged): readonly string[] {
  if (isSentinel(row)) return [];
  const cloudPrincipal = cloudPrincipalOf(row);
  const { cloudGroup, adGroup, adPrincipal, trustee, container, job, address } = row.ids;
  if (cloudPrincipal !== undefined || adPrincipal !== undefined)
    return [
      ...(cloudPrincipal === undefined ? [] : [`${adGroup} ${cloudPrincipal}`]),
      ...(adPrincipal === undefined ? [] : [`${adGroup} ${adPrincipal}`]),
    ];
  const rest = [trustee, job, address].join(' ');
  if (trustee !== undefined || container !== undefined) return [`${adGroup ?? container} ${rest}`];
  return [
    ...(adGroup === undefined ? [] : [`ad ${adGroup} ${rest}`]),
    ...(cloudGroup === undefined ? [] : [`cloud ${cloudGroup} ${rest}`]),
  ];
}
