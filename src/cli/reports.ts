import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AuditError } from '../base/index.ts';
import type { AuditResult } from '../findings/index.ts';
import { type FormatName, formats } from '../report/index.ts';
import { whyUnwritable } from './files.ts';
import { deliver, paintsStderr, tell } from './terminal.ts';

/** The formats that --format names, comma separated. */
export function formatsOf(text: string | undefined): readonly FormatName[] {
  const names = (text ?? 'json,sarif,markdown')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  return names.map(name => {
    if (isFormat(name)) return name;
    throw new AuditError(
      'input',
      `there is no format ${JSON.stringify(name)}; there are ${Object.keys(formats).join(', ')}`,
    );
  });
}

/** Where the reports of a run go: --out, else a folder below `reports` that is named after the run. Throws when --out does not fit the formats. */
export function destinationOf(
  out: string | undefined,
  names: readonly FormatName[],
  reports: string,
): (result: AuditResult) => string {
  if (names.length === 0) throw new AuditError('input', `--format takes ${Object.keys(formats).join(', ')}`);
  if (out === '-' && names.length > 1) throw new AuditError('input', '--out - takes exactly one --format');
  if (out !== undefined) return () => out;
  return ({ run }) =>
    join(reports, run.snapshot ? `${stamp(run.snapshot.start)}-${run.id.slice(0, 12)}` : `failed-${stamp(run.asOf)}`);
}

/** A time as part of a file name: 20260822T090000Z. */
function stamp(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** Writes a result in each format into `folder`, or to stdout when the folder is `-`. */
export async function writeReports(result: AuditResult, names: readonly FormatName[], folder: string): Promise<void> {
  if (folder === '-') {
    for (const name of names) await deliver(formats[name].render(result));
    return;
  }
  try {
    await mkdir(folder, { recursive: true });
    for (const name of names) await writeWhole(join(folder, formats[name].file), formats[name].render(result));
  } catch (thrown) {
    throw new AuditError('input', `the reports cannot be written to ${folder}: ${whyUnwritable(thrown)}`, {
      cause: thrown,
    });
  }
}

/** The summary for people, and where the reports are. */
export async function tellSummary(result: AuditResult, folder: string, names: readonly FormatName[]): Promise<void> {
  const { colour } = await import('../report/index.ts');
  const text = formats.summary.render(result);
  tell(paintsStderr() ? colour(text) : text);
  if (folder !== '-')
    tell(`Reports in ${relative(process.cwd(), folder) || '.'}: ${names.map(name => formats[name].file).join(', ')}`);
}

// A reader of the folder never sees half a report.
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(formats, name);
}
