import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { guidToBytes, sidToBytes } from '../../../src/base/index.ts';
import { parseExtendedDn, plainDn } from '../../../src/collect/ad/extended-dn.ts';

const hex = (bytes: Buffer, upper: boolean) => (upper ? bytes.toString('hex').toUpperCase() : bytes.toString('hex'));
const dn = fc
  .string({ maxLength: 40 })
  .map(text => `CN=${text.replace(/[\\,+"<>;=]/g, character => `\\${character}`)},DC=corp,DC=test`);

test('both forms of GUID and SID, any case, are read; the DN stays as it is', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
      dn,
      fc.boolean(),
      fc.boolean(),
      (guid, parts, name, upper, text) => {
        const sid = `S-1-5-${parts.join('-')}`;
        const shown = text
          ? `<GUID=${upper ? guid.toUpperCase() : guid}>;<SID=${sid}>;${name}`
          : `<GUID=${hex(guidToBytes(guid), upper)}>;<SID=${hex(sidToBytes(sid), upper)}>;${name}`;
        expect(parseExtendedDn(shown)).toEqual({ guid, sid, dn: name });
        expect(plainDn(shown)).toBe(name);
        expect(parseExtendedDn(name)).toEqual({ guid: null, sid: null, dn: name });
      },
    ),
  );
});

test.each([
  '<GUID=0>;CN=a',
  '<GUID=zz000000000000000000000000000000>;CN=a',
  '<GUID=00000000-0000-0000-0000-000000000000',
  '<GUID=00000000-0000-0000-0000-000000000000>CN=a',
  '<GUID=00000000-0000-0000-0000-000000000000>;<GUID=00000000-0000-0000-0000-000000000000>;CN=a',
  '<SID=0102>;CN=a',
  `CN=${'a'.repeat(9000)}`,
])('%s is refused', text => {
  expect(parseExtendedDn(text)).toBeUndefined();
});

test('anything at all is read or refused, never thrown at', () => {
  fc.assert(
    fc.property(
      fc.string().map(text => `<GUID=${text}`),
      text => void parseExtendedDn(text),
    ),
  );
});
