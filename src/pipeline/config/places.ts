import type { SourceLocation } from '../../errors.ts';
import { type Plain, pairsOf } from './values.ts';

/** Where the lines of an image's lists are in the file, in their order. */
export interface LinePlaces {
  images: readonly (SourceLocation | undefined)[];
  tags: readonly (SourceLocation | undefined)[];
  flavor: readonly (SourceLocation | undefined)[];
  labels: readonly (SourceLocation | undefined)[];
  annotations: readonly (SourceLocation | undefined)[];
}

/** `above`: what counts for all images, `prefix`: where this one is. */
export function linePlaces(
  own: Plain,
  above: Plain,
  places: ReadonlyMap<string, SourceLocation>,
  prefix: string,
): LinePlaces {
  const of = (name: string): (SourceLocation | undefined)[] => {
    const value = own[name] ?? above[name];
    const path = own[name] === undefined ? name : `${prefix}${name}`;
    if (value === undefined) return [];
    if (typeof value === 'string') return [places.get(path)];
    if (Array.isArray(value)) return value.map((_, i) => places.get(`${path}[${i}]`));
    return pairsOf(value).map((pair) => places.get(`${path}.${pair.split('=')[0]}`));
  };
  return {
    images: of('image'),
    tags: of('tags'),
    flavor: of('flavor'),
    labels: of('labels'),
    annotations: of('annotations'),
  };
}
