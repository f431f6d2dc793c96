import type { NamespaceType } from '../runtime/spec-linux.ts';
import { sysctlProblem } from '../runtime/sysctls.ts';
import { ContainerError } from './container-error.ts';
import type { ContainerOptions } from './options.ts';

/** Refuses kernel parameters that are not the container's own: setting them would change this machine. */
export function checkSysctls(options: Pick<ContainerOptions, 'sysctl' | 'network' | 'ipc' | 'uts'>): void {
  const shared = new Set<NamespaceType>(['user']);
  // another container's is not ours to change either
  if (options.ipc !== undefined && options.ipc !== 'private' && options.ipc !== 'none') shared.add('ipc');
  if ((options.network ?? 'host') === 'host') shared.add('network');
  if (options.uts === 'host') shared.add('uts');
  for (const name of Object.keys(options.sysctl ?? {})) {
    const problem = sysctlProblem(name, (type) => !shared.has(type), true);
    if (problem === undefined) continue;
    throw new ContainerError('invalid-option', `--sysctl ${name.slice(0, 100)}: it ${problem}`, {
      hint: name.startsWith('net.') ? 'give the container a network of its own: --network none' : undefined,
    });
  }
}
