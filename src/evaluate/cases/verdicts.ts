import type { Counts, Judgement, Outcome } from '../judgement.ts';
import { policyNameOf } from './authority-rows.ts';
import type { CaseDraft, ExpectDraft, SubjectsDraft } from './case-draft.ts';
import { guidOf, type Place, within } from './naming.ts';
import { bare, spelled, type World } from './world.ts';

/** What a verdict can be; the branches of an invariant. */
export const branches = ['pass', 'fail', 'unknown', 'out-of-scope'] as const;

/** One of the branches of an invariant. */
export type Branch = (typeof branches)[number];

/** One expectation that did not hold: where it stands, and what came instead. */
export type Miss = { readonly place: Place; readonly part: 'key' | 'value'; readonly message: string };

/** What came of one case: misses, and the branches that its expectations prove. */
export type Compared = { readonly misses: readonly Miss[]; readonly reached: readonly (readonly [string, Branch])[] };

/** Short names of everything that a finding can be about, by GUID, SID, DN or key. */
export function shortNames(world: World): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, { guid, sid }] of world.adThings.entries()) {
    names.set(guid, name);
    names.set(sid, name);
  }
  for (const [name, { id }] of world.cloudThings.entries()) names.set(id, name);
  for (const { name, guid, dn } of world.containers) {
    names.set(guid, name);
    names.set(dn.toLowerCase(), name);
  }
  const domain = guidOf('ad', 'contoso.com');
  names.set(domain, 'contoso.com');
  names.set(`${domain}/`, 'contoso.com');
  for (const draft of world.forest.enforcement ?? [])
    names.set(`${domain}/${guidOf('policy', policyNameOf(draft))}`, policyNameOf(draft));
  for (const named of world.forest.domainControllers ?? ['dc1']) {
    const { id } = spelled(named, bare);
    names.set(guidOf('ad', id), id);
  }
  for (const named of world.forest.exchangeServers ?? []) {
    const { id } = spelled(named, bare);
    names.set(guidOf('exchange', id), id);
  }
  names.set('flavour:cloud-sync', 'cloud-sync');
  names.set('tenant', 'tenant');
  return names;
}

/** The names by which an expectation may call the subject of a finding, the shortest proper one first. */
export function subjectNames({ subject }: Judgement, names: ReadonlyMap<string, string>): readonly string[] {
  const { ids, key } = subject;
  const named = (...all: readonly (string | undefined)[]) =>
    all.flatMap(id => (id === undefined ? [] : (names.get(id) ?? id)));
  const objects = named(ids.cloudGroup, ids.adGroup, ids.container);
  if (ids.trustee !== undefined) {
    const guarded = named(ids.adGroup, ids.container);
    return named(ids.trustee).flatMap(to => (guarded.length === 0 ? [to] : guarded.map(on => `${to}@${on}`)));
  }
  const principals = named(ids.cloudPrincipal, ids.adPrincipal);
  if (ids.address !== undefined) return [ids.address];
  if (subject.population === 'mappings') return [key.replace(/\/$/, '') || 'unseen'];
  if (ids.job !== undefined && ids.cloudGroup === undefined) return [ids.job];
  if (principals.length > 0 && objects.length > 0)
    return objects.flatMap(group => principals.map(principal => `${group}/${principal}`));
  if (subject.population === 'grants') return [...named(ids.adGroup, ids.container), 'unseen'].slice(0, 1);
  const all = [...new Set([...objects, ...principals])];
  return all.length > 0 ? all : named(/^\/?$/.test(key) ? 'unseen' : key);
}

/** Compares the outcomes of a case with what it expects. `place` is that of the case. */
export function compare(draft: CaseDraft, place: Place, outcomes: readonly Outcome[], world: World): Compared {
  const names = shortNames(world);
  const misses: Miss[] = [];
  const reached: [string, Branch][] = [];
  for (const outcome of outcomes) {
    const { id } = outcome.invariant;
    const stated = draft.expect[id];
    const miss = (message: string, branch?: Branch, at?: number) =>
      misses.push({
        place: placeOf(place, id, stated, branch, at),
        part: stated !== undefined && !isStated(stated, branch) ? 'key' : 'value',
        message: `${id}: ${message}`,
      });
    const spelledOut = spellOut(stated, outcome.counts, miss);
    compareCount(spelledOut, outcome.counts, miss);
    for (const verdict of ['fail', 'unknown'] as const)
      compareFindings(verdict, spelledOut[verdict], outcome, names, (message, at) => miss(message, verdict, at));
    for (const branch of branches) if (isMentioned(stated, branch)) reached.push([id, branch]);
  }
  return { misses, reached };
}

