import type { ContainerOptions } from './options.js';
/** Refuses kernel parameters that are not the container's own: setting them would change this machine. */
export declare function checkSysctls(options: Pick<ContainerOptions, 'sysctl' | 'network' | 'ipc' | 'uts'>): void;
