import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the helper for this machine lies: said by CONTAINERIZE_HELPER, beside the bundle, or in the sources' `dist`. */
export function helperBinary(env: Readonly<Record<string, string | undefined>>): string {
  if (env.CONTAINERIZE_HELPER) return env.CONTAINERIZE_HELPER;
  const below = join('helper', `linux-${process.arch}`, 'containerize-helper');
  const here = dirname(fileURLToPath(import.meta.url));
  // a bundle lies in dist/ or dist/chunks/, sources in src/door/; a missing file is reported by who spawns it
  const candidates = [join(here, below), join(here, '..', below), join(here, '..', '..', 'dist', below)];
  return candidates.find((path) => existsSync(path)) ?? candidates[0]!;
}
