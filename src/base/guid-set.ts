/** Some GUIDs, as text in lower case; a Set of texts is one too. */
export type Guids = Iterable<string> & { readonly size: number; readonly has: (guid: string) => boolean };

/** GUIDs in the order in which they came, each once. */
export type GuidSet = Guids & {
  /** True when it was not there. Throws RangeError on a text that is not a GUID. */
  readonly add: (guid: string) => boolean;
};

const FEWEST = 16;
const DIGITS = new Uint8Array(128).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}
const CODES = Buffer.from('0123456789abcdef');
const text = Buffer.alloc(36, '-');
// Where the four words of eight digits begin that GUID text has without its dashes, and where in each a dash stands.
const WORDS = [
  [0, 1, 2, 3, 4, 5, 6, 7],
  [9, 10, 11, 12, 14, 15, 16, 17],
  [19, 20, 21, 22, 24, 25, 26, 27],
  [28, 29, 30, 31, 32, 33, 34, 35],
] as const;

/**
 * A set of GUIDs in 16 bytes each and some 8 to find them, outside of JavaScript's heap: a Set of texts takes four times as much, and there can be as many
 * ids as a directory has objects.
 */
export function guidSet(from: Iterable<string> = []): GuidSet {
  let words = new Uint32Array(FEWEST * 4);
  // One more than the place of an id, or 0.
  let slots = new Int32Array(FEWEST * 2);
  let size = 0;
  const sought = new Uint32Array(4);

  const isAt = (place: number): boolean => {
    for (let index = 0; index < 4; index++) if (words[place * 4 + index] !== sought[index]) return false;
    return true;
  };
  /** The slot of what is sought, or the empty one where it belongs. */
  const slotOf = (): number => {
    const mask = slots.length - 1;
    let slot = hash(sought, 0) & mask;
    for (let place = slots[slot] ?? 0; place !== 0 && !isAt(place - 1); place = slots[slot] ?? 0)
      slot = (slot + 1) & mask;
    return slot;
  };
  const grow = (): void => {
    const more = new Uint32Array(words.length * 2);
    more.set(words);
    words = more;
    slots = new Int32Array(slots.length * 2);
    const mask = slots.length - 1;
    for (let place = 0; place < size; place++) {
      let slot = hash(words, place * 4) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = place + 1;
    }
  };
  const add = (guid: string): boolean => {
    if (!readWords(guid, sought)) throw new RangeError(`not a GUID: ${guid.slice(0, 60)}`);
    if (size * 4 === words.length) grow();
    const slot = slotOf();
    if (slots[slot] !== 0) return false;
    words.set(sought, size * 4);
    size += 1;
    slots[slot] = size;
    return true;
  };

  for (const guid of from) add(guid);
  return {
    add,
    has: guid => readWords(guid, sought) && slots[slotOf()] !== 0,
    get size() {
      return size;
    },
    *[Symbol.iterator]() {
      // Those that are added meanwhile come too, as in a Set.
      for (let place = 0; place < size; place++) yield textOf(words, place * 4);
    },
  };
}

function readWords(text: string, into: Uint32Array): boolean {
  if (text.length !== 36 || text[8] !== '-' || text[13] !== '-' || text[18] !== '-' || text[23] !== '-') return false;
  let wrong = 0;
  for (let index = 0; index < 4; index++) {
    let word = 0;
    for (const at of WORDS[index] ?? []) {
      const digit = DIGITS[text.charCodeAt(at)] ?? 255;
      wrong |= digit & 0xf0;
      word = (word << 4) | digit;
    }
    into[index] = word;
  }
  return wrong === 0;
}

function textOf(words: Uint32Array, from: number): string {
  for (const [index, places] of WORDS.entries()) {
    const word = words[from + index] ?? 0;
    for (const [digit, at] of places.entries()) text[at] = CODES[(word >>> (28 - digit * 4)) & 15] ?? 0;
  }
  return text.toString('latin1');
}

// All bits of an id count: those that one domain controller makes differ in few of them.
function hash(words: Uint32Array, from: number): number {
  let mixed = 0x9e3779b9;
  for (let index = 0; index < 4; index++) {
    mixed = Math.imul(mixed ^ (words[from + index] ?? 0), 0x85ebca6b);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
