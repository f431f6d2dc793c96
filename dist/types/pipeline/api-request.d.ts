import type { BuildRequest } from '../build/request.js';
import type { BuildOptions } from './api-types.js';
/** What the library was asked to build, as the builder wants it. */
export declare function requestOf(options: BuildOptions): Promise<BuildRequest>;
