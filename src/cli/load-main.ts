/** Loads the command line from its sources; in `dist/` load-bundle.ts stands in its place. */
export function loadMain(_cache: string | undefined): Promise<typeof import('./main.ts')> {
  return import('./main.ts');
}
