import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf } from '../errors.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { ActionError } from './error.ts';

/**
 * What the jobs of a matrix pushed: digests, names with a digest, or folders whose files are named after digests (what
 * actions/download-artifact brings together).
 */
export async function readDigests(items: readonly string[], workspace: string): Promise<Digest[]> {
  const found: Digest[] = [];
  for (const item of items) {
    const text = item.slice(item.indexOf('@') + 1);
    if (isDigest(text)) {
      found.push(text);
      continue;
    }
    let names: string[];
    try {
      names = await readdir(resolve(workspace, item));
    } catch (error) {
      throw new ActionError(
        'bad-input',
        `input digests: expected a digest or a folder, found "${item.slice(0, 120)}"${codeOf(error) === 'ENOENT' ? '' : ` (${codeOf(error)})`}`,
        { hint: 'for example digests: ${{ needs.build.outputs.digest }}' },
      );
    }
    for (const name of names.sort()) {
      const digest = /^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : name.replace(/^sha256[-_]/, 'sha256:');
      if (isDigest(digest)) found.push(digest);
    }
  }
  return [...new Set(found)];
}
