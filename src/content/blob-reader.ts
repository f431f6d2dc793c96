import { closeSync, createReadStream, fstatSync, readFileSync } from 'node:fs';
import { finished, Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.ts';
import { ContentError } from './content-error.ts';
import { digesterFor, mismatch, VerifiedStream } from './verified-stream.ts';

/** Up to this size a blob is read at once, without Node's threads, which cost more than the reading; above it is streamed. */
export const SMALL = 128 * 1024;

/** What is read of a large one at once. */
const CHUNK = 512 * 1024;

/** The bytes of an open file, which fail where they are not the blob's. `onDamage` gives the error to fail with. */
export async function verifiedBlob(
  file: number,
  path: string,
  descriptor: Descriptor,
  onDamage: (error: ContentError) => Promise<ContentError>,
): Promise<Readable> {
  checkSize(file, path, descriptor);
  if (descriptor.size <= SMALL) {
    try {
      const bytes = readFileSync(file);
      const digester = digesterFor(descriptor);
      digester.update(bytes);
      const wrong = mismatch(descriptor, digester, path);
      if (wrong) throw await onDamage(wrong);
      return Readable.from([bytes], { objectMode: false });
    } finally {
      closeSync(file);
    }
  }
  const source = createReadStream('', { fd: file, highWaterMark: CHUNK });
  const verified = new VerifiedStream(descriptor, path, onDamage);
  source.on('error', (error) => verified.destroy(error));
  finished(verified, () => source.destroy());
  return source.pipe(verified);
}

/** The bytes of an open file that has the blob's size. */
export function uncheckedBlob(file: number, path: string, descriptor: Descriptor): Readable {
  checkSize(file, path, descriptor);
  return createReadStream('', { fd: file, highWaterMark: CHUNK });
}

function checkSize(file: number, path: string, descriptor: Descriptor): void {
  const { size } = fstatSync(file);
  if (size === descriptor.size) return;
  closeSync(file);
  throw new ContentError('size-mismatch', `${path}: expected ${descriptor.size} bytes, found ${size}`);
}
