import { durationMs } from '../base/index.ts';

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a duration as people write it in our files, ISO 8601 (`PT1H`, `P1D`) or as in CEL (`24h`, `1h30m`, `500ms`); undefined when it is neither. */
export function readDuration(text: string): number | undefined {
  if (!/^(\d{1,12}(\.\d{1,9})?(h|ms|m|s))+$/.test(text)) return durationMs(text);
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    total += Number(number) * (UNITS[unit] ?? 0);
  }
  return Math.round(total);
}
