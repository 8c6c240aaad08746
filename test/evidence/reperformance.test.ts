import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { sealEvidence, verifyEvidence } from '../../src/evidence/index.ts';
import type { AuditResult } from '../../src/findings/index.ts';
import { auditEstate, inFolder, shippedPolicies } from './fixture.ts';
import { unzipTo } from './unpacking.ts';

const program = fileURLToPath(new URL('stock-duckdb.ts', import.meta.url));

type Row = { readonly subject: string; readonly verdict: 'fail' | 'unknown' };

/** Runs a script of an unpacked pack with stock DuckDB, in the folder of the pack, in a process without tallystick. */
async function perform(pack: string, invariant: string): Promise<readonly Row[]> {
  const options = { cwd: pack, maxBuffer: 2 ** 26 };
  return JSON.parse((await promisify(execFile)(process.execPath, [program, `sql/${invariant}.sql`], options)).stdout);
}

async function expectSameVerdicts(pack: string, { invariants, findings }: AuditResult): Promise<number> {
  let violations = 0;
  for (const { id, counts } of invariants) {
    const rows = await perform(pack, id);
    const failing = rows.filter(row => row.verdict === 'fail').map(row => row.subject);
    const found = findings.filter(finding => finding.invariant === id && finding.verdict === 'fail');
    expect([id, failing]).toEqual([id, found.map(finding => finding.subject.key)]);
    expect([id, rows.filter(row => row.verdict === 'unknown').length]).toEqual([id, counts.unknown]);
    violations += failing.length;
  }
  return violations;
}

test('stock DuckDB re-performs every invariant from the unpacked pack', async () => {
  await inFolder(async folder => {
    const request = await auditEstate(folder);
    const { path } = await sealEvidence(request);
    const pack = join(folder, 'a folder of an auditor');
    await mkdir(pack);
    await unzipTo(path, pack);
    expect(await expectSameVerdicts(pack, (await verifyEvidence(path)).result)).toBe(4);
  });
}, 60_000);

test('stock DuckDB re-performs the policies that tallystick ships', async () => {
  await inFolder(async folder => {
    const request = await auditEstate(folder, shippedPolicies);
    const { path } = await sealEvidence(request);
    await unzipTo(path, join(folder, 'pack'));
    expect(await expectSameVerdicts(join(folder, 'pack'), (await verifyEvidence(path)).result)).toBeGreaterThan(3);
  });
}, 120_000);
