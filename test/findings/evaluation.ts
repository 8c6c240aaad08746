import type { Severity } from '../../src/base/index.ts';
import type { Counts, Evaluation, Gap, Judgement, Outcome } from '../../src/evaluate/index.ts';
import {
  type ControlMapping,
  defaultWaiverLimits,
  type RunFacts,
  type SettleContext,
  type Waiver,
  type Waivers,
} from '../../src/findings/index.ts';
import type { Invariant } from '../../src/policy/index.ts';

/** Hand-made evaluations for the rooms behind the engine: small, and with the texts that directories and attackers write. */

const guid = (digit: string) =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`;

export const ids = {
  finance: guid('1'),
  financeTwin: guid('2'),
  jane: guid('3'),
  janeTwin: guid('4'),
  orphan: guid('5'),
};

export function invariant(id: string, severity: Severity, more: Partial<Invariant> = {}): Invariant {
  return {
    id,
    policy: 'membership',
    title: `Title of ${id}`,
    description: `Why ${id} matters.`,
    flavours: ['connect-v1', 'cloud-sync'],
    over: 'memberships',
    when: 'inCloud',
    expect: 'inAd',
    severity,
    message: '{{principal.label}} is missing',
    remediation: 'Run a delta cycle.\n\n1. Look at the sync errors.\n2. Add the member.',
    references: ['https://learn.microsoft.com/entra/identity/hybrid/'],
    controls: { 'nist-800-53r5': ['AC-2', 'AC-6'], 'iso-27001-2022': ['A.5.18'] },
    params: [],
    location: { file: 'policies/membership.yaml', line: 12, column: 13, endLine: 12, endColumn: 17 },
    ...more,
  };
}

export function judgement(invariantId: string, key: string, more: Partial<Judgement> = {}): Judgement {
  return {
    invariant: invariantId,
    verdict: 'fail',
    subject: {
      population: 'memberships',
      key,
      label: `subject ${key}`,
      ids: { cloudGroup: ids.finance, adGroup: ids.financeTwin, cloudPrincipal: key },
    },
    message: `${key} is a member in the cloud but not in AD`,
    facts: { inCloud: true, inAd: false },
    missing: [],
    rows: 1,
    ...more,
  };
}

/** Counts that foot with the judgements given. */
export function outcome(
  of: Invariant,
  judgements: readonly Judgement[],
  more: { pass?: number; outOfScope?: number } = {},
): Outcome {
  const rows = (verdict: string) =>
    judgements.filter(one => one.verdict === verdict).reduce((sum, one) => sum + one.rows, 0);
  const { pass = 0, outOfScope = 0 } = more;
  const [fail, unknown] = [rows('fail'), rows('unknown')];
  const counts: Counts = { subjects: outOfScope + pass + fail + unknown, outOfScope, pass, fail, unknown };
  return {
    invariant: of,
    counts,
    judgements,
    facets: ['cloud.members', 'ad.members'],
    apartMs: 93_500,
    sql: 'select 1',
  };
}

export const runFacts: RunFacts = {
  tool: { name: 'tallystick', version: '0.1.0' },
  snapshot: {
    id: 'ab'.repeat(32),
    start: '2026-08-22T08:50:00.000Z',
    end: '2026-08-22T09:00:00.000Z',
    sources: [
      { source: 'ad', endpoint: 'ldaps://dc1.contoso.com', identity: 'audit@contoso.com' },
      { source: 'graph', endpoint: 'https://graph.microsoft.com', identity: 'app 0f0f' },
    ],
  },
  policies: [{ name: 'membership', path: 'policies/membership.yaml', sha256: 'cd'.repeat(32) }],
};

export const context: SettleContext = {
  run: runFacts,
  asOf: '2026-08-22T09:00:00.000Z',
  failOn: 'high',
  maxUnknown: 0,
  acceptUnknown: [],
};

/** Controls of a framework and the invariants of the sample, with everything that a mapping can hold. */
export const sampleMapping: ControlMapping = {
  profile: { name: 'nist', title: 'NIST', path: 'policies/profiles/nist.yaml', sha256: 'ef'.repeat(32) },
  framework: { id: 'nist-800-53r5', title: 'NIST SP 800-53', version: 'Revision 5' },
  controls: [
    {
      id: 'AC-2',
      title: 'Account Management',
      invariants: ['member-missing-in-ad', 'owner-is-trusted', 'scope-matches'],
    },
    { id: 'AC-6(1)', title: 'A title | with <b>pipes</b>', invariants: ['owner-is-trusted', 'switched-off'] },
    { id: 'CM-6', title: 'Configuration Settings', invariants: ['scope-matches'] },
    { id: 'CM-7', title: 'Least Functionality', invariants: ['switched-off'] },
    { id: 'CP-9', title: 'System Backup', noEvidence: 'Backups are not read.', invariants: [] },
  ],
  unlisted: [{ id: 'AC-99', invariants: ['scope-matches'] }],
  unmapped: [{ id: 'proxy-unique-forest', said: true }],
  off: [{ id: 'switched-off', reason: 'not ours' }],
};

/** Everything that a name in a directory may hold to hurt a reader of reports. */
export const nasty = [
  'plain',
  '| pipe || `tick` **bold** <img src=x onerror=alert(1)> [link](javascript:alert(1)) @everyone #1 $x$',
  '\u001b[31mred\u001b[0m\u0007\r\n::error::injected\n## heading',
  '\ud800 lone, \u202e turned, \u200b invisible, {0} [a](1)',
  '日本語グループ名の表示 😀 Ünïcödé',
  '-->  ``` \n\n| a | b |\n| - | - |',
  '%0A,::warning file=a,line=1::b',
] as const;

