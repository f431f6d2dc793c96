import { Slots } from '../content/slots.ts';

/**
 * Runs `work` for each item, at most `parallel` at once. The first failure stops the others through their signal; nothing
 * runs on when the caller hears of it.
 */
export async function allOrNothing<T>(
  items: readonly T[],
  options: { parallel: number; signal?: AbortSignal | undefined },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const slots = new Slots(options.parallel);
  let failure: { error: unknown } | undefined;
  const one = async (item: T): Promise<void> => {
    signal.throwIfAborted();
    await work(item, signal);
  };
  await Promise.all(
    items.map((item) =>
      slots
        .run(() => one(item))
        .catch((error: unknown) => {
          failure ??= { error };
          stop.abort(error);
        }),
    ),
  );
  if (failure !== undefined) throw failure.error;
}
