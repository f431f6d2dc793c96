import { expect, test } from '@jest/globals';
import { addressBytes, macBytes, parseSubnet } from '../../src/network/address.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('addresses of both families become their bytes', () => {
  expect(hex(addressBytes('10.1.2.255'))).toBe('0a0102ff');
  expect(hex(addressBytes('::'))).toBe('0'.repeat(32));
  expect(hex(addressBytes('::1'))).toBe(`${'0'.repeat(31)}1`);
  expect(hex(addressBytes('fd00:12::ab:1'))).toBe('fd000012000000000000000000ab0001');
  expect(hex(addressBytes('1:2:3:4:5:6:7:8'))).toBe('00010002000300040005000600070008');
  expect(hex(addressBytes('::ffff:10.0.0.1'))).toBe('00000000000000000000ffff0a000001');
});

test('a subnet is an address with a prefix length that fits', () => {
  expect(parseSubnet('10.0.0.1/24')).toEqual({ bytes: Uint8Array.of(10, 0, 0, 1), prefix: 24 });
  expect(parseSubnet('fd00::1/128').prefix).toBe(128);
  for (const wrong of ['10.0.0.1', '10.0.0.1/33', '10.0.0.1/-1', '10.0.0.1/8/8', '10.0.0/24', 'fd00::1/129', '/8', ''])
    expect(() => parseSubnet(wrong)).toThrow(expect.objectContaining({ code: 'bad-link' }));
});

test('a hardware address is six bytes', () => {
  expect(hex(macBytes('02:00:5E:00:00:ff'))).toBe('02005e0000ff');
  expect(() => macBytes('02:00:00:00:00')).toThrow(/expected a hardware address such as .* got "02:00:00:00:00"/);
});
