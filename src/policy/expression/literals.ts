import { RE2JS } from '@bufbuild/re2';
import type { FieldType } from './catalogue.ts';
import { LIMITS, type LiteralValue } from './syntax.ts';

/** SQL text of a literal, or why the value is none (one sentence, with what to write instead). */
export type LiteralResult =
  | { readonly ok: true; readonly sql: string }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

const MIN_INT = -(2n ** 63n);

/** A string as a SQL literal. DuckDB knows no backslash escapes in '…', so doubling the quote is all there is to do. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A CEL literal as SQL; a double is written with an exponent because DuckDB reads `0.8` as a DECIMAL. */
export function literalValueSql(value: LiteralValue): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return value === MIN_INT ? `CAST('${value}' AS BIGINT)` : String(value);
    case 'number':
      return value.toExponential();
    case 'boolean':
      return value ? 'TRUE' : 'FALSE';
    default:
      return 'NULL';
  }
}

/**
 * A parameter's value as SQL of the given type. Takes what YAML yields: `timestamp` as RFC 3339 text or Date,
 * `duration` as text such as `24h`, `string[]` as an array of strings; `int` must be a 64-bit integer.
 */
export function literalSql(type: FieldType, value: unknown): LiteralResult {
  const wrong: LiteralResult = { ok: false, message: `The value is not of type ${type}.` };
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? fine(literalValueSql(value)) : wrong;
    case 'int':
      return intSql(value) ?? wrong;
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? fine(literalValueSql(value)) : wrong;
    case 'string':
      return typeof value === 'string' ? textSql(value) : wrong;
    case 'timestamp':
      if (value instanceof Date && !Number.isNaN(value.getTime())) return timestampSql(value.toISOString());
      return typeof value === 'string' ? timestampSql(value) : wrong;
    case 'duration':
      return typeof value === 'string' ? durationSql(value) : wrong;
    case 'string[]':
      return Array.isArray(value) ? textsSql(value) : wrong;
  }
}

function fine(sql: string): LiteralResult {
  return { ok: true, sql };
}

function intSql(value: unknown): LiteralResult | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return fine(literalValueSql(BigInt(value)));
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return fine(literalValueSql(value));
  return undefined;
}

function textSql(text: string): LiteralResult {
  if (text.includes('\0')) return { ok: false, message: 'The text holds a NUL character.' };
  if (/\p{Surrogate}/u.test(text))
    return { ok: false, message: 'The text holds half of a character (a lone surrogate).' };
  return fine(quote(text));
}

function textsSql(values: readonly unknown[]): LiteralResult {
  const items: string[] = [];
  for (const value of values) {
    if (typeof value !== 'string') return { ok: false, message: 'Every item of the list must be a string.' };
    const item = textSql(value);
    if (!item.ok) return item;
    items.push(item.sql);
  }
  return fine(listSql(items, 'string'));
}

/** A list literal as SQL; an empty one needs its type spelt out. */
export function listSql(items: readonly string[], element: FieldType): string {
  if (items.length > 0) return `[${items.join(', ')}]`;
  return element === 'string' ? '[]::VARCHAR[]' : '[]';
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/** RFC 3339 text as a SQL TIMESTAMP in UTC; microseconds are the finest the snapshot can hold. */
export function timestampSql(text: string): LiteralResult {
  const parts = RFC3339.exec(text);
  const bad: LiteralResult = {
    ok: false,
    message: `${JSON.stringify(text)} is not a time.`,
    hint: 'Write it as in RFC 3339: 2026-01-31T00:00:00Z.',
  };
  if (parts === null) return bad;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = parts;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const instant = new Date(local);
  if (Number.isNaN(instant.getTime()) || instant.toISOString() !== `${local.slice(0, -1)}.000Z`) return bad;
  if (/[1-9]/.test(fraction.slice(6)))
    return { ok: false, message: `${JSON.stringify(text)} is finer than a microsecond.` };
  const offset = zoneMinutes(zone);
  if (offset === undefined) return bad;
  const utc = new Date(instant.getTime() - offset * 60_000).toISOString();
  if (!/^\d{4}-/.test(utc) || utc.startsWith('0000')) return bad;
  return fine(`TIMESTAMP '${utc.slice(0, 10)} ${utc.slice(11, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}'`);
}

function zoneMinutes(zone: string): number | undefined {
  if (/^[Zz]$/.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1000n,
  µs: 1000n,
  ns: 1n,
};

/** CEL duration text such as `36h`, `1h30m`, `-250ms` as a SQL BIGINT of microseconds. */
export function durationSql(text: string): LiteralResult {
  const bad: LiteralResult = {
    ok: false,
    message: `${JSON.stringify(text)} is not a duration.`,
    hint: 'Write hours, minutes and seconds: 24h, 1h30m, 90s. A day is 24h.',
  };
  const whole = /^([+-]?)((?:\d{1,18}(?:\.\d{1,9})?(?:ns|us|µs|ms|h|m|s))+)$/.exec(text);
  if (text === '0') return fine('0');
  if (whole === null || text.length > 64) return bad;
  let billionths = 0n;
  for (const [, int = '0', fraction = '', unit = ''] of (whole[2] ?? '').matchAll(
    /(\d+)(?:\.(\d+))?(ns|us|µs|ms|h|m|s)/g,
  )) {
    billionths += BigInt(int + fraction.padEnd(9, '0')) * (NANOSECONDS[unit] ?? 0n);
  }
  if (billionths % 1_000_000_000_000n !== 0n)
    return { ok: false, message: `${JSON.stringify(text)} is finer than a microsecond.` };
  const micros = (whole[1] === '-' ? -1n : 1n) * (billionths / 1_000_000_000_000n);
  // CEL's own range: ±10,000 years.
  if (micros > 315_576_000_000_000_000n || micros < -315_576_000_000_000_000n)
    return { ok: false, message: `${JSON.stringify(text)} is longer than 10,000 years.` };
  return fine(String(micros));
}

/** Ranges of characters a compiled pattern may hold; DuckDB's RE2 gives up near twenty times as many. */
const MOST_RANGES = 20_000;

/** A regular expression in RE2 syntax as a SQL string; what RE2 would refuse at run time is refused here. */
export function patternSql(pattern: string): LiteralResult {
  if (pattern.length > LIMITS.pattern)
    return { ok: false, message: `The pattern is longer than ${LIMITS.pattern} characters.` };
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') {
    return {
      ok: false,
      message: `The pattern is not valid RE2: ${compiled}.`,
      hint: 'RE2 has no look-around and no back-references.',
    };
  }
  const { namedGroups, prog } = compiled.re2Input;
  // DuckDB's RE2 is older than the one that learnt this spelling.
  if (namedGroups.size > 0 && pattern.includes('(?<'))
    return { ok: false, message: 'The pattern names a group with "(?<".', hint: 'Leave out the name.' };
  const ranges = prog.inst.reduce((sum, { runes }) => sum + 1 + (runes?.length ?? 0) / 2, 0);
  if (ranges <= MOST_RANGES) return fine(quote(pattern));
  return {
    ok: false,
    message: 'The pattern is too large once its repetitions are written out.',
    hint: 'Lower the counts {n}.',
  };
}

/** The compiled pattern, or what is wrong with it. */
function compilePattern(pattern: string): RE2JS | string {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it cannot be read';
  }
}
