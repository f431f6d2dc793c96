import type { ImageConfig } from '../../oci/image-config.ts';
import type { Platform } from '../../oci/platform.ts';
import type { BaseImage } from '../base.ts';
import { baseResult } from '../result.ts';
import type { PureOp, StepServices } from '../vertex.ts';

/** FROM image. The image was resolved while the graph was made; its layers come when a step needs them. */
export function fromOp(base: BaseImage, config: ImageConfig, services: StepServices): PureOp {
  const { content, snapshots, lazy } = services;
  return {
    kind: 'FROM',
    pure: true,
    result: () => baseResult(config, base.layers, { content, snapshots, lazy, fetchBase: base.fetchLayers }),
  };
}

/** FROM scratch. */
export function scratchOp(config: ImageConfig, services: StepServices): PureOp {
  const { content, snapshots, lazy } = services;
  return { kind: 'FROM', pure: true, result: () => baseResult(config, [], { content, snapshots, lazy }) };
}

/** The config that an empty root begins with. */
export function emptyConfig(platform: Platform): ImageConfig {
  const { os, architecture, variant } = platform;
  return {
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: { WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  };
}
