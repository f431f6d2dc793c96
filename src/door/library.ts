import { Containerize } from '../pipeline/api.ts';
import { openEngine } from '../pipeline/wire.ts';
import { engineSettings, readEnvironment } from './environment.ts';
import { isInitialRoot, isNamespaceRoot, noPrivileges } from './privilege.ts';

export interface OpenOptions {
  /** Where images, layers, containers and caches are kept; default as the command line's. */
  root?: string;
  /** Where state of this boot is kept. */
  run?: string;
}

/**
 * Opens the engine for this process, with the environment's settings (CONTAINERIZE_ROOT, proxies, docker's credentials).
 * The library never starts its caller again under sudo or in a user namespace: without the privileges it throws.
 */
export async function openContainerize(options: OpenOptions = {}): Promise<Containerize> {
  const rootless = isNamespaceRoot();
  if (!rootless && !isInitialRoot()) {
    throw noPrivileges([
      { rung: 'root', reason: 'this process is not root, and a library does not start its caller again' },
    ]);
  }
  // without `self`: it would name the caller's own script
  const { self: _, ...settings } = engineSettings(readEnvironment(), options, { rootless });
  return new Containerize(await openEngine(settings));
}
