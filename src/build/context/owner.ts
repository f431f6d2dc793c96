import { resolveUser } from '../../container/user.ts';
import { messageOf } from '../../errors.ts';
import { CopyError } from './error.ts';
import type { Owner } from './plan.ts';
import type { SourceText } from './select.ts';

/** Can `--chown` be understood without looking into the image? */
export function isNumericOwner(text: string): boolean {
  return /^\d+(:\d+)?$/.test(text);
}

/**
 * `--chown=USER[:GROUP]`: names are looked up in the image's files, a number without a group is the group's number too,
 * a name without a group has that user's own. A name that is not there is an error: taking root for it would hide it.
 */
export async function resolveOwner(
  chown: SourceText,
  accounts: () => Promise<{ passwd: string | undefined; group: string | undefined }>,
): Promise<Owner> {
  const [user = '', group] = chown.text.split(':');
  if (chown.text === '' || user === '') throw invalid(chown, 'expected USER, UID, USER:GROUP or UID:GID');
  const text = group === undefined && /^\d+$/.test(user) ? `${user}:${user}` : chown.text;
  const files = isNumericOwner(text) ? { passwd: undefined, group: undefined } : await accounts();
  try {
    const { uid, gid } = resolveUser(files, text);
    return { uid, gid };
  } catch (error) {
    throw invalid(chown, messageOf(error).replace(/^user: /, ''), error);
  }
}

function invalid(chown: SourceText, why: string, cause?: unknown): CopyError {
  return new CopyError('unknown-user', `invalid --chown ${JSON.stringify(chown.text)}: ${why}`, {
    cause,
    location: chown.location,
    hint: 'use numbers, or make the user in a RUN before',
  });
}
