import type { ContentStore } from '../content/store.ts';
import { isIndexType, isManifestType } from '../oci/media-type.ts';
import type { Place } from './request.ts';

/** A repository that takes blobs from another one of the same registry without their being sent. */
export function mounting({ repository }: Place, from: Place): ContentStore {
  const [to, source] = [repository.reference, from.repository.reference];
  const near = to.registry === source.registry;
  return {
    fetch: (descriptor) => repository.fetch(descriptor),
    push: (descriptor, body) => repository.push(descriptor, body),
    async has(descriptor) {
      if (await repository.has(descriptor)) return true;
      const isBlob = !isManifestType(descriptor.mediaType) && !isIndexType(descriptor.mediaType);
      return near && isBlob && repository.mount(descriptor, source.repository);
    },
  };
}
