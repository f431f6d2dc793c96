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

const UNREADABLE = ['schema-1', 'unknown-manifest-type', 'invalid-manifest', 'invalid-image-config'];

/** Whether what is there is of a kind that this program does not read. */
export function isUnreadable(error: unknown): boolean {
  return UNREADABLE.includes(codeOf(error) ?? '');
}
