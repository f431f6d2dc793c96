/** Masks of 64 bits do not fit into a number: they become bigint, so that no bit of a filter is lost. */
export function parseJson(json: string): unknown {
  if (!/\d{16}/.test(json)) return JSON.parse(json);
  const exact = (key: string, value: unknown, context?: { source?: string }): unknown =>
    (key === 'value' || key === 'valueTwo') && typeof value === 'number' && /^\d{16,20}$/.test(context?.source ?? '')
      ? BigInt(context!.source!)
      : value;
  return JSON.parse(json, exact);
}
