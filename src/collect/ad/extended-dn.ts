import { guidFromBytes, isSid, sidFromBytes } from '../../base/index.ts';

const LONGEST_DN = 8192;
const DASHED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^(?:[0-9a-f]{2})+$/i;

/** The parts of a DN read with the extended-DN control; guid and sid are null when the value does not hold them. */
export type ExtendedDn = { readonly guid: string | null; readonly sid: string | null; readonly dn: string };

/** Parses `<GUID=…>;<SID=…>;DN` (either GUID form, binary or text SID, parts in any order) or a plain DN; undefined when it is neither. */
export function parseExtendedDn(value: string): ExtendedDn | undefined {
  if (value.length > LONGEST_DN) return undefined;
  let guid: string | null = null;
  let sid: string | null = null;
  let rest = value;
  // A DN escapes '<', so a leading one always opens a component.
  while (rest.startsWith('<')) {
    const match = /^<([A-Z]+)=([^<>;]*)>(?:;|$)/i.exec(rest);
    if (match === null) return undefined;
    const [whole, kind = '', text = ''] = match;
    rest = rest.slice(whole.length);
    if (/^guid$/i.test(kind)) {
      const parsed = guidPart(text);
      if (guid !== null || parsed === undefined) return undefined;
      guid = parsed;
    } else if (/^sid$/i.test(kind)) {
      const parsed = sidPart(text);
      if (sid !== null || parsed === undefined) return undefined;
      sid = parsed;
    }
  }
  return { guid, sid, dn: rest };
}

/** The DN alone of a value that may carry the extended prefix; the value itself when it cannot be parsed. */
export function plainDn(value: string): string {
  return parseExtendedDn(value)?.dn ?? value;
}

function guidPart(text: string): string | undefined {
  // A copy, because a slice would keep the whole DN in memory for as long as the GUID.
  if (DASHED.test(text)) return Buffer.from(text.toLowerCase(), 'latin1').toString('latin1');
  return HEX.test(text) && text.length === 32 ? guidFromBytes(Buffer.from(text, 'hex')) : undefined;
}

function sidPart(text: string): string | undefined {
  const upper = text.toUpperCase();
  if (isSid(upper)) return upper;
  if (!HEX.test(text) || text.length > 136) return undefined;
  try {
    return sidFromBytes(Buffer.from(text, 'hex'));
  } catch {
    return undefined;
  }
}
