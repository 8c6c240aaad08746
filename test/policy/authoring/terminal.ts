import { inFolder, tallystick } from '../../cli/run.ts';
import { authored, type Mistake } from './mistakes.ts';

/** What a terminal shows of `tallystick check` on the policies of a beginner. */
export function terminal(which: keyof Mistake): Promise<string> {
  return inFolder(authored(which), async cwd => {
    const { code, stdout, stderr } = await tallystick(['check', '.'], { cwd });
    return `$ tallystick check .\n${stdout}${stderr}$ echo $?\n${code}\n`;
  });
}
