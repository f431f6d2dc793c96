import { type SourceLocation } from '../errors.js';
import type { Platform } from '../oci/platform.js';
import type { BaseImage } from './base.js';
import type { NamedContext } from './request.js';
import type { BuildServices } from './services.js';
/** `--build-context name=oci-layout://FOLDER[:TAG|@DIGEST]`: an image in a folder of the user's, copied into the store when it is needed. */
export declare function layoutImage(name: string, context: Extract<NamedContext, {
    kind: 'layout';
}>, platform: Platform, services: BuildServices, location: SourceLocation): Promise<BaseImage>;
