import type { Op } from '../vertex.js';
import { type CopyStep } from './copy-step.js';
export type { CopyStep } from './copy-step.js';
/** The operation of a COPY. Throws at once for what is wrong whatever the files are. */
export declare function copyOp(step: CopyStep): Op;
