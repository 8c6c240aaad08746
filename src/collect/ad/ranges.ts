import { AuditError } from '../../base/index.ts';
import type { FacetName } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import type { Directory } from './directory.ts';
import { bytesOf, type Entry, guidOf, textOf } from './entry.ts';
import { isSourceFailure, oneLine, resultCode, sourceError } from './failure.ts';

const RANGED = /^([a-z][a-z0-9-]*);range=(\d{1,10})-(\d{1,10}|\*)$/;
const MAX_STEPS = 100_000;
/** Readings of one attribute before it is called unstable. */
const MAX_READINGS = 6;
// A back link changes without a word on the object that has it.
const BACK_LINKS: ReadonlySet<string> = new Set(['memberof']);

type Piece = {
  readonly attribute: string;
  readonly from: number;
  readonly to: number | undefined;
  readonly values: readonly Buffer[];
  /** uSNChanged of the object in the answer that brought the piece; null where it is not shown. */
  readonly usn: string | null;
};

/** The values of one reading from the first range to the last, or what was seen to change on the way. */
type Reading =
  | { readonly steady: true; readonly values: readonly Buffer[]; readonly usn: string | null }
  | { readonly steady: false; readonly change: string };

/**
 * Completes the attributes that the server cut into ranges (`member;range=0-1499`), asking for the rest by objectGUID. What changes while it is read is
 * read again until one reading is the truth of an instant. Resolves with the whole entry and the attributes that could not be completed, with the reason;
 * their values are left out.
 */
export async function completeRanges(
  directory: Directory,
  facet: FacetName,
  entry: Entry,
): Promise<{ readonly entry: Entry; readonly broken: ReadonlyMap<string, string> }> {
  const broken = new Map<string, string>();
  const pieces = piecesOf(entry);
  if (pieces.length === 0) return { entry, broken };
  const values = new Map(entry.values);
  for (const attribute of new Set(pieces.map(piece => piece.attribute))) {
    const own = pieces.filter(piece => piece.attribute === attribute);
    try {
      const [first, ...others] = own;
      if (first === undefined || others.length > 0)
        throw sourceError(`the server sent two ranges of ${attribute} at once`);
      values.set(attribute, await readSteadily(directory, facet, entry, first));
    } catch (thrown) {
      if (!isSourceFailure(thrown) && !(thrown instanceof RangeError)) throw thrown;
      values.delete(attribute);
      broken.set(attribute, thrown.message);
    }
  }
  return { entry: { dn: entry.dn, values }, broken };
}

/** Asks for some attributes of one object, in the same answer as its uSNChanged. */
type Ask = (attribute: string, from: number) => Promise<Piece | undefined>;

/**
 * Reads one attribute until a reading is proven to be the truth of an instant. uSNChanged moves with every value that is added or removed; it does not
 * when a value goes because the object that it names was deleted, but then all later values move up, which the overlap of the ranges shows. Where
 * uSNChanged says nothing, two readings in a row have to be equal.
 */
async function readSteadily(directory: Directory, facet: FacetName, entry: Entry, first: Piece): Promise<Buffer[]> {
  const guid = guidOf(entry, 'objectGUID');
  if (guid === null)
    throw sourceError(`${oneLine(entry.dn)} has no objectGUID to read the rest of ${first.attribute} by`);
  const ask: Ask = async (attribute, from) => {
    const answer = await directory.readOne({
      facet,
      base: `<GUID=${guid}>`,
      attributes: ['objectGUID', 'uSNChanged', `${attribute};range=${from}-*`],
      controls: () => [extendedDnControl()],
    });
    if (answer === undefined) return undefined;
    // A server may answer a range from the first value on that holds all of them under the plain name.
    const values = from === 0 ? bytesOf(answer, attribute) : [];
    if (values.length > 0) return { attribute, from, to: undefined, values, usn: textOf(answer, 'uSNChanged') };
    return piecesOf(answer).find(piece => piece.attribute === attribute);
  };
  let start: Piece | undefined = first;
  let previous: readonly Buffer[] | undefined;
  let change = '';
  for (let tries = 0; tries < MAX_READINGS; tries++) {
    start ??= await ask(first.attribute, 0);
    // Nothing left: the last value went between two readings.
    if (start === undefined) return [];
    const reading = await readOnce(ask, start);
    start = undefined;
    if (reading.steady) {
      const told = reading.usn !== null && !BACK_LINKS.has(first.attribute);
      if (told || (previous !== undefined && equal(previous, reading.values))) return [...reading.values];
      if (previous !== undefined) change = 'two readings differ';
    } else change = reading.change;
    previous = reading.steady ? reading.values : undefined;
  }
  throw sourceError(
    `${first.attribute} of ${oneLine(entry.dn)} is unstable: none of ${MAX_READINGS} readings was the truth of one instant (${change})`,
  );
}

async function readOnce(ask: Ask, first: Piece): Promise<Reading> {
  const { attribute, usn } = first;
  // Copies, because each value would otherwise pin a network buffer until the last range is read.
  const values = take(first, 0);
  let last = first;
  for (let step = 0; last.to !== undefined; step++) {
    if (step >= MAX_STEPS) throw sourceError(`${attribute} has more than ${MAX_STEPS} ranges`);
    // From the last value on, not from the one after it: that it is still in its place shows that nothing before it has gone.
    const from = last.to;
    const next = await ask(attribute, from).catch(refusal);
    if (next === undefined || typeof next === 'string')
      return { steady: false, change: `nothing came from value ${from} on${next === undefined ? '' : `: ${next}`}` };
    if (next.usn !== usn) return { steady: false, change: `uSNChanged ${usn ?? 'none'}, then ${next.usn ?? 'none'}` };
    const [again, ...more] = take(next, from);
    if (again === undefined || values.at(-1)?.equals(again) !== true)
      return { steady: false, change: `the values before ${from} moved under uSNChanged ${usn ?? 'none'}` };
    if (more.length === 0 && next.to !== undefined)
      throw sourceError(`${attribute} has a hole: the server sends nothing beyond value ${from}`);
    for (const value of more) {
      if (values[0]?.equals(value))
        throw sourceError(`${attribute} comes round to its first value again after ${values.length}`);
      values.push(value);
    }
    last = next;
  }
  return { steady: true, values, usn };
}

// A range that starts beyond the last value is an error for some servers.
function refusal(thrown: unknown): string {
  if (thrown instanceof AuditError && resultCode(thrown) !== undefined) return thrown.message;
  throw thrown;
}

function equal(left: readonly Buffer[], right: readonly Buffer[]): boolean {
  return left.length === right.length && left.every((value, at) => right[at]?.equals(value));
}

function take(piece: Piece, expected: number): Buffer[] {
  if (piece.from !== expected)
    throw sourceError(`${piece.attribute} has a hole: value ${expected} was due, ${piece.from} came`);
  if (piece.to !== undefined && piece.values.length !== piece.to - piece.from + 1)
    throw sourceError(
      `${piece.attribute} has a hole: ${piece.values.length} values came for ${piece.from}-${piece.to}`,
    );
  return piece.values.map(value => Buffer.from(value));
}

function piecesOf(entry: Entry): Piece[] {
  return [...entry.values].flatMap(([name, values]) => {
    const [, attribute = '', from = '', to = ''] = RANGED.exec(name) ?? [];
    if (attribute === '') return [];
    const usn = textOf(entry, 'uSNChanged');
    return [{ attribute, from: Number(from), to: to === '*' ? undefined : Number(to), values, usn }];
  });
}
