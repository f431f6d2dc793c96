import type { SourceLocation } from '../errors.ts';
import type { BuildContexts } from './contexts.ts';
import type { ReadSource } from './graph-options.ts';
import type { BuildRequest } from './request.ts';
import type { Rooms } from './rooms.ts';
import type { Secrets } from './secrets.ts';
import type { BuildServices } from './services.ts';
import type { Source, Stages } from './stages.ts';

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
