import type { Dockerfile, Stage } from '../dockerfile/instruction.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type AssembledImage } from './assemble.js';
import type { BuildRequest } from './request.js';
import type { BuildServices } from './services.js';
import type { StepResult } from './vertex.js';
export interface BuildResult {
    /** The image, or the index over several platforms, in the store. */
    descriptor: Descriptor;
    images: readonly (AssembledImage & {
        result: StepResult;
    })[];
    dockerfile: Dockerfile;
    target: Stage;
    /** SOURCE_DATE_EPOCH in force: the request's, else the Dockerfile's own. */
    epoch: number | undefined;
}
/** Builds what the request says. The image's manifests are in the store; its layers are unless they are a base image's that no step needed. */
export declare function build(given: BuildRequest, services: BuildServices): Promise<BuildResult>;
