import { guidFromBytes, guidText, instantMs } from '../../base/index.ts';
import { badAnswer, scrub } from './failure.ts';

/** One JSON object from Graph, not yet trusted. */
export type Item = Readonly<Record<string, unknown>>;

/** Values that were not as documented: counted, the first one described. They become NULL, so whoever reads them must record a gap. */
export type Doubts = { count: number; first: string | undefined };

/** Reads fields of one item; what does not fit is NULL and a doubt, never a guess. */
export type Fields = {
  readonly text: (name: string) => string | null;
  readonly bool: (name: string) => boolean | null;
  /** Lower-case GUID text. */
  readonly guid: (name: string) => string | null;
  /** Counts a doubt about a value that has to be there and is not. */
  readonly lack: (name: string) => void;
  readonly number: (name: string, limit?: number) => number | null;
  readonly instant: (name: string) => number | null;
  readonly seconds: (name: string, parse: (text: string) => number | undefined) => number | null;
  readonly texts: (name: string) => readonly string[];
  /** Fields of a nested object; all NULL when it is not set. */
  readonly inside: (name: string) => Fields;
  /** Fields of each object of a list; none when it is not set. */
  readonly each: (name: string) => readonly Fields[];
};

const MAX_TEXT = 64 * 1024;
const MAX_VALUES = 20_000;

/** True for a plain JSON object. */
export function isItem(value: unknown): value is Item {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The items of an array; throws `answer` when it is not an array of objects. */
export function itemsOf(value: unknown, what: string): readonly Item[] {
  if (!Array.isArray(value) || !value.every(isItem)) throw badAnswer(`${what} is not a list of objects`);
  return value;
}

/** The `id` of a directory object as lower-case GUID text; undefined when it is none. */
export function objectId(item: Item): string | undefined {
  // Longer text is never a GUID, and braces are not Graph's spelling.
  return typeof item.id === 'string' && item.id.length === 36 ? guidText(item.id) : undefined;
}

/** The `id` of what has no GUID: any short text. */
export function textId({ id }: Item): string | undefined {
  return typeof id === 'string' && id !== '' && id.length <= 256 ? id : undefined;
}

/** GUID of an on-premises immutable id: the base64 of 16 bytes in AD's order; null when it is anything else. */
export function immutableGuid(text: string | null): string | null {
  return text !== null && /^[A-Za-z0-9+/]{22}==$/.test(text) ? guidFromBytes(Buffer.from(text, 'base64')) : null;
}

/** A reader of one item's fields. `owner` names the item in doubts. */
export function fieldsOf(item: Item, doubts: Doubts, owner: string): Fields {
  const doubt = (name: string, problem: string) => {
    doubts.count++;
    doubts.first ??= `${scrub(name, 60)} of ${scrub(owner, 60)} ${problem}`;
    return null;
  };
  const read = <T>(name: string, convert: (value: unknown) => T | undefined, problem: string): T | null => {
    const value = item[name];
    if (value === undefined || value === null) return null;
    return convert(value) ?? doubt(name, problem);
  };
  const shortText = (value: unknown) => (typeof value === 'string' && value.length <= MAX_TEXT ? value : undefined);
  const fields: Fields = {
    text: name => {
      const value = item[name];
      if (typeof value !== 'string' || value.length <= MAX_TEXT) return read(name, shortText, 'is not text');
      doubt(name, 'is longer than 64 KiB');
      return value.slice(0, MAX_TEXT).replace(/[\ud800-\udbff]$/, '');
    },
    guid: name =>
      read(
        name,
        value => (typeof value === 'string' && value.length === 36 ? guidText(value) : undefined),
        'is not a GUID',
      ),
    lack: name => void doubt(name, 'is missing'),
    bool: name => read(name, value => (typeof value === 'boolean' ? value : undefined), 'is not a truth value'),
    number: (name, limit = Number.MAX_SAFE_INTEGER) =>
      read(
        name,
        value => (Number.isSafeInteger(value) && Math.abs(Number(value)) <= limit ? Number(value) : undefined),
        'is not a whole number',
      ),
    instant: name =>
      read(name, value => (typeof value === 'string' ? instantMs(value) : undefined), 'is not a point in time'),
    seconds: (name, parse) =>
      read(
        name,
        value => {
          const ms = typeof value === 'string' && value.length < 100 ? parse(value) : undefined;
          return ms === undefined ? undefined : Math.round(ms / 1000);
        },
        'is not a duration',
      ),
    texts: name =>
      read(
        name,
        value =>
          Array.isArray(value) && value.length <= MAX_VALUES && value.every(entry => shortText(entry) !== undefined)
            ? (value as readonly string[])
            : undefined,
        'is not a list of texts',
      ) ?? [],
    each: name =>
      (
        read(
          name,
          value =>
            Array.isArray(value) && value.length <= MAX_VALUES && value.every(isItem)
              ? (value as readonly Item[])
              : undefined,
          'is not a list of objects',
        ) ?? []
      ).map(entry => fieldsOf(entry, doubts, owner)),
    inside: name =>
      fieldsOf(read(name, value => (isItem(value) ? value : undefined), 'is not an object') ?? {}, doubts, owner),
  };
  return fields;
}

/** Fresh doubts. */
export function noDoubts(): Doubts {
  return { count: 0, first: undefined };
}
