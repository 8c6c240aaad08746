/** A DN in one comparable form (RFC 4514): lower case, escapes resolved to one spelling, no blanks around separators. For comparison and containment only, never for display. */
export function normalizeDn(dn: string): string {
  return splitDn(dn)
    .map(rdn => {
      const { type, value } = readRdn(rdn);
      return `${type.toLowerCase()}=${escapeValue(value).toLowerCase()}`;
    })
    .join(',');
}

/** One part of a DN: the type as written, and the value without escapes. Of a part with several types (`+`) all but the first belong to the value. */
export function readRdn(rdn: string): { readonly type: string; readonly value: string } {
  const [, type = '', value = ''] = /^\s*([^=]*?)\s*=\s*(.*)$/s.exec(rdn) ?? [undefined, '', rdn];
  return { type, value: unescapeValue(trimValue(value)) };
}

/** The RDNs of a DN, still escaped, from the leaf up. */
export function splitDn(dn: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < dn.length; index++) {
    if (dn[index] === '\\') index++;
    else if (dn[index] === ',') {
      parts.push(dn.slice(start, index));
      start = index + 1;
    }
  }
  if (dn.length > 0) parts.push(dn.slice(start));
  return parts;
}

/** The DNS name that the DC= parts of a DN spell. */
export function dnsNameOf(dn: string): string {
  return splitDn(dn)
    .flatMap(rdn => /^\s*DC\s*=\s*(.*?)\s*$/i.exec(rdn)?.[1] ?? [])
    .join('.')
    .toLowerCase();
}

/** True when `dn` is `container` or lies below it. */
export function isWithin(dn: string, container: string): boolean {
  const inner = normalizeDn(dn);
  const outer = normalizeDn(container);
  return inner === outer || inner.endsWith(`,${outer}`);
}

function trimValue(value: string): string {
  return value.replace(/^\s+/, '').replace(/(?<!\\)\s+$/, '');
}

function unescapeValue(value: string): string {
  const bytes = Buffer.from(value, 'utf8');
  const out: number[] = [];
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte !== 0x5c || index + 1 >= bytes.length) {
      out.push(byte);
      continue;
    }
    const hex = bytes.toString('latin1', index + 1, index + 3);
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      out.push(Number.parseInt(hex, 16));
      index += 2;
    } else {
      out.push(bytes[index + 1] ?? 0);
      index += 1;
    }
  }
  return Buffer.from(out).toString('utf8');
}

/** The value of a part of a DN, escaped as AD does. */
export function escapeValue(value: string): string {
  return value.replace(/[\\,+"<>;=#]/g, character => `\\${character}`).replace(/^ | $/g, '\\ ');
}

/** The name of a parameter in expressions: `max-members` is read as `params.maxMembers`, since CEL would subtract. */
export function nameInExpressions(name: string): string {
  return name.replace(/-([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
