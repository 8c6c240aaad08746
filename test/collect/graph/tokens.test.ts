import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { setPace } from '../../../src/collect/graph/pace.ts';
import { keepTokens } from '../../../src/collect/graph/tokens.ts';

const signal = new AbortController().signal;
const MINUTE = 60_000;

test('fifty askers cause one sign-in, and fifty refusals one more', async () => {
  let signIns = 0;
  const fetchToken = async () => {
    await sleep(5);
    signIns++;
    return { token: `token-${signIns}`, expiresAt: 60 * MINUTE };
  };
  const tokens = keepTokens(fetchToken, () => 0, signal);
  const fifty = (ask: () => Promise<string>) => Promise.all(Array.from({ length: 50 }, ask));
  expect(new Set(await fifty(tokens.current))).toEqual(new Set(['token-1']));
  expect(new Set(await fifty(() => tokens.renew('token-1')))).toEqual(new Set(['token-2']));
  // Somebody who was refused with the old one finds the new one already there.
  expect(await tokens.renew('token-1')).toBe('token-2');
  expect(signIns).toBe(2);
});

test('a token is replaced five minutes before its end', async () => {
  let now = 0;
  let signIns = 0;
  const fetchToken = async () => ({ token: `token-${++signIns}`, expiresAt: now + 60 * MINUTE });
  const tokens = keepTokens(fetchToken, () => now, signal);
  expect(await tokens.current()).toBe('token-1');
  now = 54 * MINUTE;
  expect(await tokens.current()).toBe('token-1');
  now = 56 * MINUTE;
  expect(await tokens.current()).toBe('token-2');
});

test('a sign-in that failed is not tried over and over', async () => {
  let signIns = 0;
  const fetchToken = async () => {
    signIns++;
    throw new Error('AADSTS50034: no such tenant\nTrace ID: 1');
  };
  const tokens = keepTokens(fetchToken, () => 0, signal);
  for (let time = 0; time < 3; time++)
    await expect(tokens.current()).rejects.toMatchObject({
      why: 'sign-in',
      message: 'AADSTS50034: no such tenant Trace ID: 1',
    });
  expect(signIns).toBe(1);
});

test('no more attempts at once than allowed, and a pause stops them all', async () => {
  const pace = setPace({ parallel: 3, deadlineMs: 5000, backoffMs: 1, signal });
  let running = 0;
  let most = 0;
  const starts: number[] = [];
  const attempt = () =>
    pace.turn(async () => {
      most = Math.max(most, ++running);
      starts.push(performance.now());
      await sleep(2);
      running--;
    });
  await Promise.all(Array.from({ length: 20 }, attempt));
  expect(most).toBe(3);
  starts.length = 0;
  const begun = performance.now();
  await Promise.all([pace.pause(60, 'throttled'), ...Array.from({ length: 5 }, attempt)]);
  for (const start of starts) expect(start - begun).toBeGreaterThanOrEqual(58);
});

test('a wait past the deadline is refused at once, and does not hold up the others', async () => {
  const pace = setPace({ parallel: 1, deadlineMs: 1000, backoffMs: 1, signal });
  await expect(pace.pause(400_000, 'status 429')).rejects.toMatchObject({
    why: 'late',
    message: expect.stringMatching(/^status 429; the next try was due in 400 s/),
  });
  expect(await pace.turn(async () => 'on')).toBe('on');
});
