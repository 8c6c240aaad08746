import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { atLeast, findMirror, MODERN, OLDEST, parseVersion } from './install.ts';

const version = fc.record({ major: fc.nat(9), minor: fc.nat(40) });

test('versions are read as Samba prints them, and nothing else is taken for one', () => {
  fc.assert(
    fc.property(version, fc.nat(20), ({ major, minor }, patch) => {
      expect(parseVersion(`Version ${major}.${minor}.${patch}-Debian-${major}.${minor}.${patch}+dfsg\n`)).toEqual({
        major,
        minor,
      });
    }),
  );
  expect(parseVersion('samba: command not found')).toBeUndefined();
});

test('versions are ordered by their numbers, not by their text', () => {
  const number = (v: { major: number; minor: number }) => v.major * 1000 + v.minor;
  fc.assert(
    fc.property(version, version, (one, other) => expect(atLeast(one, other)).toBe(number(one) >= number(other))),
  );
  expect(atLeast(MODERN, OLDEST)).toBe(true);
});

test('the mirror of the machine is found in both notations', () => {
  const oneLine =
    'deb [arch=amd64 signed-by=/k.gpg] https://vendor.test/apt bookworm-extra main\ndeb https://packages.test/d bookworm main\n';
  const deb822 = 'Types: deb\nURIs: https://packages.test/d\nSuites: bookworm bookworm-updates\nComponents: main\n';
  const security = 'Types: deb\nURIs: https://packages.test/security\nSuites: bookworm-security\nComponents: main\n\n';

  expect(findMirror(oneLine, 'bookworm')).toBe('https://packages.test/d');
  expect(findMirror(security + deb822, 'bookworm')).toBe('https://packages.test/d');
  expect(findMirror(security, 'bookworm')).toBeUndefined();
  expect(findMirror('deb https://vendor.test/apt stable main\n', 'bookworm')).toBeUndefined();
});
