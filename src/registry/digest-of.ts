import { codeOf } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Repository } from './repository.ts';

/** What a tag names, undefined when it is not there. */
export async function digestOf(
  repository: Repository,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<Digest | undefined> {
  try {
    return (await repository.resolve(tag, { signal })).digest;
  } catch (error) {
    if (codeOf(error) === 'not-found') return undefined;
    throw error;
  }
}
