/** What ends waiting: a reader that is gone must not hold anybody up. */
const ENDS = ['drain', 'close', 'error'] as const;
type End = (typeof ENDS)[number];

/** What of a stream tells how much waits in it. */
interface Waiting {
  writableLength?: number;
  once?(event: End, listener: () => void): unknown;
  off?(event: End, listener: () => void): unknown;
}

/** Bytes that may wait in a stream before those who write are asked to wait. */
const MOST = 1024 * 1024;
const waits = new WeakMap<object, Promise<void>>();

/**
 * When a stream can take more; undefined: now. A program that writes faster than its output is read would else fill the
 * memory: it waits in its own pipe instead.
 */
export function roomFor(out: object): Promise<void> | undefined {
  const stream = out as Waiting;
  if ((stream.writableLength ?? 0) < MOST || stream.once === undefined) return undefined;
  const known = waits.get(out);
  if (known !== undefined) return known;
  const wait = new Promise<void>((resolve) => {
    const end = (): void => {
      for (const event of ENDS) stream.off?.(event, end);
      waits.delete(out);
      resolve();
    };
    for (const event of ENDS) stream.once!(event, end);
  });
  waits.set(out, wait);
  return wait;
}
