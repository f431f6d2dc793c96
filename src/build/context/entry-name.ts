import { CopyError } from './error.ts';

/** Names that would mean something else in a layer, or that we could not write the same. */
export function checkName(path: string, name: string): void {
  if (name.startsWith('.wh.')) {
    throw new CopyError(
      'bad-name',
      `the build context holds ${path}: names beginning with .wh. mean deleted files in image layers`,
      {
        hint: 'rename it, or exclude it in .dockerignore',
      },
    );
  }
  if (name.includes('\uFFFD')) throw badName(path);
}

/** A name that Node could only read with replacement characters. */
export function badName(path: string): CopyError {
  return new CopyError('bad-name', `the build context holds ${JSON.stringify(path)}: its name is not valid UTF-8`, {
    hint: 'rename it, or exclude its folder in .dockerignore',
  });
}
