import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { MAIN } from '../cli/built.ts';
import { type Estate, generate, type LabelIds, labelText } from '../lab/generator/index.ts';
import { type Lab, startLab } from '../lab/lab.ts';

const MINUTES = 60_000;

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs tallystick as its users do. */
function tallystick(at: Lab, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...at.env, NO_COLOR: '1', NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [MAIN, ...args, '--config', at.configPath], { cwd: at.folder, env });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString('utf8');
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, out, err }));
  });
}

type Finding = {
  readonly invariant: string;
  readonly verdict: string;
  readonly subject: { readonly key: string; readonly ids: LabelIds };
};
type Counts = Readonly<Record<'subjects' | 'outOfScope' | 'pass' | 'fail' | 'unknown' | 'waived', number>>;
type Results = {
  readonly run: { readonly exitCode: number };
  readonly invariants: readonly { readonly id: string; readonly counts: Counts }[];
  readonly findings: readonly Finding[];
};

// Of the other invariants the labels say nothing.
const planted = fileURLToPath(new URL('../lab/planted.yaml', import.meta.url));

/** Collects a snapshot, judges it, and reads the results. */
async function auditLab(at: Lab, estate: Estate): Promise<{ readonly ended: Ended; readonly results: Results }> {
  const collected = await tallystick(at, ['collect', '--quiet']);
  expect(collected).toMatchObject({ code: 0 });
  const snapshot = join(at.folder, collected.out.trim());
  const reports = join(at.folder, 'out');
  const ended = await tallystick(at, [
    'audit',
    ...['--snapshot', snapshot, '--format', 'json', '--out', reports, '--as-of', estate.asOf],
    ...['--profile', planted],
    ...Object.entries(estate.config.params).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
  ]);
  // Said here, or all that shows of a refused policy is that there is no report.
  expect({ wrote: [0, 1, 3].includes(ended.code ?? -1), code: ended.code, err: ended.err }).toMatchObject({
    wrote: true,
  });
  const results: Results = JSON.parse(await readFile(join(reports, 'results.json'), 'utf8'));
  return { ended, results };
}

function failures({ findings }: Results): string[] {
  return findings
    .filter(finding => finding.verdict === 'fail')
    .map(({ invariant, subject }) => labelText({ invariant, ids: subject.ids, key: subject.key }))
    .sort();
}

function expectCountsToFoot({ invariants, findings }: Results): void {
  for (const { id, counts } of invariants) {
    const { subjects, outOfScope, pass, fail, unknown } = counts;
    expect({ id, sum: outOfScope + pass + fail + unknown }).toEqual({ id, sum: subjects });
    const listed = findings.filter(finding => finding.invariant === id && finding.verdict === 'fail').length;
    expect({ id, fail: listed }).toEqual({ id, fail });
  }
}

test.each([1, 2, 3, 4])(
  'every planted violation is found, and nothing else (seed %i)',
  async seed => {
    const estate = generate({ seed, drift: 'every invariant' });
    lab = await startLab({ estate });
    const { ended, results } = await auditLab(lab, estate);
    expect(failures(results)).toEqual(lab.labels.map(labelText).sort());
    expect(results.findings.filter(finding => finding.verdict !== 'fail')).toEqual([]);
    expectCountsToFoot(results);
    expect({ code: ended.code, written: results.run.exitCode }).toEqual({ code: 1, written: 1 });
  },
  4 * MINUTES,
);

test.each([
  ['of the usual size', 1500],
  ['with a group that AD shows in ranges, and more accounts than two pages hold', 2400],
])(
  'an estate in order, %s, is clean: no violation, nothing unknown',
  async (_, users) => {
    const estate = generate({ seed: 5, users, drift: 'none' });
    lab = await startLab({ estate });
    const { ended, results } = await auditLab(lab, estate);
    const found = results.findings.map(({ invariant, verdict, subject }) => `${invariant} ${verdict} ${subject.key}`);
    expect(found).toEqual([]);
    expectCountsToFoot(results);
    expect(ended.code).toBe(0);
  },
  4 * MINUTES,
);

test(
  'members that may not be read are unknown, and never hide what is certain',
  async () => {
    const estate = generate({ seed: 6, groups: 140, users: 400, memberships: 1500, drift: 'every invariant' });
    lab = await startLab({ estate });
    const isExtra = (id: string | undefined) =>
      estate.labels.some(({ invariant, ids }) => invariant === 'member-extra-in-ad' && ids.cloudGroup === id);
    const hidden = estate.labels.find(
      ({ invariant, ids }) => invariant === 'member-missing-in-ad' && !isExtra(ids.cloudGroup),
    );
    const group = hidden?.ids.cloudGroup ?? '';
    const extra = estate.labels.find(({ invariant }) => invariant === 'member-extra-in-ad')?.ids.cloudGroup ?? '';
    const refused = [group, extra];
    for (const id of refused)
      lab.graph.faults.add({ kind: 'inner-403', match: { path: `/v1.0/groups/${id}/members` }, times: 1000 });
    const { ended, results } = await auditLab(lab, estate);
    expect(lab.graph.faults.hits('inner-403')).toBeGreaterThan(0);
    const gone = new Set([
      'member-missing-in-ad',
      'member-extra-in-ad',
      'cloud-only-member-leaked',
      'nested-cloud-group-expressed',
    ]);
    const certain = lab.labels.filter(
      ({ invariant, ids }) => !(gone.has(invariant) && refused.includes(ids.cloudGroup ?? '')),
    );
    expect(failures(results)).toEqual(certain.map(labelText).sort());
    const unknown = results.findings.filter(({ verdict }) => verdict === 'unknown');
    for (const id of refused)
      for (const invariant of ['member-missing-in-ad', 'member-extra-in-ad'])
        expect(
          unknown.filter(found => found.invariant === invariant && found.subject.ids.cloudGroup === id),
        ).toHaveLength(1);
    expectCountsToFoot(results);
    expect(ended.code).toBe(1);
  },
  4 * MINUTES,
);

test(
  'a directory that is down is said in one sentence',
  async () => {
    const estate = generate({ seed: 7, groups: 140, users: 150, memberships: 700, drift: 'none' });
    lab = await startLab({ estate });
    await lab.domainController.stop();
    const ended = await tallystick(lab, ['audit', '--as-of', estate.asOf, '--format', 'json', '--out', 'out']);
    expect(ended.code).toBe(4);
    expect(ended.err).toContain(lab.domainController.ldaps);
    expect(ended.err).not.toMatch(/^\s+at /m);
    expect(ended.out).toBe('');
  },
  4 * MINUTES,
);
