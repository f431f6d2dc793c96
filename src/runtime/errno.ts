import { constants } from 'node:os';

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// Node calls 11 EWOULDBLOCK or EAGAIN, whichever comes last; people know it as EAGAIN.
names.set(constants.errno.EAGAIN, 'EAGAIN');

/** `EPERM` for 1, …; the number itself when it has no name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}
