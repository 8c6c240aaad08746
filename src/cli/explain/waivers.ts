import { waiverChecks } from '../../findings/index.ts';
import { row, sections, wrap } from '../layout.ts';
import { whatToDo } from './invariant.ts';

/** What is asked of waivers, by its id, as people read it. */
export function aboutWaivers(name: string): string {
  const check = waiverChecks.get(name);
  if (check === undefined) return '';
  const { id, title, description, severity, expect, remediation } = check;
  return sections([
    wrap(`${id} (${severity})\n${title}`),
    wrap(description),
    [row('Over', 'the waivers of --waivers; comes with tallystick'), row('Expect', expect)].join('\n'),
    whatToDo(remediation),
  ]);
}
