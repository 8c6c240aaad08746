import type { Fault } from './script.ts';

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

/** What a fault makes of a range; the very cut where it does not apply, or could not be told from a proper answer. */
export function spoilRange(cut: Exclude<Cut, 'beyond'>, held: readonly Buffer[], fault: Fault | undefined) {
  const [, name = '', first = '', last = ''] = /^(.*;range=)(\d+)-(\d+|\*)$/.exec(cut.name) ?? [];
  if (name === '') return cut;
  const [from, count] = [Number(first), cut.values.length];
  const isWhole = from === 0 && last === '*';
  const piece = (at: number, values: readonly Buffer[], end = String(at + values.length - 1)) => ({
    name: `${name}${at}-${end}`,
    values,
  });
  switch (fault) {
    case 'range-hole':
      return isWhole ? cut : piece(from + 1, held.slice(from + 1, from + 1 + count));
    case 'range-shifted':
      // Where all ranges agree from the first value on, nobody can tell.
      return from === 0 ? cut : { name: cut.name, values: held.slice(from + 1, from + 1 + count) };
    case 'range-repeated':
      return from === 0 ? cut : piece(0, held.slice(0, count));
    case 'range-empty':
      return { name: isWhole ? `${name}0-${count - 1}` : cut.name, values: [] };
    case 'range-endless':
      return last === '*' ? piece(from, [...cut.values, ...held.slice(0, 1)]) : cut;
    default:
      return cut;
  }
}

/** What a server without an end to its ranges answers behind the last value: the first ones again. */
export function comeRound(asked: string, spelt: string, held: readonly Buffer[], most: number) {
  const from = Number(/;range=(\d+)-/.exec(asked)?.[1] ?? 0);
  const values = Array.from({ length: most }, (_, at) => held.at((from + at) % held.length) ?? Buffer.alloc(0));
  return { name: `${spelt};range=${from}-${from + most - 1}`, values };
}
