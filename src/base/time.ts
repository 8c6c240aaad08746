const ISO_DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds of an ISO 8601 duration such as PT20M or P1D (no months or years), or undefined. */
export function durationMs(text: string): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (!match || text === 'P' || text.endsWith('T')) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1, 5).map(part => Number(part ?? 0));
  return Math.round((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000);
}

/** Milliseconds since 1970 of an RFC 3339 time with a zone, or undefined. */
export function instantMs(text: string): number | undefined {
  if (!RFC_3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** RFC 3339 in UTC with milliseconds. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Milliseconds of AD's GeneralizedTime (20260822090000.0Z), or undefined. */
export function generalizedTimeMs(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.\d+)?Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return instantMs(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** A span for people, never shorter than it is: its two largest units in full seconds, such as `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function spanText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const at = UNITS.findIndex(([, size]) => seconds >= size);
  if (at < 0) return '0 s';
  const [[unit, size] = UNITS[3], smaller] = UNITS.slice(at);
  if (smaller === undefined) return `${seconds} ${unit}`;
  const parts = Math.ceil((seconds % size) / smaller[1]);
  const carried = parts * smaller[1] === size;
  const whole = Math.floor(seconds / size) + (carried ? 1 : 0);
  return carried || parts === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${parts} ${smaller[0]}`;
}
