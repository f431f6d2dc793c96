import { readFileSync } from 'node:fs';

/** Put in by the bundler; sources that run directly read the package's own file. */
declare const CONTAINERIZE_VERSION: string | undefined;

/** This program's version. */
export const version: string = typeof CONTAINERIZE_VERSION === 'string' ? CONTAINERIZE_VERSION : versionOfSources();

function versionOfSources(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
