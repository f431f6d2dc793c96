import { isIPv4, isIPv6 } from 'node:net';
import { NetworkError } from './network-error.ts';

/** The bytes of an IPv4 or IPv6 address: 4 or 16. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  if (isIPv6(address) && !address.includes('%')) return v6Bytes(address);
  throw new NetworkError('bad-link', `expected an IPv4 or IPv6 address, got "${address}"`);
}

/** `10.0.0.1/24` → its address and prefix length. */
export function parseSubnet(text: string): { bytes: Uint8Array; prefix: number } {
  const [address = '', length, ...rest] = text.split('/');
  const bytes = addressBytes(address);
  if (rest.length > 0 || length === undefined || !/^\d{1,3}$/.test(length) || Number(length) > bytes.length * 8) {
    throw new NetworkError(
      'bad-link',
      `expected an address and a prefix length up to ${bytes.length * 8}, such as ${address}/${bytes.length * 6}, got "${text}"`,
    );
  }
  return { bytes, prefix: Number(length) };
}

/** `02:00:00:00:00:01` → six bytes. */
export function macBytes(mac: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) {
    throw new NetworkError('bad-link', `expected a hardware address such as 02:00:00:00:00:01, got "${mac}"`);
  }
  return Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16));
}

function v6Bytes(address: string): Uint8Array {
  // The last two groups may be written as IPv4.
  const text = address.replace(/\d+\.\d+\.\d+\.\d+$/, (v4) => {
    const [a = 0, b = 0, c = 0, d = 0] = addressBytes(v4);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((g) => Number.parseInt(g, 16)));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}
