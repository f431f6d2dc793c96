import { type Limits } from './limits.js';
import type { ContainerRecord } from './record.js';
import type { ContainerServices } from './services.js';
/** A mark in a container's folder: its keeper does not know all of its cgroups, and leaves some behind. */
export declare const ADDED_CGROUPS = "cgroups-added";
/**
 * Changes limits: those of the running processes at once, and of every later start. The kernel is asked first: what it
 * refuses is not written down.
 */
export declare function updateLimits(services: ContainerServices, record: ContainerRecord, changes: Limits, warn: (message: string) => void): Promise<ContainerRecord>;
