import type { ContainerBase } from '../container/create.ts';
import { ContentError } from '../content/content-error.ts';
import { loadImage } from '../content/image.ts';
import { findImageIfThere } from '../content/image-list.ts';
import { choosePlatform, formatPlatform, type Platform } from '../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Progress } from '../progress.ts';
import type { Engine } from './wire.ts';

export interface BaseOptions {
  platform?: Platform | undefined;
  /** Default: `missing`. */
  pull?: 'always' | 'missing' | 'never' | undefined;
  progress?: Progress | undefined;
  signal?: AbortSignal | undefined;
  /** Called before a pull begins. */
  onPull?: () => void;
}

/**
 * The image for a new container: from the store, by name or ID; from its registry when it is not there, or when it is
 * there for another platform than asked. The caller holds a lease, so that a prune does not take it away meanwhile.
 */
export async function containerBase(engine: Engine, name: string, options: BaseOptions = {}): Promise<ContainerBase> {
  const pull = options.pull ?? 'missing';
  if (pull !== 'always') {
    const found = await fromStore(engine, name, options.platform);
    if (found !== undefined) return found;
    if (pull === 'never' || isId(name)) {
      const wanted = options.platform === undefined ? '' : ` for ${formatPlatform(options.platform)}`;
      throw new ContentError('no-such-image', `no such image${wanted} in the store: ${name}`, {
        hint: isId(name) ? 'containerize images lists what is there' : `get it with containerize pull ${name}`,
      });
    }
  }
  options.onPull?.();
  const reference = withDefaultTag(parseReference(name));
  const [{ pullImage }, client, store, refs, sources] = await Promise.all([
    import('../registry/pull.ts'),
    engine.registry(),
    engine.content(),
    engine.refs(),
    engine.registrySources(),
  ]);
  const image = await pullImage(client, reference, store, {
    platform: options.platform,
    progress: options.progress,
    signal: options.signal,
    sources,
  });
  await refs.set(formatReference(reference), image.descriptor);
  return { name, loaded: await loadImage(image, options.platform), content: store };
}

async function fromStore(
  engine: Engine,
  name: string,
  platform: Platform | undefined,
): Promise<ContainerBase | undefined> {
  const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
  const descriptor = isId(name) ? undefined : await refs.get(formatReference(withDefaultTag(parseReference(name))));
  try {
    // the usual case reads index.json, one manifest and one config
    if (descriptor !== undefined && platform === undefined) {
      return { name, loaded: await loadImage({ descriptor, content: store }), content: store };
    }
  } catch (error) {
    if (!(error instanceof ContentError) || error.code !== 'no-such-platform') throw error;
  }
  const image = await findImageIfThere(store, refs, name);
  if (image === undefined) return undefined;
  if (platform === undefined) return image.variants[0] && { name, loaded: image.variants[0].image, content: store };
  const variant = choosePlatform(image.variants, platform);
  return variant && { name, loaded: variant.image, content: store };
}

function isId(name: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{64}$/.test(name);
}
