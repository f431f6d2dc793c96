import type { ContentStore, Fetcher } from '../content/store.ts';

/** What was fetched through it. */
export class Meter {
  blobs = 0;
  bytes = 0;

  /** The same source, counted. */
  fetcher<T extends Fetcher & Partial<Pick<ContentStore, 'has'>>>(
    source: T,
  ): Fetcher & Partial<Pick<ContentStore, 'has'>> {
    return {
      fetch: async (descriptor) => {
        const body = await source.fetch(descriptor);
        this.blobs++;
        this.bytes += descriptor.size;
        return body;
      },
      ...(source.has === undefined ? {} : { has: (descriptor) => source.has!(descriptor) }),
    };
  }

  store(source: ContentStore): ContentStore {
    return {
      fetch: this.fetcher(source).fetch,
      has: (descriptor) => source.has(descriptor),
      push: (descriptor, body) => source.push(descriptor, body),
    };
  }
}
