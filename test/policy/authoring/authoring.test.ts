import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { authored } from './mistakes.ts';
import { terminal } from './terminal.ts';

const golden = readFileSync(new URL('terminal.txt', import.meta.url), 'utf8');

test('the mistakes of beginners are told in a terminal as the golden text says', async () => {
  expect(await terminal('wrong')).toBe(golden);
});

test('each of them is told at its file, with its line underlined and a hint', () => {
  const told = golden.split('\n\n').filter(part => / (error|warning) /.test(part));
  for (const name of Object.keys(authored('wrong')).filter(each => each !== 'id-first-used.yaml'))
    expect(
      told.filter(part => new RegExp(`^(\\$ .*\\n)?${name.replace('.', '\\.')}:\\d+:\\d+ `).test(part)),
    ).not.toEqual([]);
  for (const part of told) expect(part).toMatch(/\n +\d+ \| .*\n +\| +\^+\n +hint: \S|must be one of/);
});

test('whoever does what the messages say has policies without a mistake or a warning', async () => {
  const count = Object.keys(authored('mended')).length;
  expect(await terminal('mended')).toBe(
    `$ tallystick check .\n${count} invariants in ${count} policies are well-formed.\n$ echo $?\n0\n`,
  );
});
