import type { CommandEntry } from '../../command.ts';

/** Images of the store. */
export const IMAGES: readonly CommandEntry[] = [
  {
    name: 'images',
    summary: 'List the images of the store',
    aliases: ['image ls', 'image list'],
    group: 'Images',
    load: () => import('../images.ts'),
  },
  {
    name: 'rmi',
    summary: 'Remove images',
    aliases: ['image rm', 'image remove'],
    group: 'Images',
    load: () => import('../rmi.ts'),
  },
  {
    name: 'tag',
    summary: 'Give an image another name',
    aliases: ['image tag'],
    group: 'Images',
    load: () => import('../tag.ts'),
  },
  {
    name: 'history',
    summary: 'Show how an image was made, newest step first',
    aliases: ['image history'],
    group: 'Images',
    load: () => import('../history.ts'),
  },
  {
    name: 'save',
    summary: 'Write images to a tar archive',
    aliases: ['image save'],
    group: 'Images',
    load: () => import('../save.ts'),
  },
  {
    name: 'load',
    summary: 'Read images from a tar archive',
    aliases: ['image load'],
    group: 'Images',
    load: () => import('../load.ts'),
  },
  {
    name: 'import',
    summary: 'Make an image from the tar of a root file system',
    aliases: ['image import'],
    group: 'Images',
    load: () => import('../import.ts'),
  },
  {
    name: 'image inspect',
    summary: 'Show everything about images',
    group: 'Images',
    load: () => import('../image-inspect.ts'),
  },
  {
    name: 'image prune',
    summary: 'Remove images that nobody uses',
    group: 'Images',
    load: () => import('../image-prune.ts'),
  },
];
