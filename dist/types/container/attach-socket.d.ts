import type { ContainerRecord } from './record.js';
import type { ContainerServices } from './services.js';
/** Where clients of a detached container connect: short, because a socket's name has at most 107 bytes. */
export declare function attachSocketPath(services: ContainerServices, record: ContainerRecord): string;
