import { readFileSync } from 'node:fs';

/** Name and version as package.json has them. */
export function toolVersion(): { readonly name: 'tallystick'; readonly version: string } {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : '0.0.0';
  return { name: 'tallystick', version };
}
