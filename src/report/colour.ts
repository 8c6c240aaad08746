const RESET = '\u001b[0m';
const colours = {
  '✗': '\u001b[31m',
  '?': '\u001b[33m',
  '✓': '\u001b[32m',
  '!': '\u001b[33m',
  '~': '\u001b[2m',
} as const;

/** A summary with its marks (✗ ? ! ✓ ~) in colour, for a terminal that shows colours; whether it does is the caller's to know. */
export function colour(summary: string): string {
  return summary.replace(/^[✗?✓!~](?= )/gm, mark => (isMark(mark) ? `${colours[mark]}${mark}${RESET}` : mark));
}

function isMark(text: string): text is keyof typeof colours {
  return text in colours;
}
