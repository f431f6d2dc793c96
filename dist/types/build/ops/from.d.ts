import type { ImageConfig } from '../../oci/image-config.js';
import type { Platform } from '../../oci/platform.js';
import type { BaseImage } from '../base.js';
import type { PureOp, StepServices } from '../vertex.js';
/** FROM image. The image was resolved while the graph was made; its layers come when a step needs them. */
export declare function fromOp(base: BaseImage, config: ImageConfig, services: StepServices): PureOp;
/** FROM scratch. */
export declare function scratchOp(config: ImageConfig, services: StepServices): PureOp;
/** The config that an empty root begins with. */
export declare function emptyConfig(platform: Platform): ImageConfig;
