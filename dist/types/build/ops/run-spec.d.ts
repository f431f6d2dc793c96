import { type ResolvedUser } from '../../container/spec.js';
import type { Mount, Spec } from '../../runtime/spec.js';
import type { RunDefinition } from './run-definition.js';
import type { RunTools } from './run-tools.js';
/** The configuration of a step's container. */
export declare function runSpec(run: RunDefinition, { limits, ulimits, shmSize }: RunTools, mounts: readonly Mount[], user: ResolvedUser, rootless: boolean, secrets?: readonly string[]): Spec;
