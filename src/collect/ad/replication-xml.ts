import { guidText } from '../../base/index.ts';

/** The stamp of the last originating change of an attribute or of one value of it; null where the server gives none. */
export type Stamp = {
  readonly attribute: string;
  /** Milliseconds since 1970. */
  readonly changed: number | null;
  readonly version: number;
  readonly invocationId: string | null;
  readonly usn: number | null;
  /** DN of the NTDS Settings object of the domain controller that made the change; null when it is gone. */
  readonly serverDn: string | null;
};

/** The stamp of one value of a link. */
export type ValueStamp = Stamp & {
  /** The object that the value names, as the text says and with XML escapes resolved: servers differ in whether they escape. */
  readonly targets: readonly string[];
  readonly created: number | null;
  /** When the value was removed; null while it is there. */
  readonly deleted: number | null;
};

const LONGEST = 65_536;
const MOST_ELEMENTS = 32;
const ELEMENT = /\s*<([A-Za-z]{1,64})(?:\/>|>([\s\S]*?)<\/\1>)/y;
// Only names may hold an angle bracket: a server that does not escape DNs writes `\<`.
const NAMES: ReadonlySet<string> = new Set(['pszObjectDn', 'pszLastOriginatingDsaDN']);
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z?$/;
const NIL_GUID = '00000000-0000-0000-0000-000000000000';

/** Parses a value of `msDS-ReplAttributeMetaData` (DS_REPL_ATTR_META_DATA). Throws RangeError when it is not of that form. */
export function parseAttributeStamp(text: string): Stamp {
  return stampOf(elementsOf(text, 'DS_REPL_ATTR_META_DATA'));
}

/** Parses a value of `msDS-ReplValueMetaData` (DS_REPL_VALUE_META_DATA). Throws RangeError when it is not of that form. */
export function parseValueStamp(text: string): ValueStamp {
  const elements = elementsOf(text, 'DS_REPL_VALUE_META_DATA');
  const target = required(elements, 'pszObjectDn');
  return {
    ...stampOf(elements),
    targets: [...new Set([unescapeXml(target), target])],
    created: timeOf(required(elements, 'ftimeCreated')),
    deleted: timeOf(required(elements, 'ftimeDeleted')),
  };
}

// Not an XML parser: one flat list of elements, as the server writes it. What XML allows beyond that (declarations, entities, comments, nesting,
// attributes) has no place here and is refused.
function elementsOf(text: string, root: string): ReadonlyMap<string, string> {
  // Windows ends each value with a line break and a NUL.
  const trimmed = text.replace(/[\s\0]+$/, '').trimStart();
  const [open, close] = [`<${root}>`, `</${root}>`];
  if (text.length > LONGEST || !trimmed.startsWith(open) || !trimmed.endsWith(close))
    throw new RangeError(`not a ${root} of at most ${LONGEST} characters`);
  const body = trimmed.slice(open.length, -close.length).trimEnd();
  const elements = new Map<string, string>();
  let at = 0;
  while (at < body.length) {
    ELEMENT.lastIndex = at;
    const [whole, name, content = ''] = ELEMENT.exec(body) ?? [];
    if (whole === undefined || name === undefined || elements.has(name) || elements.size >= MOST_ELEMENTS)
      throw new RangeError(`malformed ${root} after ${elements.size} elements`);
    if (content.includes('<') && !NAMES.has(name)) throw new RangeError(`malformed ${name} in ${root}`);
    elements.set(name, content);
    at += whole.length;
  }
  return elements;
}

function stampOf(elements: ReadonlyMap<string, string>): Stamp {
  const invocation = guidText(elements.get('uuidLastOriginatingDsaInvocationID') ?? '');
  const server = unescapeXml(elements.get('pszLastOriginatingDsaDN') ?? '').trim();
  return {
    attribute: required(elements, 'pszAttributeName').trim(),
    changed: timeOf(required(elements, 'ftimeLastOriginatingChange')),
    version: numberOf(required(elements, 'dwVersion')) ?? 0,
    invocationId: invocation === undefined || invocation === NIL_GUID ? null : invocation,
    usn: numberOf(elements.get('usnOriginatingChange') ?? ''),
    serverDn: server === '' ? null : server,
  };
}

function required(elements: ReadonlyMap<string, string>, name: string): string {
  const content = elements.get(name);
  if (content === undefined) throw new RangeError(`replication metadata without ${name}`);
  return content;
}

function numberOf(text: string): number | null {
  if (text.trim() === '') return null;
  const value = Number(text);
  if (!/^\s*\d{1,19}\s*$/.test(text) || !Number.isSafeInteger(value))
    throw new RangeError('replication metadata with a malformed number');
  return value;
}

/** Milliseconds since 1970; null for the zero of FILETIME, which stands for "never". */
function timeOf(text: string): number | null {
  if (text.trim() === '') return null;
  const [whole, ...parts] = TIME.exec(text.trim()) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const value = Date.UTC(year, month - 1, day, hour, minute, second);
  if (whole === undefined || Number.isNaN(value)) throw new RangeError('replication metadata with a malformed time');
  return year === 1601 ? null : value;
}

const XML_ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

// A bare ampersand stays: Windows writes one in names.
function unescapeXml(text: string): string {
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi, (whole, name, decimal, hex) => {
    if (typeof name === 'string') return XML_ENTITIES[name.toLowerCase()] ?? whole;
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
