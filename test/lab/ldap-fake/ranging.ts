// Tests turn MaxValRange down to almost nothing; these never have more values than any server that is set up in earnest lets through.
const SHORT = new Set([
  'objectclass',
  'tokengroups',
  'wellknownobjects',
  'msds-enabledfeature',
  'supportedldappolicies',
]);

/** A cut of an attribute: what the answer calls it, and the values; `beyond` when there are values, but none where asked. */
export type Cut = { readonly name: string; readonly values: readonly Buffer[] } | 'beyond';

/**
 * Cuts the values of an attribute that was asked for as `name` or `name;range=from-to` to at most `most` (AD's
 * MaxValRange). As [MS-ADTS] 3.1.1.3.1.3.3 has it: cut or asked for with a range, it comes back with one, whose end is
 * `*` when these are the last values; more than asked for never come, fewer may.
 */
export function inRange(asked: string, spelt: string, held: readonly Buffer[], most: number): Cut {
  const option = /;range=(\d+)-(\d+|\*)$/i.exec(asked);
  if (option === null && (held.length <= most || SHORT.has(spelt.toLowerCase()))) return { name: spelt, values: held };
  const from = Number(option?.[1] ?? 0);
  if (held.length > 0 && from >= held.length) return 'beyond';
  const to = option === null || option[2] === '*' ? Number.POSITIVE_INFINITY : Number(option[2]);
  const values = held.slice(from, Math.min(to + 1, from + most));
  const end = from + values.length;
  return { name: `${spelt};range=${from}-${end >= held.length ? '*' : end - 1}`, values };
}
