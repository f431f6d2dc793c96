import { BuildError } from '../error.js';
import type { Op } from '../vertex.js';
import type { RunDefinition } from './run-definition.js';
import type { RunTools } from './run-tools.js';
/** RUN: a program in a container on the step's root; what it changes becomes the layer. */
export declare function runOp(run: RunDefinition, tools: RunTools): Op;
/** A mount option that this build was not allowed. */
export declare function notEntitled(what: string, entitlement: string, location: RunDefinition['location']): BuildError;
