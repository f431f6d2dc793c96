import { randomBytes } from 'node:crypto';
import type { BuildResult } from '../../build/build.ts';
import type { Digest } from '../../oci/digest.ts';
import { isIndexType } from '../../oci/media-type.ts';
import { hostPlatform, samePlatform } from '../../oci/platform.ts';

/** docker's image ID: the config's digest, of this machine's platform when there are several. */
export function imageId(result: BuildResult): Digest {
  const own = result.images.find(({ platform }) => samePlatform(platform, hostPlatform())) ?? result.images[0]!;
  return own.configDescriptor.digest;
}

/** What `--metadata-file` holds, under buildx's keys. */
export function metadataOf(result: BuildResult, names: readonly string[]): Record<string, unknown> {
  const { descriptor, images } = result;
  const annotations = images.length === 1 ? { 'config.digest': images[0]!.configDescriptor.digest } : undefined;
  return {
    'buildx.build.ref': `containerize/containerize/${randomBytes(12).toString('hex')}`,
    ...(isIndexType(descriptor.mediaType)
      ? {}
      : { 'containerimage.config.digest': images[0]!.configDescriptor.digest }),
    'containerimage.descriptor': {
      ...descriptor,
      ...(annotations === undefined || isIndexType(descriptor.mediaType)
        ? {}
        : { annotations: { ...descriptor.annotations, ...annotations }, platform: images[0]!.platform }),
    },
    'containerimage.digest': descriptor.digest,
    ...(names.length === 0 ? {} : { 'image.name': names.join(',') }),
  };
}
