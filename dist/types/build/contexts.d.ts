import { type SourceLocation } from '../errors.js';
import type { Platform } from '../oci/platform.js';
import type { BaseImage, BaseImages } from './base.js';
import type { CopySource } from './context/entry.js';
import { BuildContext } from './context.js';
import type { BuildRequest } from './request.js';
import type { BuildServices } from './services.js';
/** The build context and the named ones, each opened when a step first reads from it. */
export declare class BuildContexts {
    #private;
    constructor(request: BuildRequest, services: BuildServices);
    /** The main context, or a named folder. */
    folder(name: string | undefined, location: SourceLocation): Promise<BuildContext>;
    /** Files of nowhere, for COPY that brings its own. */
    none(): CopySource;
    /** What a named context is; images are resolved. */
    named(name: string, platform: Platform, location: SourceLocation, bases: BaseImages): Promise<{
        image: BaseImage;
    } | {
        folder: true;
    }>;
    close(): Promise<void>;
}
