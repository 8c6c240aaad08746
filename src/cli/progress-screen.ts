import { escapeTerminal } from '../base/index.ts';
import { type ProgressEvent, progressBook } from './progress.ts';
import { tell } from './terminal.ts';

/** Where progress goes. `clear` makes room for other text: what was drawn goes, and comes again below it. */
export type Progress = {
  readonly show: (event: ProgressEvent) => void;
  readonly clear: () => void;
  readonly end: () => void;
};

const REDRAW_MS = 200;
const PLAIN_MS = 10_000;

/**
 * Shows how far a collection is: on a terminal one line per source, redrawn; elsewhere the same as plain lines now and then; nothing when asked to be quiet.
 * `resumed` tells how many answers came from an interrupted run so far.
 */
export function showProgress(quiet: boolean, resumed: () => number): Progress {
  if (quiet) return { show: () => {}, clear: () => {}, end: () => {} };
  const book = progressBook();
  const lines = (): readonly string[] => {
    const known = book.lines(performance.now()).map(escapeTerminal);
    const count = resumed();
    return count === 0 ? known : [...known, `${'Resumed'.padEnd(17)}${count} answers of the interrupted run`];
  };
  const draw = process.stderr.isTTY === true ? screen(lines) : plain(lines);
  const timer = setInterval(draw.again, draw.everyMs);
  timer.unref();
  return {
    show: event => book.take(event, performance.now()),
    clear: draw.clear,
    end: () => {
      clearInterval(timer);
      draw.clear();
    },
  };
}

type Drawing = { readonly everyMs: number; readonly again: () => void; readonly clear: () => void };

function screen(lines: () => readonly string[]): Drawing {
  let drawn = 0;
  // To the first line that was drawn, and nothing from there on.
  const home = (): string => (drawn === 0 ? '' : `\r${drawn > 1 ? `\u001b[${drawn - 1}A` : ''}\u001b[J`);
  return {
    everyMs: REDRAW_MS,
    again: () => {
      const width = Math.max(20, (process.stderr.columns || 80) - 1);
      // A line that wraps would be two, and the next drawing would begin too low.
      const shown = lines().map(line => line.slice(0, width));
      if (shown.length === 0) return;
      process.stderr.write(home() + shown.join('\n'));
      drawn = shown.length;
    },
    clear: () => {
      if (drawn > 0) process.stderr.write(home());
      drawn = 0;
    },
  };
}

function plain(lines: () => readonly string[]): Drawing {
  let last = '';
  return {
    everyMs: PLAIN_MS,
    again: () => {
      const text = lines().join('\n');
      if (text !== '' && text !== last) tell(text);
      last = text;
    },
    clear: () => {},
  };
}
