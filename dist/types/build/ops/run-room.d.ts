import type { OverlayMount } from '../../runtime/overlay.js';
import type { Spec } from '../../runtime/spec.js';
import type { Snapshot } from '../../snapshot/snapshotter.js';
import type { StepContext } from '../vertex.js';
import type { RunDefinition } from './run-definition.js';
import type { RunTools } from './run-tools.js';
/**
 * Everything around one RUN's container: the files that are mounted into it, the sockets, the caches that it holds, and
 * the mount points that had to be made. {@link clear} takes all of it away again, whatever happened in between.
 */
export declare class RunRoom {
    #private;
    /** Of the secrets that the step sees: they are masked in its output. */
    readonly secretValues: Uint8Array[];
    /** Mounted beside the container's root, as sources of binds. */
    readonly overlays: {
        mount: OverlayMount;
        target: string;
    }[];
    constructor(run: RunDefinition, tools: RunTools, step: StepContext, snapshot: Snapshot);
    /** Makes everything ready and gives the container's configuration. */
    furnish(): Promise<Spec>;
    /** Undoes everything, last first. The mount points go before the layer is made. */
    clear(): Promise<void>;
}
