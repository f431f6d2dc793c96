import { ContentError } from '../../content/content-error.ts';
import { findImage, type StoredImage } from '../../content/image-list.ts';
import type { Digest } from '../../oci/digest.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import type { Engine } from '../wire.ts';
import { chainsOf, type ImageUser, imageUsers, removeGarbage, removeUnusedSnapshots } from './garbage.ts';

export interface RemovedImage {
  untagged: string[];
  /** IDs and layers that are gone, in docker's order. */
  deleted: Digest[];
  bytes: number;
}

/**
 * docker's rules for `rmi`: a name is taken away, and the image goes with its last one; an ID means the image, unless it
 * has several names (`force` takes them all). What a container stands on is kept: `force` takes at most the name.
 */
export async function removeImage(engine: Engine, text: string, options: { force: boolean }): Promise<RemovedImage> {
  const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
  const image = await findImage(store, refs, text);
  const users = (await imageUsers(engine)).filter((user) => isUsed(image, user));
  const others = image.names.filter((name) => name !== image.name);
  if (image.name !== undefined && others.length > 0) {
    await refs.remove(image.name);
    return { untagged: [shownName(image.name)], deleted: [], bytes: 0 };
  }
  refuseInUse(text, image, users, options.force);
  if (image.name === undefined && image.names.length > 1 && !options.force) {
    throw new ContentError(
      'image-in-use',
      `cannot delete ${text}: the image has ${image.names.length} names (${image.names.map(shownName).join(', ')})`,
      {
        hint: 'remove the names one by one, or all with --force',
      },
    );
  }
  if (users.length > 0) {
    // Its containers keep the blobs; without a name it is dangling until they are gone.
    for (const name of image.names) await refs.remove(name, { keepUntagged: true });
    return { untagged: image.names.map(shownName), deleted: [], bytes: 0 };
  }
  const names = await refs.removeDigest(image.descriptor.digest);
  const garbage = await removeGarbage(engine, { only: new Set(image.blobs.keys()) });
  const unpacked = await removeUnusedSnapshots(engine, new Set(chainsOf(image)));
  const gone = new Set(garbage.removed.map(({ digest }) => digest));
  return {
    untagged: names.map(shownName),
    deleted: [
      image.id,
      ...[...image.blobs.keys()].filter((digest) => gone.has(digest) && isLayer(image, digest)).reverse(),
    ],
    bytes: garbage.bytes + unpacked,
  };
}

/** True when the container was made from this image, whatever its names are now. */
export function isUsed(image: StoredImage, user: ImageUser): boolean {
  return user.imageId === image.id || image.blobs.has(user.manifest);
}

function refuseInUse(
  text: string,
  image: StoredImage & { name?: string },
  users: readonly ImageUser[],
  force: boolean,
): void {
  const running = users.find((user) => user.running);
  const [any] = users;
  if (any === undefined || (force && !running) || (force && image.name !== undefined)) return;
  const user = running ?? any;
  throw new ContentError(
    'image-in-use',
    `cannot remove ${text}: ${running ? 'running' : 'stopped'} container ${user.container.slice(0, 12)} (${user.name}) uses it`,
    {
      hint: running
        ? `stop it first: containerize stop ${user.name}`
        : `remove it first: containerize rm ${user.name}; or take only the name away with --force`,
    },
  );
}

function isLayer(image: StoredImage, digest: Digest): boolean {
  return image.variants.some(({ image: variant }) =>
    variant.layers.some((layer) => layer.descriptor.digest === digest),
  );
}

/** A name in the short form that users write. */
export function shownName(name: string): string {
  try {
    return familiarReference(parseReference(name));
  } catch {
    return name;
  }
}
