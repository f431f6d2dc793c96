import type { ActionsEntries } from '../../cache/actions/entries.js';
import type { ActionsSaved } from '../../cache/actions/export.js';
import type { CacheService } from '../../cache/actions/protocol.js';
import type { LayoutStore } from '../../content/layout-store.js';
import type { ContentStore } from '../../content/store.js';
import type { Descriptor } from '../../oci/descriptor.js';
import type { Digest } from '../../oci/digest.js';
import type { EngineSettings } from '../wire.js';
import type { CacheScope } from './location.js';
/** GitHub's cache service, opened when a cache is first asked of it, and closed with the build. */
export declare class ActionsCaches {
    #private;
    constructor(settings: EngineSettings);
    service(): Promise<CacheService>;
    close(): Promise<void>;
}
/** Saves a bundle within the time that it may take; a save that is cut off leaves what was there before. */
export declare function saveScope(service: CacheService, { scope, timeoutMs }: CacheScope, what: {
    bundle: Descriptor;
    from: ContentStore;
    store: LayoutStore;
    resultLayers: ReadonlySet<Digest>;
    before?: ActionsEntries | undefined;
    damaged?: ReadonlySet<string>;
    signal: AbortSignal;
}): Promise<ActionsSaved>;