/** Tells a miss: of the whole expectation, of one branch, or of one subject of it. */
type Telling = (message: string, branch?: Branch, at?: number) => void;

type Stated = CaseDraft['expect'][string];

function isStated(stated: Stated, branch: Branch | undefined): boolean {
  return branch !== undefined && typeof stated === 'object' && stated[branch] !== undefined;
}

/** The most exact place of a miss: the subject, else the branch, the invariant, or the name of a case that does not mention it. */
function placeOf(place: Place, id: string, stated: Stated | undefined, branch?: Branch, at?: number): Place {
  if (stated === undefined) return within(place, 'name');
  if (branch === undefined || !isStated(stated, branch)) return within(place, 'expect', id);
  return at === undefined ? within(place, 'expect', id, branch) : within(place, 'expect', id, branch, at);
}

function isMentioned(stated: CaseDraft['expect'][string] | undefined, branch: Branch): boolean {
  if (typeof stated === 'string') return stated === branch;
  const value = stated?.[branch];
  return value !== undefined && (typeof value === 'number' ? value > 0 : value.length > 0);
}

/** `pass` alone: somebody passes and nobody fails; `out-of-scope` alone: nobody is judged. */
function spellOut(stated: CaseDraft['expect'][string] | undefined, counts: Counts, miss: Telling): ExpectDraft {
  if (typeof stated !== 'string') return stated ?? {};
  if (stated === 'pass' && counts.pass === 0) miss(`expected a pass, got ${countText(counts)}`);
  if (stated === 'out-of-scope' && (counts.outOfScope === 0 || counts.pass > 0))
    miss(`expected out of scope, got ${countText(counts)}`);
  return {};
}

function compareCount(expected: ExpectDraft, counts: Counts, miss: Telling): void {
  const got = { pass: counts.pass, 'out-of-scope': counts.outOfScope };
  for (const branch of ['pass', 'out-of-scope'] as const)
    if (expected[branch] !== undefined && expected[branch] !== got[branch])
      miss(`expected ${branch} ${expected[branch]}, got ${got[branch]}`, branch);
}

function compareFindings(
  verdict: 'fail' | 'unknown',
  expected: SubjectsDraft | undefined,
  { counts, judgements }: Outcome,
  names: ReadonlyMap<string, string>,
  miss: (message: string, at?: number) => void,
): void {
  const got = judgements.filter(judgement => judgement.verdict === verdict);
  if (typeof expected === 'number') {
    if (counts[verdict] !== expected) miss(`expected ${verdict} ${expected}, got ${counts[verdict]}`);
    return;
  }
  const left = new Set(got);
  for (const [at, name] of (expected ?? []).entries()) {
    const found = got.filter(judgement => subjectNames(judgement, names).includes(name));
    const [only] = found;
    if (found.length > 1) {
      const choice = found.map(judgement => subjectNames(judgement, names).join(' = ')).join('; ');
      miss(`\`${name}\` names ${found.length} findings: ${choice}; use the name that only one has`, at);
    } else if (only === undefined || !left.has(only)) miss(`expected ${verdict} ${name}, got none`, at);
    for (const judgement of found) left.delete(judgement);
  }
  for (const judgement of left) {
    const [name = judgement.subject.label] = subjectNames(judgement, names);
    miss(`unexpected ${verdict} ${name}: ${judgement.message}`);
  }
}

/** Counts in words: `2 pass, 1 fail`. */
export function countText({ pass, fail, unknown, outOfScope }: Counts): string {
  const parts = Object.entries({ pass, fail, unknown, 'out of scope': outOfScope }).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'no subjects' : parts.map(([name, count]) => `${count} ${name}`).join(', ');
}
