import { createHmac } from 'node:crypto';
import { AuditError, escapeValue, readRdn, splitDn } from '../base/index.ts';

/** Puts pseudonyms in place of names: the same name always gets the same one under the same key, whatever its case, so that equality survives. */
export type Pseudonyms = {
  /** Tells keys apart without telling them: the beginning of a keyed digest. */
  readonly keyId: string;
  readonly name: (text: string) => string;
  /** A common name: the ending `_<12 hexadecimal digits>` that writeback appends stays. */
  readonly cn: (text: string) => string;
  /** A UPN, mail or proxy address: the scheme stays, the parts before and after the @ get pseudonyms of their own. */
  readonly address: (text: string) => string;
  /** A distinguished name: organizational units and domain components stay, every other part gets a pseudonym. */
  readonly dn: (text: string) => string;
};

/** Characters that a key must have at least. */
export const LEAST_KEY = 32;

const CACHED = 50_000;
const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** What names nobody: identifiers, markers of writeback, truth values, and accounts that the sync engines name by themselves. */
const TELLING_NOTHING = new RegExp(
  `^(?:(?:(?:takenover_)?(?:group|user)_)?${GUID}|s-1-\\d+(?:-\\d+){1,15}|true|false|(?:msol|aad)_[0-9a-f]+|provagentgmsa\\$?)$`,
  'i',
);
/** Names that every directory has. */
const EVERYWHERE = new Set(
  [
    ...[
      'DnsAdmins',
      'Domain Admins',
      'Enterprise Admins',
      'Schema Admins',
      'Administrators',
      'Administrator',
      'SYSTEM',
    ],
    ...[
      'Domain Controllers',
      'Read-only Domain Controllers',
      'Key Admins',
      'Enterprise Key Admins',
      'Everyone',
      'Self',
    ],
    ...['Account Operators', 'Server Operators', 'Print Operators', 'Backup Operators', 'Authenticated Users'],
    ...['Pre-Windows 2000 Compatible Access', 'Users', 'Computers', 'Builtin', 'System', 'AdminSDHolder'],
    ...['Deleted Objects', 'ForeignSecurityPrincipals', 'Configuration', 'Schema', 'Creator Owner', 'Owner Rights'],
  ].map(name => name.toLowerCase()),
);
const DELETED = new RegExp(`^(.*)\\n(DEL:${GUID})$`, 'is');
const SCHEME = /^(?:smtp|sip|sips|x500|x400|eum|spo|notes|ccmail|ms):/i;

/** Pseudonyms under a key: HMAC-SHA-256 of the name in lower case, cut to 80 bits, in base32. Throws AuditError('input') on a key that is too short. */
export function createPseudonyms(key: string): Pseudonyms {
  if (key.length < LEAST_KEY)
    throw new AuditError('input', `redact.key is too short: it takes at least ${LEAST_KEY} characters`);
  const digest = (text: string) => createHmac('sha256', key).update(text, 'utf8').digest();
  const known = new Map<string, string>();
  const pseudonym = (prefix: string, text: string): string => {
    const input = lowerEach(text);
    const found = known.get(input) ?? base32(digest(`name\n${input}`).subarray(0, 10));
    if (known.size >= CACHED) known.clear();
    known.set(input, found);
    return `${prefix}-${found}`;
  };
  const name = (text: string): string =>
    inBlanks(text, core => {
      if (!isTelling(core)) return core;
      // Whoever bears the name of a sync engine's account counts as one.
      return pseudonym(/^provagentgmsa.*$/i.test(core) ? 'provAgentgMSA-n' : 'n', core);
    });
  const cn = (text: string): string =>
    inBlanks(text, core => {
      const [, before = '', ending = ''] = /^(.*)(_[0-9a-f]{12})$/is.exec(core) ?? [];
      if (ending === '' || !isTelling(core)) return name(core);
      return before === '' ? ending : `${pseudonym('n', before)}${ending}`;
    });
  const bare = (text: string): string => {
    const at = text.indexOf('@');
    return at < 0
      ? name(text)
      : `${name(text.slice(0, at))}@${inBlanks(text.slice(at + 1), part => pseudonym('d', part))}`;
  };
  return {
    keyId: digest('key').toString('hex', 0, 8),
    name,
    cn,
    address: text =>
      inBlanks(text, core => {
        const [scheme = ''] = SCHEME.exec(core) ?? [];
        return scheme + (scheme === '' || /^(smtp|sips?):$/i.test(scheme) ? bare : name)(core.slice(scheme.length));
      }),
    dn: text =>
      splitDn(text)
        .map(part => redactRdn(part, cn))
        .join(','),
  };
}

function isTelling(text: string): boolean {
  return !TELLING_NOTHING.test(text) && !EVERYWHERE.has(lowerEach(text));
}

/** Blanks around a name stay: whether comparisons see them is for the comparisons to say. What is only blanks stays as it is. */
function inBlanks(text: string, replace: (core: string) => string): string {
  const [, before = '', core = '', after = ''] = /^(\p{Zs}*)(.*?)(\p{Zs}*)$/su.exec(text) ?? [];
  return core === '' ? text : before + replace(core) + after;
}

function redactRdn(part: string, cn: (text: string) => string): string {
  const [, before = '', raw = '', after = ''] = /^(\s*[^=]*=\s*)(.*?)((?<!\\)\s*)$/s.exec(part) ?? [
    undefined,
    '',
    part,
  ];
  if (/^\s*(ou|dc)\s*=/i.test(before)) return part;
  // As the cn of the object itself, unless AD would spell it otherwise: what differs as text has to differ still.
  const value = readRdn(part).value;
  const spelt = escapeValue(value).replaceAll('\n', '\\0A');
  const text = spelt === raw ? value : raw;
  // A deleted object is called <its name>, line feed, DEL:<its GUID>.
  const [, name = text, deleted = ''] = DELETED.exec(text) ?? [];
  return `${before}${cn(name)}${deleted === '' ? '' : `\\0A${deleted}`}${after}`;
}

/**
 * Lower case as SQL's lower() has it: each character by itself. JavaScript's own looks at what stands around (a final sigma) and makes two characters of
 * one (a dotted I).
 */
export function lowerEach(text: string): string {
  // Nearly all names need no care.
  if (/^[\p{ASCII}\u00c0-\u00ff]*$/u.test(text)) return text.toLowerCase();
  return Array.from(text, character => (character === '\u0130' ? 'i' : character.toLowerCase())).join('');
}

const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';

function base32(bytes: Uint8Array): string {
  let [text, held, bits] = ['', 0, 0];
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) text += DIGITS[(held >> (bits - 5)) & 31] ?? '';
  }
  return text;
}
