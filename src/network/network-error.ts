import { ContainerizeError, messageOf } from '../errors.ts';
import { HelperError } from '../runtime/helper.ts';

export type NetworkErrorCode =
  | 'bad-link' // a name, an address or a number that no link can have
  | 'exists' // something of this name is there already
  | 'not-found' // no such link, address, route or namespace
  | 'not-allowed' // our rights do not reach so far
  | 'network-failed'; // any other refusal of the kernel

/** Why a network could not be made or changed. */
export class NetworkError extends ContainerizeError<NetworkErrorCode> {}

const codes: Record<string, NetworkErrorCode> = {
  EEXIST: 'exists',
  ENODEV: 'not-found',
  ENOENT: 'not-found',
  ESRCH: 'not-found',
  EADDRNOTAVAIL: 'not-found',
  EPERM: 'not-allowed',
  EACCES: 'not-allowed',
};

/** The network's own error behind what the helper said, or what it said. */
export function networkError(error: unknown): unknown {
  if (!(error instanceof HelperError) || error.code !== 'helper-failed') return error;
  const code = codes[error.errnoName ?? ''] ?? 'network-failed';
  return new NetworkError(code, messageOf(error), {
    cause: error,
    ...(code === 'not-allowed' && { hint: 'network namespaces need root, sudo or a user namespace' }),
  });
}