/** One run with violations, unknowns, a gap that is accepted, a waiver, and hostile names. */
export function sampleEvaluation(): Evaluation {
  const missing = invariant('member-missing-in-ad', 'high');
  const owner = invariant('owner-is-trusted', 'critical', {
    policy: 'privilege',
    over: 'grants',
    title: 'Nobody but the sync identity owns a written-back group | <b>really</b>',
    references: ['javascript:alert(1)', 'https://example.com/a_b(c)?d=<e>'],
    location: { file: 'policies/my policies/privilege #1.yaml', line: 40, column: 5 },
  });
  const mail = invariant('proxy-unique-forest', 'medium', {
    policy: 'mail',
    over: 'addresses',
    controls: {},
    when: undefined,
  });
  const clean = invariant('scope-matches', 'low', { policy: 'scope' });
  const gap: Gap = {
    facet: 'cloud.members',
    source: 'graph',
    object: ids.orphan,
    reason: 'HTTP 403: hidden membership\u001b[2J needs Member.Read.Hidden',
    invariants: ['member-missing-in-ad'],
  };
  return {
    outcomes: [
      outcome(
        missing,
        [
          ...nasty.map((text, index) =>
            judgement('member-missing-in-ad', `k${index}`, { message: `${text} is not in AD` }),
          ),
          judgement('member-missing-in-ad', 'unknown-group', {
            verdict: 'unknown',
            subject: {
              population: 'memberships',
              key: 'unknown-group',
              label: nasty[1],
              ids: { cloudGroup: ids.orphan },
            },
            missing: ['cloud.members'],
            facts: { inCloud: { unknown: 'cloud.members' } },
            rows: 17,
          }),
        ],
        { pass: 1204, outOfScope: 33 },
      ),
      outcome(
        owner,
        [
          judgement('owner-is-trusted', 'acl', {
            subject: {
              population: 'grants',
              key: 'acl',
              label: 'CN=Finance_1111,OU=GroupWriteback,DC=contoso,DC=com',
              ids: { adGroup: ids.financeTwin, trustee: 'S-1-5-21-1-2-3-1104' },
            },
            message: 'CONTOSO\\helpdesk owns Finance',
            facts: { owner: 'S-1-5-21-1-2-3-1104', twins: ['a', 'b'], label: null },
          }),
        ],
        { pass: 3 },
      ),
      outcome(mail, [judgement('proxy-unique-forest', 'info@contoso.com')], { pass: 10 }),
      outcome(clean, [], { pass: 7 }),
    ],
    gaps: [
      gap,
      {
        facet: 'cloud.onPremisesSynchronization',
        source: 'graph',
        object: '',
        reason: 'applications cannot read it',
        invariants: ['scope-matches'],
      },
    ],
  };
}

export const waiver: Waiver = {
  id: 'W-1',
  invariant: 'proxy-unique-forest',
  subject: { ids: { cloudGroup: ids.finance.toUpperCase() } },
  owner: 'jane@contoso.com',
  approver: 'ciso@contoso.com',
  reason: 'migration | until autumn',
  ticket: 'CHG-1',
  effective: '2026-08-01',
  expires: '2026-08-22',
  location: { file: 'waivers.yaml', line: 3, column: 9, endLine: 3, endColumn: 12 },
};

/** A file of waivers with the limits of one that states none. */
export function waiversOf(...waivers: readonly Waiver[]): Waivers {
  const location = { file: 'waivers.yaml', line: 1, column: 1 };
  return { path: 'waivers.yaml', sha256: 'ef'.repeat(32), location, limits: defaultWaiverLimits, waivers };
}

export const sampleContext: SettleContext = {
  ...context,
  acceptUnknown: [{ facet: 'cloud.onPremisesSynchronization', reason: 'needs a person', until: '2027-01-01' }],
  waivers: waiversOf(
    waiver,
    { ...waiver, id: 'W-0', expires: '2026-08-21' },
    { ...waiver, id: 'W-2', subject: { ids: {} } },
  ),
};
