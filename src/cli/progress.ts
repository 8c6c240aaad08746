import { escapeTerminal } from '../base/index.ts';
import { tell } from './terminal.ts';

/** How far the reading of a facet is. */
export type ProgressEvent = {
  readonly source: string;
  readonly facet: string;
  readonly done: number;
  readonly expected?: number;
  readonly note?: string;
};

const REDRAW_MS = 100;

/** Shows what is being read: one redrawn line on a terminal, nothing when it is not one or when asked to be quiet. */
export function progressLine(quiet: boolean): {
  readonly show: (event: ProgressEvent) => void;
  readonly end: () => void;
} {
  if (quiet || process.stderr.isTTY !== true) return { show: () => {}, end: () => {} };
  let drawn = 0;
  const show = (event: ProgressEvent): void => {
    const now = Date.now();
    if (now - drawn < REDRAW_MS) return;
    drawn = now;
    const of = event.expected === undefined ? '' : ` of ${event.expected}`;
    const text = `reading ${event.facet} ${event.done}${of}${event.note === undefined ? '' : ` (${event.note})`}`;
    process.stderr.write(
      `\r\u001b[2K${escapeTerminal(text).slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1))}`,
    );
  };
  const end = (): void => {
    if (drawn > 0) process.stderr.write('\r\u001b[2K');
  };
  return { show, end };
}

/** A line for people, unless they want quiet. */
export function say(quiet: boolean | undefined, text: string): void {
  if (quiet !== true) tell(text);
}
