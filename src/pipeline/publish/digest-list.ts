import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ContainerizeError, codeOf } from '../../errors.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';

export class DigestListError extends ContainerizeError<'bad-input'> {}

/**
 * What the jobs of a matrix pushed: digests, names with a digest, or folders whose files are named after digests (what
 * actions/download-artifact brings together). `what` names the list in errors. @throws DigestListError
 */
export async function readDigests(items: readonly string[], folder: string, what: string): Promise<Digest[]> {
  const found: Digest[] = [];
  for (const item of items) {
    const text = item.slice(item.indexOf('@') + 1);
    if (isDigest(text)) {
      found.push(text);
      continue;
    }
    let names: string[];
    try {
      names = await readdir(resolve(folder, item));
    } catch (error) {
      throw new DigestListError(
        'bad-input',
        `${what}: expected a digest or a folder, found "${item.slice(0, 120)}"${codeOf(error) === 'ENOENT' ? '' : ` (${codeOf(error)})`}`,
        { hint: 'give what each job of the matrix said its digest is, or a folder with files of those names' },
      );
    }
    for (const name of names.sort()) {
      const digest = /^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : name.replace(/^sha256[-_]/, 'sha256:');
      if (isDigest(digest)) found.push(digest);
    }
  }
  return [...new Set(found)];
}
