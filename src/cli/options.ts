import { existsSync } from 'node:fs';
import { AuditError, instantMs, isSeverity, type Severity, severities } from '../base/index.ts';
import { type Config, loadConfig } from '../config/index.ts';

/** What every command gets besides its own options. */
export type CommonOptions = { readonly config?: string; readonly quiet?: boolean };

/** The work of a command: its exit code (see docs/exit-codes.md), or an AuditError. */
export type Command<T> = (options: T, args: readonly string[]) => Promise<number>;

/** The configuration of --config, else of ./tallystick.yaml, else the defaults. */
export function configOf(options: CommonOptions): Config {
  const path = options.config ?? (existsSync('tallystick.yaml') ? 'tallystick.yaml' : undefined);
  return loadConfig(path, process.env);
}

/** NAME=VALUE options as a record; throws an input error that names the odd one. */
export function parametersOf(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map(text => {
      const at = text.indexOf('=');
      if (at < 1) throw new AuditError('input', `--param takes NAME=VALUE, not ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** The value of --fail-on. */
export function failOnOf(text: string | undefined, fallback: Severity | 'none' | undefined): Severity | 'none' {
  const value = text ?? fallback ?? 'high';
  if (value === 'none' || isSeverity(value)) return value;
  throw new AuditError('input', `--fail-on takes ${[...severities, 'none'].join(', ')}, not ${JSON.stringify(value)}`);
}

/** The value of --max-unknown. */
export function maxUnknownOf(text: string | undefined, fallback: number | undefined): number {
  if (text === undefined) return fallback ?? 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AuditError('input', `--max-unknown takes a whole number, not ${JSON.stringify(text)}`);
}

/** The value of --as-of as RFC 3339 in UTC. */
export function asOfOf(text: string | undefined, fallback: string): string {
  const value = text ?? fallback;
  const ms = instantMs(value);
  if (ms !== undefined) return new Date(ms).toISOString();
  throw new AuditError('input', `--as-of takes a time such as 2026-08-22T09:00:00Z, not ${JSON.stringify(value)}`);
}
