import { AuditError, exitCodes, instantText } from '../base/index.ts';
import { type AuditResult, settle, type WaiverUse } from '../findings/index.ts';
import { auditAt, type HistoryOptions, readResultsAt, settingsOf } from './audit.ts';
import { row, sections } from './layout.ts';
import { asOfOf, type Command, type CommonOptions, configOf } from './options.ts';
import { type PolicyOptions, policiesFor } from './policies.ts';
import { deliver, disarm } from './terminal.ts';
import { toolVersion } from './version.ts';
import { waiversFor } from './waivers-file.ts';

/** Options of `waivers`. */
export type WaiversOptions = CommonOptions &
  PolicyOptions &
  HistoryOptions & { readonly results?: string; readonly snapshot?: string; readonly json?: boolean };

/** `waivers`: how waivers stand, in a result or on a snapshot; without either only what their periods and people say. */
export const waivers: Command<WaiversOptions> = async options => {
  const { run, waivers: uses } = await resultOf(options);
  const asOf = run.asOf;
  if (options.json === true) await deliver(`${JSON.stringify({ asOf, waivers: uses }, undefined, 2)}\n`);
  else await deliver(disarm(listOf(asOf, uses)));
  return exitCodes.clean;
};

async function resultOf(options: WaiversOptions): Promise<AuditResult> {
  if ((options.results === undefined) === (options.waivers === undefined))
    throw new AuditError('input', 'give either --results, or --waivers and perhaps --snapshot');
  if (options.results !== undefined) {
    if (options.snapshot !== undefined || options.asOf !== undefined)
      throw new AuditError('input', '--results says how the waivers stood in that run: it goes with no other input');
    return readResultsAt(options.results);
  }
  const config = configOf(options);
  const gate = { failOn: 'none', maxUnknown: Number.MAX_SAFE_INTEGER } as const;
  const settings = await settingsOf(options, config, gate);
  if (options.snapshot !== undefined) return (await auditAt(options.snapshot, config, options, settings)).result;
  const asOf = asOfOf(options.asOf, instantText(Date.now()));
  const file = waiversFor(options, await policiesFor(options, config, Date.parse(asOf)), Date.parse(asOf));
  const excepted = file === undefined ? {} : { waivers: file.waivers };
  const run = { tool: toolVersion(), snapshot: null, policies: [] };
  return settle({ outcomes: [], gaps: [] }, { ...settings, ...excepted, run, asOf });
}

function listOf(asOf: string, uses: readonly WaiverUse[]): string {
  if (uses.length === 0) return `There are no waivers (as of ${asOf}).\n`;
  return sections([`As of ${asOf}`, ...uses.map(about)]);
}

function about(use: WaiverUse): string {
  const left = use.daysLeft < 0 ? 'is over' : `${use.daysLeft} ${use.daysLeft === 1 ? 'day' : 'days'} left`;
  return [
    row(use.state, `${use.id}, ${left}, selects ${use.matched}`, 20),
    row('  invariant', use.invariant, 20),
    row('  subject', JSON.stringify(use.subject), 20),
    row('  owner, approver', `${use.owner}, ${use.approver}`, 20),
    row('  period', `${use.effective} to ${use.expires}`, 20),
    row('  reason', use.ticket === undefined ? use.reason : `${use.reason} (${use.ticket})`, 20),
    row('  at', `${use.location.file}:${use.location.line}`, 20),
  ].join('\n');
}
