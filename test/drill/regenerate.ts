import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { renderDrill } from '../../src/drill/index.ts';
import { drillTenant, matrixFile } from './shipped.ts';
import { writeTenant } from './tenant.ts';

/** Rewrites the matrix of the shipped policies: node test/drill/regenerate.ts, then read the diff. With a folder as argument it leaves the tenant there. */
const kept = process.argv[2];
const folder = kept ?? mkdtempSync(join(tmpdir(), 'tallystick-drill-'));
try {
  const { path } = await writeTenant(folder);
  mkdirSync(dirname(matrixFile), { recursive: true });
  writeFileSync(matrixFile, renderDrill(await drillTenant(path), 'markdown'));
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}
