import { ContainerizeError, messageOf } from '../errors.ts';
import { HelperError } from '../runtime/helper.ts';

export type LayerErrorCode =
  | 'bad-layer' // the tar inside is damaged, truncated, or holds what no layer may hold
  | 'bad-compression' // gzip or zstd data that ends early or is damaged
  | 'diff-id-mismatch' // the tar is not the one that the image's config names
  | 'layer-too-large'
  | 'disk-full'
  | 'owner-not-mapped' // an owner that has no number in this user namespace
  | 'tree-failed'; // an operation inside a root failed

/** What went wrong with a layer, or inside a root filesystem. */
export class LayerError extends ContainerizeError<LayerErrorCode> {
  /** `ENOENT`, … when a system call failed inside a root. */
  readonly errnoName: string | undefined;

  constructor(
    code: LayerErrorCode,
    message: string,
    details: { cause?: unknown; hint?: string; errnoName?: string | undefined } = {},
  ) {
    super(code, message, details);
    this.errnoName = details.errnoName;
  }
}

/** The layer's own error behind what the helper said, or what it said. `doing` is such as `unpack sha256:…`. */
export function layerError(error: unknown, doing: string): unknown {
  if (!(error instanceof HelperError)) return error;
  const details = { cause: error, errnoName: error.errnoName };
  if (error.code === 'bad-input') return new LayerError('bad-layer', `${doing}: ${messageOf(error)}`, details);
  if (error.errnoName === 'ENOSPC' || error.errnoName === 'EDQUOT') {
    return new LayerError('disk-full', `${doing}: no space left for ${error.object ?? 'it'}`, {
      ...details,
      hint: 'free some space, for example with `containerize system prune`, or choose another --root',
    });
  }
  if (error.errnoName === 'EINVAL' && /^f?chown/.test(error.call ?? '')) {
    return new LayerError('owner-not-mapped', `${doing}: the owner of ${error.object} has no number here`, {
      ...details,
      hint: 'give this user more ids in /etc/subuid and /etc/subgid (65536 at least), or run as root',
    });
  }
  return error;
}
