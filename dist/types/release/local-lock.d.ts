import { type Lock } from '../locks.js';
/**
 * Keeps two releases on this machine from moving one channel of one repository at once; the later one is told by whom.
 * The registry's advisory lock keeps out those on other machines, mostly; this one lets through nobody, and dies with
 * its owner. @throws ReleaseError `channel-locked`
 */
export declare function lockOnThisMachine(folder: string, channel: string, names: readonly string[]): Promise<Lock>;
