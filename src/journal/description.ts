import { canonicalJson, type Json, sha256 } from '../base/index.ts';
import { damaged } from './blocks.ts';

/** What a collection collects: a later run may only go on with it when all of this is the same. `start` is RFC 3339. */
export type Description = {
  readonly version: string;
  readonly start: string;
  /** A digest per setting, by a name that people know (`ad.base`); never the setting itself. */
  readonly settings: Readonly<Record<string, string>>;
};

const FORMAT = 'tallystick/journal/v1';
const MOST_SETTINGS = 10_000;

/** Digests of the settings of a nested object, by their dotted names. Functions are left out, and so is all of an object that holds one: a secret. */
export function settingsOf(value: object, name = ''): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [key, inner] of Object.entries(value)) {
    const own = name === '' ? key : `${name}.${key}`;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
      if (typeof inner !== 'function') settings[own] = sha256(canonicalJson((inner ?? null) as Json));
    } else if (!Object.values(inner).some(part => typeof part === 'function'))
      Object.assign(settings, settingsOf(inner, own));
  }
  return settings;
}

/** The description as it is kept. */
export function describe({ version, start, settings }: Description): string {
  return canonicalJson({ format: FORMAT, version, start, settings });
}

/** A description that was kept. Throws AuditError('integrity') when it is none. */
export function describedIn(content: Buffer | undefined): Description {
  const value = content === undefined ? undefined : parse(content);
  if (!isRecord(value) || value.format !== FORMAT) throw damaged('it does not say what was collected');
  const { version, start, settings } = value;
  if (
    typeof version !== 'string' ||
    typeof start !== 'string' ||
    Number.isNaN(Date.parse(start)) ||
    !isRecord(settings)
  )
    throw damaged('it does not say what was collected');
  const entries = Object.entries(settings).map(([name, digest]): [string, string] => [name, String(digest)]);
  if (entries.length > MOST_SETTINGS) throw damaged('it names too many settings');
  return { version, start, settings: Object.fromEntries(entries) };
}

/** Names of what differs, in order. */
export function differences(one: Description, other: Omit<Description, 'start'>): readonly string[] {
  const names = [...new Set([...Object.keys(one.settings), ...Object.keys(other.settings)])].sort();
  const odd = names.filter(name => one.settings[name] !== other.settings[name]);
  const version = `the version of tallystick (${one.version.slice(0, 40)}, now ${other.version})`;
  const named = odd.slice(0, 20).map(name => name.slice(0, 100));
  return one.version === other.version ? named : [version, ...named];
}

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    throw damaged('it does not say what was collected');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
