import { ContainerizeError } from '../errors.ts';
import { DEFAULT_REGISTRY, parseReference } from '../oci/reference.ts';

export class ServerNameError extends ContainerizeError<'invalid-registry'> {}

/** The registry that a user means by `SERVER` of login and logout: schemes and paths are common, Docker Hub has many names. */
export function parseServerName(text: string | undefined): string {
  if (text === undefined || text === '') return DEFAULT_REGISTRY;
  const host = text.replace(/^https?:\/\//i, '').split('/')[0]!;
  if (['docker.io', 'index.docker.io', 'registry-1.docker.io', 'hub.docker.com'].includes(host))
    return DEFAULT_REGISTRY;
  try {
    // A host is what may stand before a repository; a first part without dot or port would be read as a repository.
    const { registry } = parseReference(/[.:]|^localhost$/.test(host) ? `${host}/x` : `${host}:443/x`);
    return host === registry || `${host}:443` === registry ? host : registry;
  } catch (error) {
    throw new ServerNameError('invalid-registry', `"${text}" is not the name of a registry`, {
      cause: error,
      hint: 'expected something like ghcr.io or registry.example:5000',
    });
  }
}
