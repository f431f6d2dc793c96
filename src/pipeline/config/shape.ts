/** What a value in `containerize.yml` may be. The validator and the JSON schema are both made from it. */
export type Shape = { readonly description: string } & (
  | { readonly kind: 'text'; readonly pattern?: string; readonly expected?: string; readonly nothing?: boolean }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly integer?: boolean }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'map'; readonly value: Shape; readonly key?: string }
  | { readonly kind: 'object'; readonly keys: Readonly<Record<string, Shape>>; readonly required?: readonly string[] }
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
);

const WORDS = {
  text: 'text',
  number: 'a number',
  flag: 'true or false',
  list: 'a list',
  map: 'keys with values',
  object: 'keys with values',
} as const;

/** For messages: `text or a list`. */
export function expectedOf(shape: Shape): string {
  if (shape.kind === 'either') return [...new Set(shape.of.map(expectedOf))].join(' or ');
  if (shape.kind === 'choice') return shape.of.join(', ');
  if (shape.kind === 'text' && shape.expected !== undefined) return shape.expected;
  return WORDS[shape.kind];
}
