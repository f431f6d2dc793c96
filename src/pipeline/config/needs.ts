import { didYouMean, type SourceLocation } from '../../errors.ts';
import { ConfigError } from './error.ts';

/** An image needs another one of the same file. */
export interface ImageUse {
  /** Key of the other. */
  image: string;
  /** What the Dockerfile calls it; absent: only the order counts (`depends_on`). */
  context?: string;
  place?: SourceLocation;
}

/** As much of an image as the order takes. */
interface Needing {
  key?: string;
  uses: readonly ImageUse[];
}

const IMAGE = 'image:';

/** Takes `NAME=image:KEY` out of the contexts, and adds what `depends_on` names. `prefix` is the image's path in the file. */
export function usesOf(
  contexts: readonly string[],
  dependsOn: readonly string[],
  places: ReadonlyMap<string, SourceLocation>,
  prefix: string,
): { uses: ImageUse[]; contexts: string[] } {
  const at = (...paths: string[]): { place?: SourceLocation } => {
    const place = paths.map((path) => places.get(`${prefix}${path}`)).find((found) => found !== undefined);
    return place === undefined ? {} : { place };
  };
  const uses: ImageUse[] = [];
  const rest: string[] = [];
  for (const [i, pair] of contexts.entries()) {
    const equals = pair.indexOf('=');
    const [name, source] = [pair.slice(0, equals), pair.slice(equals + 1)];
    if (equals <= 0 || !source.startsWith(IMAGE)) {
      rest.push(pair);
      continue;
    }
    const path = 'build.additional_contexts';
    uses.push({ image: source.slice(IMAGE.length), context: name, ...at(`${path}.${name}`, `${path}[${i}]`) });
  }
  for (const [i, image] of dependsOn.entries()) uses.push({ image, ...at(`depends_on[${i}]`, 'depends_on') });
  return { uses, contexts: rest };
}

/** Every image that is needed is there, and none needs itself in the end. @throws ConfigError */
export function checkNeeds(images: readonly Needing[]): void {
  const byKey = new Map(images.flatMap((image) => (image.key === undefined ? [] : [[image.key, image] as const])));
  for (const { uses } of images)
    for (const { image, place } of uses)
      if (!byKey.has(image))
        throw new ConfigError('unknown-image', `there is no image ${image || '""'}${didYouMean(image, byKey.keys())}`, {
          location: place,
          hint:
            byKey.size === 0
              ? 'image:NAME names another one of images, and this file has one image only'
              : `images has ${[...byKey.keys()].join(', ')}`,
        });
  const done = new Set<string>();
  const visit = (key: string, way: readonly string[]): void => {
    if (done.has(key)) return;
    for (const { image, place } of byKey.get(key)!.uses) {
      const at = [...way, key].indexOf(image);
      if (at >= 0)
        throw new ConfigError('cycle', `images need each other: ${[...way, key].slice(at).join(' → ')} → ${image}`, {
          location: place,
          hint: 'one of them must be built first: take one of these needs away',
        });
      visit(image, [...way, key]);
    }
    done.add(key);
  };
  for (const key of byKey.keys()) visit(key, []);
}

/** An image and all that it needs, however far. */
export function withNeeds(keys: Iterable<string>, images: readonly Needing[]): Set<string> {
  const all = new Set(keys);
  for (const key of all) for (const { image } of images.find((one) => one.key === key)?.uses ?? []) all.add(image);
  return all;
}
