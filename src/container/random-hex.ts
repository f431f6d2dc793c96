import { randomBytes } from 'node:crypto';

/** Random bytes as hex digits. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
