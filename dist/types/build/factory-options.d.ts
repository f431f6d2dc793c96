import type { SourceLocation } from '../errors.js';
import type { BuildContexts } from './contexts.js';
import type { ReadSource } from './graph-options.js';
import type { BuildRequest } from './request.js';
import type { Rooms } from './rooms.js';
import type { Secrets } from './secrets.js';
import type { BuildServices } from './services.js';
import type { Source, Stages } from './stages.js';
/** What the factory of steps makes them from. */
export interface StepFactoryOptions {
    request: BuildRequest;
    services: BuildServices;
    rooms: Rooms;
    contexts: BuildContexts;
    secrets: Secrets;
    stages: Stages;
}
/** Resolves what `--from=` names. */
export type Read = (source: Source, location: SourceLocation) => Promise<ReadSource>;
