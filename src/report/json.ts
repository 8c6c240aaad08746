import type { AuditResult } from '../findings/index.ts';

/** results.json: the result itself, pretty, its keys in the order in which settle() makes them; schemas/results.schema.json describes it. */
export function renderJson(result: AuditResult): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
