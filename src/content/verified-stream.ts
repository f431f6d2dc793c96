import { Transform, type TransformCallback } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.ts';
import { Digester, digestAlgorithm } from '../oci/digest.ts';
import { ContentError } from './content-error.ts';

/**
 * Passes a blob's bytes on and checks them against its descriptor: fails as soon as there are more bytes than
 * announced (an endless body ends here), and at the end when size or digest differ. The last bytes may have been
 * passed on by then: who reads must not believe them before the end.
 */
export class VerifiedStream extends Transform {
  readonly #descriptor: Descriptor;
  readonly #digester: Digester;
  readonly #where: string;
  readonly #onDamage: ((error: ContentError) => Promise<ContentError>) | undefined;

  /**
   * `where` tells in errors what was read: a file, a URL without secrets. `onDamage` is awaited before the stream fails
   * because of what it read, and gives the error to fail with.
   */
  constructor(descriptor: Descriptor, where: string, onDamage?: (error: ContentError) => Promise<ContentError>) {
    super({ readableHighWaterMark: 1 << 19, writableHighWaterMark: 1 << 19 });
    this.#descriptor = descriptor;
    this.#digester = digesterFor(descriptor);
    this.#where = where;
    this.#onDamage = onDamage;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#digester.update(chunk);
    if (this.#digester.size > this.#descriptor.size)
      done(sizeMismatch(this.#descriptor, this.#digester.size, this.#where));
    else done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const wrong = mismatch(this.#descriptor, this.#digester, this.#where);
    if (wrong === null || this.#onDamage === undefined) done(wrong);
    else this.#onDamage(wrong).then(done, done);
  }
}

export function digesterFor(descriptor: Descriptor): Digester {
  return new Digester(digestAlgorithm(descriptor.digest) === 'sha512' ? 'sha512' : 'sha256');
}

/** What is wrong with a blob whose bytes went through `digester`, or null. */
export function mismatch(descriptor: Descriptor, digester: Digester, where: string): ContentError | null {
  if (digester.size !== descriptor.size) return sizeMismatch(descriptor, digester.size, where);
  const found = digester.digest();
  if (found === descriptor.digest) return null;
  return new ContentError('digest-mismatch', `${where}: expected digest ${descriptor.digest}, found ${found}`);
}

function sizeMismatch(descriptor: Descriptor, found: number, where: string): ContentError {
  const count = found > descriptor.size ? `at least ${found}` : `${found}`;
  return new ContentError(
    'size-mismatch',
    `${where}: expected ${descriptor.size} bytes of ${descriptor.digest}, found ${count}`,
  );
}
