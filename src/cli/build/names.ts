import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { badValue } from '../arguments.ts';

/** Whole names of -t, each once. */
export function namesOf(texts: readonly string[]): string[] {
  const names = texts.map((text) => {
    const reference = parseReference(text);
    if (reference.digest !== undefined)
      throw badValue('tag', 'a name and tag: a digest cannot be given to an image', text);
    return formatReference(withDefaultTag(reference));
  });
  return [...new Set(names)];
}
