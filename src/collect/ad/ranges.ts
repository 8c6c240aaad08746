import type { FacetName } from '../../snapshot/index.ts';
import { extendedDnControl } from './controls.ts';
import type { Directory } from './directory.ts';
import { type Entry, guidOf } from './entry.ts';
import { oneLine, sourceError } from './failure.ts';

const RANGED = /^([a-z][a-z0-9-]*);range=(\d{1,10})-(\d{1,10}|\*)$/;
const MAX_STEPS = 100_000;

type Piece = {
  readonly attribute: string;
  readonly from: number;
  readonly to: number | undefined;
  readonly values: readonly Buffer[];
};

/**
 * Completes the attributes that the server cut into ranges (`member;range=0-1499`), asking for the rest by objectGUID.
 * Resolves with the whole entry and the attributes that could not be completed, with the reason; their values are left out.
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
      values.set(attribute, await readRest(directory, facet, entry, first));
    } catch (thrown) {
      values.delete(attribute);
      broken.set(attribute, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }
  return { entry: { dn: entry.dn, values }, broken };
}

async function readRest(directory: Directory, facet: FacetName, entry: Entry, first: Piece): Promise<Buffer[]> {
  const guid = guidOf(entry, 'objectGUID');
  if (guid === null)
    throw sourceError(`${oneLine(entry.dn)} has no objectGUID to read the rest of ${first.attribute} by`);
  // Copies, because each value would otherwise pin a network buffer until the last range is read.
  const values = take(first, 0);
  let last = first;
  for (let step = 0; last.to !== undefined; step++) {
    const from = last.to + 1;
    if (step >= MAX_STEPS) throw sourceError(`${first.attribute} has more than ${MAX_STEPS} ranges`);
    const more = await directory.readOne({
      facet,
      base: `<GUID=${guid}>`,
      attributes: ['objectGUID', `${first.attribute};range=${from}-*`],
      controls: () => [extendedDnControl()],
    });
    const next = more === undefined ? undefined : piecesOf(more).find(piece => piece.attribute === first.attribute);
    if (next === undefined)
      throw sourceError(`${first.attribute} changed while it was read: nothing came from value ${from} on`);
    for (const value of take(next, from)) values.push(value);
    last = next;
  }
  return values;
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
    return attribute === '' ? [] : [{ attribute, from: Number(from), to: to === '*' ? undefined : Number(to), values }];
  });
}
