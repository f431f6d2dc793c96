import type { ContentStore, Fetcher } from '../content/store.js';
/** What was fetched through it. */
export declare class Meter {
    blobs: number;
    bytes: number;
    /** The same source, counted. */
    fetcher<T extends Fetcher & Partial<Pick<ContentStore, 'has'>>>(source: T): Fetcher & Partial<Pick<ContentStore, 'has'>>;
    store(source: ContentStore): ContentStore;
}
