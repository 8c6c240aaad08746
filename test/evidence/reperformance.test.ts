import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sealEvidence, verifyEvidence } from '../../src/evidence/index.ts';
import type { AuditResult } from '../../src/findings/index.ts';
import { auditEstate, inFolder, shippedPolicies } from './fixture.ts';
import { performAll } from './performing.ts';
import { unzipTo } from './unpacking.ts';

async function expectSameVerdicts(pack: string, { invariants, findings }: AuditResult): Promise<number> {
  let violations = 0;
  const performed = await performAll(
    pack,
    invariants.map(({ id }) => id),
  );
  expect(performed.length).toBe(invariants.length);
  for (const [at, { id, counts }] of invariants.entries()) {
    const rows = performed[at] ?? [];
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
}, 240_000);

test('stock DuckDB re-performs the policies that tallystick ships', async () => {
  await inFolder(async folder => {
    const request = await auditEstate(folder, shippedPolicies);
    const { path } = await sealEvidence(request);
    await unzipTo(path, join(folder, 'pack'));
    expect(await expectSameVerdicts(join(folder, 'pack'), (await verifyEvidence(path)).result)).toBeGreaterThan(3);
  });
}, 240_000);
