import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { ContainerizeError } from '../errors.ts';

/**
 * A content identifier `sha256:<64 hex>` or `sha512:<128 hex>`; made only by {@link parseDigest}, {@link sha256} and
 * {@link Digester}. OCI image-spec, descriptor.md § Digests.
 */
export type Digest = string & { readonly __digest: unique symbol };

export class DigestError extends ContainerizeError<'invalid-digest'> {}

const LENGTHS: Record<string, number> = { sha256: 64, sha512: 128 };

export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(':');
  const length = LENGTHS[text.slice(0, colon)];
  return length !== undefined && text.length === colon + 1 + length && /^[0-9a-f]+$/.test(text.slice(colon + 1));
}

export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new DigestError(
      'invalid-digest',
      `expected a digest such as sha256:<64 lower-case hex digits>, found "${text.slice(0, 160)}"`,
    );
  }
  return text;
}

export function sha256(content: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest;
}

/** `sha256` of `sha256:<hex>`. */
export function digestAlgorithm(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'));
}

/** `<hex>` of `sha256:<hex>`. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** Counts and digests bytes as they pass; use `update` by hand, or put {@link Digester.stream} into a pipeline. */
export class Digester {
  readonly #hash: Hash;
  readonly #algorithm: string;
  #size = 0;
  #digest: Digest | undefined;

  constructor(algorithm: 'sha256' | 'sha512' = 'sha256') {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(chunk: Uint8Array | string): void {
    this.#hash.update(chunk);
    this.#size += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
  }

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  /** The digest of everything seen; no update may follow. */
  digest(): Digest {
    this.#digest ??= `${this.#algorithm}:${this.#hash.digest('hex')}` as Digest;
    return this.#digest;
  }

  /** A pass-through stream that feeds this digester. */
  stream(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
        this.update(chunk);
        done(null, chunk);
      },
    });
  }
}
